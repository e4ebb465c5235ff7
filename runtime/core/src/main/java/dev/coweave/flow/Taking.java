package dev.coweave.flow;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code AsyncGenerator.take}. */
final class Taking<T extends @Nullable Object> extends Operator<T> {
  private static final Operation OPERATION = Operation.behind(Taking.class, "AsyncGenerator.take");

  private static final int ASKING = 3;

  private final AsyncGenerator<T> source;
  private long left;

  Taking(AsyncGenerator<T> source, long n) {
    super(OPERATION, List.of(source));
    this.source = source;
    this.left = n;
  }

  @Override
  boolean run(int at, Continuation c) {
    if (left == 0) {
      return false;
    }
    boolean more = at == ASKING ? c.takeInt() != 0 : source.hasNext(deeper(c));
    if (c.suspended) {
      return stops(ASKING);
    }
    left--;
    return more && yields(source.next(c));
  }
}

package dev.coweave.flow;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** {@code AsyncGenerator.zip}. */
final class Zipping<
        T extends @Nullable Object, U extends @Nullable Object, R extends @Nullable Object>
    extends Operator<R> {
  private static final Operation OPERATION = Operation.behind(Zipping.class, "AsyncGenerator.zip");

  private static final int ASKING_LEFT = 3;
  private static final int ASKING_RIGHT = 4;

  private final AsyncGenerator<T> left;
  private final AsyncGenerator<? extends U> right;
  private final BiFunction<? super T, ? super U, ? extends R> f;

  Zipping(
      AsyncGenerator<T> left,
      AsyncGenerator<? extends U> right,
      BiFunction<? super T, ? super U, ? extends R> f) {
    super(OPERATION, List.of(left, right));
    this.left = left;
    this.right = right;
    this.f = Objects.requireNonNull(f, "f");
  }

  @Override
  boolean run(int at, Continuation c) {
    boolean more = true; // of the left: its element stays there until the right has one too
    if (at != ASKING_RIGHT) {
      more = at == ASKING_LEFT ? c.takeInt() != 0 : left.hasNext(deeper(c));
      if (c.suspended) {
        return stops(ASKING_LEFT);
      }
    }
    more = more && (at == ASKING_RIGHT ? c.takeInt() != 0 : right.hasNext(deeper(c)));
    if (c.suspended) {
      return stops(ASKING_RIGHT);
    }
    return more && yields(f.apply(left.next(c), right.next(c)));
  }
}

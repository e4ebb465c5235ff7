package dev.coweave.flow;

import dev.coweave.CoroutineFunction;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Woven;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code AsyncGenerator.map}. */
final class Mapping<T extends @Nullable Object, R extends @Nullable Object> extends Operator<R> {
  private static final Operation OPERATION = Operation.behind(Mapping.class, "AsyncGenerator.map");

  private static final int ASKING = 3;
  private static final int IN_FUNCTION = 4;

  private final AsyncGenerator<T> source;
  private final CoroutineFunction<? super T, ? extends R> f;
  private final boolean woven;

  Mapping(AsyncGenerator<T> source, CoroutineFunction<? super T, ? extends R> f) {
    super(OPERATION, List.of(source));
    this.source = source;
    this.f = f;
    this.woven = Woven.is(f);
  }

  @Override
  boolean run(int at, Continuation c) throws Exception {
    if (at == IN_FUNCTION) {
      return yields(c.takeRef());
    }
    boolean more = at == ASKING ? c.takeInt() != 0 : source.hasNext(deeper(c));
    if (c.suspended) {
      return stops(ASKING);
    }
    if (!more) {
      return false;
    }
    T element = source.next(c);
    R result = woven ? f.apply(element, deeper(c)) : f.apply(element);
    return c.suspended ? stops(IN_FUNCTION) : yields(result);
  }
}

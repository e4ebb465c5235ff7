package dev.coweave.flow;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code AsyncGenerator.timeout}. */
final class Timing<T extends @Nullable Object> extends Operator<T> {
  private static final Operation OPERATION =
      Operation.behind(Timing.class, "AsyncGenerator.timeout");

  private static final int ASKING = 3;

  private final AsyncGenerator<T> source;
  private final Duration time;
  private final Asking asking;

  private record Asking(AsyncGenerator<?> source) implements CoroutineCallable<Boolean>, Woven {
    @Override
    public Boolean call() {
      return source.hasNext();
    }

    @Override
    public Boolean call(Continuation c) {
      return source.hasNextBoxed(c);
    }

    @Override
    public Class<?> coweave$class() {
      return Asking.class;
    }
  }

  Timing(AsyncGenerator<T> source, Duration time) {
    super(OPERATION, List.of(source));
    this.source = source;
    this.time = time;
    this.asking = new Asking(source);
  }

  @Override
  boolean run(int at, Continuation c) throws Exception {
    boolean more =
        at == ASKING
            ? Boolean.TRUE.equals(c.takeRef())
            : Boolean.TRUE.equals(Task.timeout(time, asking, deeper(c)));
    if (c.suspended) {
      return stops(ASKING);
    }
    return more && yields(source.next(c));
  }
}

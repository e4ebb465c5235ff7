package dev.coweave.flow;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineFunction;
import dev.coweave.CoroutinePredicate;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The operators of one step: each asks its source, and yields what it makes of the element. */
final class Operators {
  /** The state of each while its source, or the first of them, waits. */
  private static final int ASKING = 3;

  private Operators() {}

  /** {@code AsyncGenerator.map}. */
  static final class Mapping<T extends @Nullable Object, R extends @Nullable Object>
      extends Operator<R> {
    private static final Operation OPERATION =
        Operation.behind(Operators.class, "AsyncGenerator.map");

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

  /** {@code AsyncGenerator.filter}. */
  static final class Filtering<T extends @Nullable Object> extends Operator<T> {
    private static final Operation OPERATION =
        Operation.behind(Operators.class, "AsyncGenerator.filter");

    private static final int IN_TEST = 4;

    private final AsyncGenerator<T> source;
    private final CoroutinePredicate<? super T> test;
    private final boolean woven;

    /** The element that is tested, while the test waits. */
    private @Nullable Object tested;

    Filtering(AsyncGenerator<T> source, CoroutinePredicate<? super T> test) {
      super(OPERATION, List.of(source));
      this.source = source;
      this.test = test;
      this.woven = Woven.is(test);
    }

    @Override
    boolean run(int at, Continuation c) throws Exception {
      if (at == IN_TEST && c.takeInt() != 0) {
        return yieldsTested();
      }
      boolean more = at == ASKING ? c.takeInt() != 0 : source.hasNext(deeper(c));
      while (more && !c.suspended) {
        T element = source.next(c);
        boolean passes = woven ? test.test(element, deeper(c)) : test.test(element);
        if (c.suspended) {
          tested = element;
          return stops(IN_TEST);
        }
        if (passes) {
          return yields(element);
        }
        more = source.hasNext(deeper(c));
      }
      return c.suspended && stops(ASKING);
    }

    private boolean yieldsTested() {
      Object element = tested;
      tested = null;
      return yields(element);
    }

    @Override
    protected void clear() {
      super.clear();
      tested = null;
    }
  }

  /** {@code AsyncGenerator.take}. */
  static final class Taking<T extends @Nullable Object> extends Operator<T> {
    private static final Operation OPERATION =
        Operation.behind(Operators.class, "AsyncGenerator.take");

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

  /** {@code AsyncGenerator.zip}. */
  static final class Zipping<
          T extends @Nullable Object, U extends @Nullable Object, R extends @Nullable Object>
      extends Operator<R> {
    private static final Operation OPERATION =
        Operation.behind(Operators.class, "AsyncGenerator.zip");

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
        more = at == ASKING ? c.takeInt() != 0 : left.hasNext(deeper(c));
        if (c.suspended) {
          return stops(ASKING);
        }
      }
      more = more && (at == ASKING_RIGHT ? c.takeInt() != 0 : right.hasNext(deeper(c)));
      if (c.suspended) {
        return stops(ASKING_RIGHT);
      }
      return more && yields(f.apply(left.next(c), right.next(c)));
    }
  }

  /** {@code AsyncGenerator.timeout}. */
  static final class Timing<T extends @Nullable Object> extends Operator<T> {
    private static final Operation OPERATION =
        Operation.behind(Operators.class, "AsyncGenerator.timeout");

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
}

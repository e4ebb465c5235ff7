package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineFunction;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.OperationFrame;
import dev.coweave.coroutine.Woven;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The items that {@code mapAll}'s children share; on an executor they run on several threads. */
final class Mapping<T extends @Nullable Object, R extends @Nullable Object> {
  private final Iterator<? extends T> items;
  private final CoroutineFunction<? super T, ? extends R> f;
  private final List<@Nullable R> results = new ArrayList<>();

  /** How many children may still be started. Each starts the next with its first item: so there are no more than items, however high the limit. */
  private int left;

  private @Nullable TaskScope scope;

  /** Whether a child has failed: the others, though cancelled, would take items until they wait. */
  private boolean stopped;

  Mapping(Iterator<? extends T> items, int limit, CoroutineFunction<? super T, ? extends R> f) {
    this.items = items;
    this.left = limit;
    this.f = f;
  }

  synchronized boolean isNothing() {
    return left == 0;
  }

  /** Starts the first child. */
  void begin(TaskScope s) {
    scope = s;
    forkNext();
  }

  private void forkNext() {
    if (takesAnother()) {
      Task<?> unused = Objects.requireNonNull(scope).fork(new Worker());
    }
  }

  synchronized List<@Nullable R> results() {
    return results;
  }

  /** The next item, and its place among the results; null if there is none. */
  private synchronized @Nullable Object @Nullable [] next() {
    if (stopped || !items.hasNext()) {
      return null;
    }
    T item = items.next();
    results.add(null);
    return new Object[] {item, results.size() - 1};
  }

  private synchronized void stop() {
    stopped = true;
  }

  /** Whether another child may be started, which then is. */
  private synchronized boolean takesAnother() {
    boolean more = left > 0;
    left -= more ? 1 : 0;
    return more;
  }

  private synchronized void put(int at, @Nullable R result) {
    results.set(at, result);
  }

  /** Takes items as long as there are any. */
  final class Worker extends OperationFrame implements CoroutineCallable<Object>, Woven {
    private int at;
    private boolean begun;

    Worker() {
      super(Gathering.MAP_ALL);
    }

    @Override
    public Object call() {
      throw new AssertionError("entered by its twin");
    }

    @Override
    @SuppressWarnings("NullAway") // a worker returns nothing
    public Object call(Continuation c) throws Exception {
      try {
        takeAll(c);
      } catch (Throwable t) {
        stop();
        throw t;
      }
      return null;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // an item
    private void takeAll(Continuation c) throws Exception {
      for (@Nullable Object[] next = next(); next != null; next = next()) {
        at = (Integer) next[1];
        T item = (T) next[0];
        if (!begun) {
          begun = true;
          forkNext();
        }
        c.depth = 1;
        R result = Woven.is(f) ? f.apply(item, c) : f.apply(item);
        if (c.suspended) {
          c.push(this);
          return;
        }
        put(at, result);
      }
    }

    @Override
    @SuppressWarnings("unchecked") // the function's
    public void resume(Continuation c) {
      try {
        put(at, (R) c.takeRef());
        takeAll(c);
      } catch (Throwable t) {
        stop();
        Continuation.<RuntimeException>sneakyThrow(t);
      }
      if (!c.suspended) {
        c.give((Object) null);
      }
    }

    @Override
    public Class<?> coweave$class() {
      return Worker.class;
    }
  }
}

package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineFunction;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import dev.coweave.coroutine.Woven;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The frame of {@code awaitAll}, {@code awaitAny} and {@code mapAll}: children in a scope, which ends with them. A child that awaits is
 * cancelled where the others decide, so that nothing stays at its future.
 */
final class Gathering<R extends @Nullable Object> extends OperationFrame {
  static final Operation AWAIT_ALL = Operation.behind(Gathering.class, "Task.awaitAll");
  static final Operation AWAIT_ANY = Operation.behind(Gathering.class, "Task.awaitAny");
  static final Operation MAP_ALL = Operation.behind(Gathering.class, "Task.mapAll");

  private final TaskScope.Policy policy;
  private final List<CoroutineCallable<?>> children;

  /** Filled by {@code mapAll}'s children; null if each returns a result. */
  private final @Nullable Work<?, ?> work;

  private @Nullable TaskScope scope;
  private @Nullable Throwable failure;
  private List<Task<?>> tasks = List.of();

  private Gathering(
      Operation operation,
      TaskScope.Policy policy,
      List<CoroutineCallable<?>> children,
      @Nullable Work<?, ?> work) {
    super(operation);
    this.policy = policy;
    this.children = children;
    this.work = work;
  }

  static <T extends @Nullable Object> Gathering<List<T>> all(
      Collection<? extends CompletionStage<? extends T>> stages) {
    List<CoroutineCallable<?>> children = new ArrayList<>();
    stages.forEach(s -> children.add(new Await(Objects.requireNonNull(s, "stage"))));
    return new Gathering<>(AWAIT_ALL, TaskScope.Policy.ALL_OR_FAIL, children, null);
  }

  static <T extends @Nullable Object> Gathering<T> any(
      Collection<? extends CompletionStage<? extends T>> stages) {
    if (stages.isEmpty()) {
      throw new IllegalArgumentException("Task.awaitAny of no futures: none will ever be complete");
    }
    List<CoroutineCallable<?>> children = new ArrayList<>();
    stages.forEach(s -> children.add(new Settle(Objects.requireNonNull(s, "stage"))));
    return new Gathering<>(AWAIT_ANY, TaskScope.Policy.FIRST_SUCCESS, children, null);
  }

  static <T extends @Nullable Object, R extends @Nullable Object> Gathering<List<R>> map(
      Iterable<? extends T> items, int limit, CoroutineFunction<? super T, ? extends R> f) {
    if (limit < 1) {
      throw new IllegalArgumentException("Task.mapAll of " + limit + " items at a time");
    }
    Work<T, R> work = new Work<>(items.iterator(), Objects.requireNonNull(f, "f"));
    List<CoroutineCallable<?>> children = new ArrayList<>();
    long n = items instanceof Collection<?> known ? Math.min(limit, known.size()) : limit;
    for (long i = 0; i < n; i++) {
      children.add(work.new Worker());
    }
    return new Gathering<>(MAP_ALL, TaskScope.Policy.ALL_OR_FAIL, children, work);
  }

  R begin(Continuation c) {
    TaskContinuation.toWait(c, operation());
    TaskScope s = TaskScope.open(policy);
    scope = s;
    tasks = new ArrayList<>();
    try {
      children.forEach(child -> tasks.add(s.fork(child)));
      s.join(c);
    } catch (Throwable t) {
      failed(t, c);
    }
    if (c.suspended) {
      c.push(this);
      return TaskContinuation.dummy();
    }
    return close(c);
  }

  @Override
  public void resume(Continuation c) {
    try {
      c.takeVoid();
    } catch (Throwable t) {
      failed(t, c);
      return;
    }
    if (failure != null) {
      Continuation.<RuntimeException>sneakyThrow(failure);
    }
    c.give((Object) close(c));
  }

  /** Closes the scope: waits only for children that were started before the loop refused another. */
  private void failed(Throwable t, Continuation c) {
    failure = t;
    Objects.requireNonNull(scope).close(c);
    if (!c.suspended) {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // as the factories say
  private R close(Continuation c) {
    TaskScope s = Objects.requireNonNull(scope);
    s.close(c); // all have ended
    if (work != null) {
      return (R) work.results();
    }
    if (policy == TaskScope.Policy.FIRST_SUCCESS) {
      return (R) ((Settled) Outcomes.of((Task<?>) s.first())).value();
    }
    List<@Nullable Object> values = new ArrayList<>(tasks.size());
    tasks.forEach(t -> values.add(Outcomes.of(t)));
    return (R) java.util.Collections.unmodifiableList(values);
  }

  /** A child of {@code awaitAll}. */
  private record Await(CompletionStage<?> stage) implements CoroutineCallable<Object>, Woven {
    @Override
    public Object call() {
      throw new AssertionError("entered by its twin");
    }

    @Override
    @SuppressWarnings("NullAway") // the stage's own null
    public Object call(Continuation c) {
      return Awaiting.begin((CompletionStage<Object>) stage, c);
    }

    @Override
    public Class<?> coweave$class() {
      return Await.class;
    }
  }

  /** How a future has ended. */
  private record Settled(@Nullable Object result, @Nullable Throwable failure) {
    @Nullable Object value() {
      if (failure != null) {
        Continuation.<RuntimeException>sneakyThrow(failure);
      }
      return result;
    }
  }

  /** A child of {@code awaitAny}: doesn't fail if its future has. */
  private static final class Settle extends OperationFrame
      implements CoroutineCallable<Settled>, Woven {
    private final CompletionStage<?> stage;

    Settle(CompletionStage<?> stage) {
      super(AWAIT_ANY);
      this.stage = stage;
    }

    @Override
    public Settled call() {
      throw new AssertionError("entered by its twin");
    }

    @Override
    public Settled call(Continuation c) {
      Object value;
      try {
        value = Awaiting.begin(stage, c);
      } catch (TaskCancelled t) {
        throw t;
      } catch (Throwable t) {
        return new Settled(null, t);
      }
      if (c.suspended) {
        c.push(this);
      }
      return new Settled(value, null);
    }

    @Override
    public void resume(Continuation c) {
      Settled settled;
      try {
        settled = new Settled(c.takeRef(), null);
      } catch (TaskCancelled t) { // another was first
        throw t;
      } catch (Throwable t) {
        settled = new Settled(null, t);
      }
      c.give(settled);
    }

    @Override
    public Class<?> coweave$class() {
      return Settle.class;
    }
  }

  /** The items that {@code mapAll}'s children share; on an executor they run on several threads. */
  private static final class Work<T extends @Nullable Object, R extends @Nullable Object> {
    private final Iterator<? extends T> items;
    private final CoroutineFunction<? super T, ? extends R> f;
    private final List<@Nullable R> results = new ArrayList<>();

    /** Whether a child has failed: the others, though cancelled, would take items until they wait. */
    private boolean stopped;

    Work(Iterator<? extends T> items, CoroutineFunction<? super T, ? extends R> f) {
      this.items = items;
      this.f = f;
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

    private synchronized void put(int at, @Nullable R result) {
      results.set(at, result);
    }

    /** Takes items as long as there are any. */
    final class Worker extends OperationFrame implements CoroutineCallable<Object>, Woven {
      private int at;

      Worker() {
        super(MAP_ALL);
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
}

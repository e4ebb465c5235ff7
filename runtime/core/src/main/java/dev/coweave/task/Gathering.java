package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineFunction;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import dev.coweave.coroutine.Woven;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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

  /** One for each child; none for {@code mapAll}. */
  private final List<CompletionStage<?>> stages;

  /** Done by {@code mapAll}'s children; null for the others. */
  private final @Nullable Mapping<?, ?> work;

  private @Nullable TaskScope scope;
  private @Nullable Throwable failure;
  private List<Task<?>> tasks = List.of();

  private Gathering(
      Operation operation,
      TaskScope.Policy policy,
      List<CompletionStage<?>> stages,
      @Nullable Mapping<?, ?> work) {
    super(operation);
    this.policy = policy;
    this.stages = stages;
    this.work = work;
  }

  static <T extends @Nullable Object> Gathering<List<T>> all(
      Collection<? extends CompletionStage<? extends T>> stages) {
    return new Gathering<>(AWAIT_ALL, TaskScope.Policy.ALL_OR_FAIL, copy(stages), null);
  }

  static <T extends @Nullable Object> Gathering<T> any(
      Collection<? extends CompletionStage<? extends T>> stages) {
    if (stages.isEmpty()) {
      throw new IllegalArgumentException("Task.awaitAny of no futures: none will ever be complete");
    }
    return new Gathering<>(AWAIT_ANY, TaskScope.Policy.FIRST_SUCCESS, copy(stages), null);
  }

  private static List<CompletionStage<?>> copy(Collection<? extends CompletionStage<?>> stages) {
    List<CompletionStage<?>> all = new ArrayList<>(stages.size());
    stages.forEach(s -> all.add(Objects.requireNonNull(s, "stage")));
    return all;
  }

  static <T extends @Nullable Object, R extends @Nullable Object> Gathering<List<R>> map(
      Iterable<? extends T> items, int limit, CoroutineFunction<? super T, ? extends R> f) {
    if (limit < 1) {
      throw new IllegalArgumentException("Task.mapAll of " + limit + " items at a time");
    }
    int most = items instanceof Collection<?> known ? Math.min(limit, known.size()) : limit;
    Mapping<T, R> work = new Mapping<>(items.iterator(), most, Objects.requireNonNull(f, "f"));
    return new Gathering<>(MAP_ALL, TaskScope.Policy.ALL_OR_FAIL, List.of(), work);
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // as the factories say
  R begin(Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      return AfterPause.run(operation(), this::begin, c);
    }
    // As an await, it looks at what is there before it looks at a cancellation.
    if (policy == TaskScope.Policy.FIRST_SUCCESS) {
      for (CompletionStage<?> s : stages) {
        if (isDone(s)) {
          return (R) Awaiting.begin(s, c);
        }
      }
    } else if (work == null ? stages.stream().allMatch(Gathering::hasValue) : work.isNothing()) {
      return values(stages);
    }
    return fork(c);
  }

  private R fork(Continuation c) {
    TaskContinuation.toWait(c, operation());
    TaskScope s = TaskScope.open(policy);
    scope = s;
    tasks = new ArrayList<>();
    try {
      if (work != null) {
        work.begin(s);
      }
      stages.forEach(stage -> tasks.add(s.fork(child(stage))));
      s.join(c);
    } catch (Throwable t) {
      failed(t, c);
    }
    if (c.suspended) {
      c.push(this);
      return TaskContinuation.dummy();
    }
    return close(null, c);
  }

  private static boolean isDone(CompletionStage<?> s) {
    return s instanceof CompletableFuture<?> f && f.isDone();
  }

  private static boolean hasValue(CompletionStage<?> s) {
    return s instanceof CompletableFuture<?> f && f.isDone() && !f.isCompletedExceptionally();
  }

  private CoroutineCallable<?> child(CompletionStage<?> stage) {
    return policy == TaskScope.Policy.FIRST_SUCCESS ? new Settle(stage) : new Await(stage);
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
    c.give((Object) close(caller(), c));
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
  private R close(@Nullable Frame innermost, Continuation c) {
    TaskScope s = Objects.requireNonNull(scope);
    s.close(c); // all have ended
    if (policy != TaskScope.Policy.FIRST_SUCCESS) {
      return values(tasks);
    }
    Settled settled = (Settled) Outcomes.of((Task<?>) s.first());
    if (settled.failure != null) {
      LogicalStack.joined(settled.failure, operation(), innermost, c);
      Continuation.<RuntimeException>sneakyThrow(settled.failure);
    }
    return (R) settled.result;
  }

  /** The result, but of {@code awaitAny}. */
  @SuppressWarnings("unchecked") // as the factories say
  private R values(List<? extends CompletionStage<?>> complete) {
    if (work != null) {
      return (R) work.results();
    }
    List<@Nullable Object> values = new ArrayList<>(complete.size());
    complete.forEach(s -> values.add(Outcomes.of((CompletableFuture<?>) s)));
    return (R) Collections.unmodifiableList(values);
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
  private record Settled(@Nullable Object result, @Nullable Throwable failure) {}

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
}

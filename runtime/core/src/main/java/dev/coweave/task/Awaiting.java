package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Awaiting a future: its outcome if it is complete, else a wait for each kind of it. */
final class Awaiting {
  static final Operation AWAIT = Operation.behind(Awaiting.class, "Task.await");

  private Awaiting() {}

  static <T extends @Nullable Object> T begin(CompletionStage<T> stage, Continuation c) {
    return stage instanceof CompletableFuture<T> f
        ? complete(f.toCompletableFuture(), c)
        : stage(stage, c);
  }

  /** The path of a future that is complete with a value: small, so that it is inlined, and free of allocation. */
  static <T extends @Nullable Object> T complete(CompletableFuture<T> future, Continuation c) {
    if (TaskContinuation.isFree(c)) {
      T value = Outcomes.valueIfAny(future);
      if (value != null) {
        return value;
      }
    }
    return future(future, c);
  }

  static <T extends @Nullable Object> T future(CompletableFuture<T> future, Continuation c) {
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(AWAIT, d -> now(future, d), c)
        : now(future, c);
  }

  private static <T extends @Nullable Object> T now(CompletableFuture<T> future, Continuation c) {
    if (future.isDone()) {
      if (future.isCompletedExceptionally()) {
        Throwable failure = Outcomes.failure(future);
        TaskContinuation here = TaskContinuation.here();
        if (here != null && here.current() != null) {
          here.current().isGiven(failure);
        }
        String awaited = future instanceof TaskState<?> t ? OneLine.of(t.name()) : null;
        LogicalStack.awaitedAtOnce(failure, awaited, AWAIT, c);
        Continuation.<RuntimeException>sneakyThrow(failure);
      }
      return future.getNow(null);
    }
    TaskContinuation tc = TaskContinuation.toWait(c, AWAIT);
    return future instanceof TaskState<T> t ? TaskWait.begin(t, tc) : FutureWait.begin(future, tc);
  }

  static <T extends @Nullable Object> T stage(CompletionStage<T> stage, Continuation c) {
    Objects.requireNonNull(stage, "stage");
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(AWAIT, d -> stageNow(stage, d), c)
        : stageNow(stage, c);
  }

  private static <T extends @Nullable Object> T stageNow(CompletionStage<T> stage, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, AWAIT);
    StageWait<T> w = new StageWait<>(tc.task(), stage);
    try {
      stage.whenComplete(w);
    } catch (Throwable t) {
      if (!w.fail(t)) {
        RuntimeLog.error(
            "whenComplete of an awaited "
                + stage.getClass().getName()
                + " failed after it had called back",
            t);
      }
    }
    return tc.suspend(w);
  }

  static <T extends @Nullable Object> T any(Future<T> future, Continuation c) {
    if (future instanceof CompletionStage<?>) {
      @SuppressWarnings("unchecked") // a future that is a stage too has one value
      CompletionStage<T> stage = (CompletionStage<T>) future;
      return stage(stage, c);
    }
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(AWAIT, d -> anyNow(future, d), c)
        : anyNow(future, c);
  }

  private static <T extends @Nullable Object> T anyNow(Future<T> future, Continuation c) {
    if (future.isDone()) {
      try {
        return get(future);
      } catch (Exception e) {
        Continuation.<RuntimeException>sneakyThrow(e);
      }
    }
    return Blocking.begin(() -> get(future), c);
  }

  private static <T extends @Nullable Object> T get(Future<T> future) throws Exception {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Continuation.<RuntimeException>sneakyThrow(
          e.getCause() == null ? e : Outcomes.unwrap(e.getCause()));
      throw e;
    }
  }

  /** An async method has returned a stage, whose outcome is its task's: returns its value, or the dummy of a wait for it. */
  static @Nullable Object returned(@Nullable Object stage, TaskContinuation c) {
    if (stage == null) {
      throw new NullPointerException("an async method returned null instead of a future");
    }
    return stage instanceof CompletableFuture<?> f
        ? now(f.toCompletableFuture(), c)
        : stage((CompletionStage<?>) stage, c);
  }

  // ---- waits

  /** The wait for another task's end. The task keeps it in a list, which it leaves if it ends before; see {@link TaskDetails}. */
  private static final class TaskWait<T extends @Nullable Object> extends TaskDetails.Awaiter<T> {
    private final TaskState<T> awaited;

    private TaskWait(TaskState<?> waiting, TaskState<T> awaited) {
      super(waiting);
      this.awaited = awaited;
    }

    static <T extends @Nullable Object> T begin(TaskState<T> awaited, TaskContinuation tc) {
      if (awaited == tc.current()) {
        throw new IllegalStateException("a task awaits itself: it could never end");
      }
      TaskWait<T> w = new TaskWait<>(tc.task(), awaited);
      if (!awaited.details().add(w, awaited)) {
        w.ended();
      }
      return tc.suspend(w);
    }

    @Override
    T outcome() {
      return Outcomes.of(awaited);
    }

    @Override
    protected void withdrawn() {
      awaited.details().remove(this);
    }

    @Override
    protected Operation operation() {
      return AWAIT;
    }

    @Override
    protected boolean isInternal() {
      return isOf(awaited.scheduler);
    }

    @Override
    protected List<TaskState<?>> blockers() {
      return List.of(awaited);
    }

    @Override
    String awaited() {
      return awaited.name();
    }

    @Override
    protected Object subject() {
      return awaited;
    }
  }

  /** The wait for the completion of a future that is no task. */
  static final class FutureWait<T extends @Nullable Object> extends Resumption<T>
      implements BiFunction<T, @Nullable Throwable, @Nullable Void> {
    // A CompletableFuture keeps a callback until it completes. So the callback of a wait that ended
    // before is left for the next that waits for the same future: see Leftovers. There are never
    // more callbacks than there were waits at one time.
    //
    // A callback allocates nothing, for what it throws is lost: the next turn asks the future.

    private @Nullable CompletableFuture<T> future;

    /** Of a wait that has its own callback: the wait that the callback was left to. Of such a one: whose callback that is. */
    private volatile @Nullable FutureWait<T> link;

    private FutureWait(TaskState<?> waiting, CompletableFuture<T> future) {
      super(waiting);
      this.future = future;
    }

    static <T extends @Nullable Object> T begin(CompletableFuture<T> future, TaskContinuation tc) {
      FutureWait<T> w = new FutureWait<>(tc.task(), future);
      FutureWait<T> left = Leftovers.take(future);
      if (left == null) {
        w.register(future);
      } else {
        w.link = left;
        left.link = w; // Before the look: who completes the future calls back after it is done.
        if (future.isDone()) {
          w.endLater();
        }
      }
      return tc.suspend(w);
    }

    private void register(CompletableFuture<T> f) {
      try {
        CompletableFuture<?> unused = f.handle(this);
      } catch (Throwable t) {
        if (!fail(t)) {
          RuntimeLog.error(
              "handle of an awaited " + f.getClass().getName() + " failed after it had called back",
              t);
        }
      }
    }

    @Override
    public @Nullable Void apply(T value, @Nullable Throwable failure) {
      // Twice where memory or stack run out: the future that calls back swallows what this throws.
      try {
        endLater();
      } catch (VirtualMachineError e) {
        boolean unused = endLater();
      }
      FutureWait<T> heir = link;
      if (heir != null) {
        try {
          heir.endLater();
        } catch (VirtualMachineError e) {
          boolean unused = heir.endLater();
        }
      }
      return null;
    }

    @Override
    T outcome() {
      return Outcomes.of(awaitedFuture());
    }

    private CompletableFuture<T> awaitedFuture() {
      CompletableFuture<T> f = future;
      if (f == null) {
        throw new IllegalStateException("a wait that was withdrawn");
      }
      return f;
    }

    @Override
    protected void withdrawn() {
      CompletableFuture<T> f = future;
      future = null;
      if (f != null && !f.isDone()) {
        FutureWait<T> owner = link;
        FutureWait<T> left = owner == null ? this : owner;
        left.link = null;
        Leftovers.add(f, left);
      }
    }

    @Override
    protected Operation operation() {
      return AWAIT;
    }

    @Override
    protected @Nullable Object subject() {
      return future;
    }
  }

  /** The wait for a stage that is no CompletableFuture. */
  private static final class StageWait<T extends @Nullable Object> extends Resumption<T>
      implements BiConsumer<T, @Nullable Throwable> {
    private final CompletionStage<T> stage;

    StageWait(TaskState<?> waiting, CompletionStage<T> stage) {
      super(waiting);
      this.stage = stage;
    }

    @Override
    public void accept(T value, @Nullable Throwable failure) {
      if (failure == null) {
        resume(value);
      } else {
        fail(Outcomes.unwrap(failure));
      }
    }

    @Override
    protected Operation operation() {
      return AWAIT;
    }

    @Override
    protected Object subject() {
      return stage;
    }
  }
}

package dev.coweave.task;

import dev.coweave.coroutine.Operation;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The wait for the completion of a future that is no task. */
final class FutureWait<T extends @Nullable Object> extends Resumption<T>
    implements BiFunction<T, @Nullable Throwable, @Nullable Void> {
  // A CompletableFuture keeps a callback until it completes. So the callback of a wait that ended
  // before
  // is left for the next that waits for the same future: see Leftovers. There are never more
  // callbacks
  // than there were waits at one time.
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
        w.completed();
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
    completed();
    FutureWait<T> heir = link;
    if (heir != null) {
      heir.completed();
    }
    return null;
  }

  private void completed() {
    endLater();
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
    return TaskWait.OPERATION;
  }

  @Override
  protected @Nullable Object subject() {
    return future;
  }
}

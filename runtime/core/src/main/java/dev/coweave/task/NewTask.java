package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Entry;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Makes tasks, for schedulers and for Coweave's own modules; users call {@link Task#start(CoroutineCallable)}. Thread-safe.
 *
 * @hidden
 */
public final class NewTask {
  private NewTask() {}

  /**
   * Starts a task.
   *
   * @param on where it runs
   * @param name what it is called; null for a number
   * @param body what it does
   */
  public static <T extends @Nullable Object> Task<T> start(
      Scheduler on, @Nullable String name, CoroutineCallable<T> body) {
    return Task.of(on, body).begin(name);
  }

  /** Starts a task without a result; see {@link #start(Scheduler, String, CoroutineCallable)}. */
  public static Task<Void> start(Scheduler on, @Nullable String name, CoroutineRunnable body) {
    return Task.of(on, body).begin(name);
  }

  /** Returns where what is called on this thread belongs: where a task runs that is started here, else the thread's home, else where code runs without one. */
  public static Scheduler homeHere() {
    Scheduler here = TaskContinuation.schedulerHere();
    if (here != null) {
      return here;
    }
    Executor home = Entry.homeHere();
    return ExecutorScheduler.of(home == null ? NoHome.executor() : home);
  }

  /**
   * Starts a task from any thread.
   *
   * @param home the place, of {@link #homeHere}; may be given again and again
   * @param body what it does
   * @return the task
   * @throws java.util.concurrent.RejectedExecutionException when the place is shut down
   */
  public static Task<Void> startOn(Scheduler home, CoroutineRunnable body) {
    return Task.of(home.sibling(), body).begin(null);
  }

  /** The task of an async method's call. */
  public static Task<?> asyncCall(Scheduler on) {
    return Task.ofAsyncCall(on);
  }

  /** The task of an outermost plain call. */
  public static Task<?> plainCall(Scheduler on) {
    return Task.ofPlainCall(on);
  }
}

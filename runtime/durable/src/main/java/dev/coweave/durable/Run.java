package dev.coweave.durable;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.Task;
import dev.coweave.wait.Waits;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A handle of a run. Two handles of the same id are equal. May be stored in a run's locals. Thread-safe.
 *
 * @param <T> the run's result
 */
@Stamp(abi = Stamp.ABI)
public final class Run<T extends @Nullable Object> {
  private final DurableEngine engine;
  private final String id;

  Run(DurableEngine engine, String id) {
    this.engine = engine;
    this.id = id;
  }

  /** The run's id. */
  public String id() {
    return id;
  }

  /** What has become of it. */
  public RunStatus status() {
    return engine.status(id);
  }

  /**
   * Waits for its end; in a run a durable wait, else one of the task's.
   *
   * @return its result
   * @throws CancellationException if it was cancelled or terminated
   * @throws RunParked if it is parked; in a run the wait goes on instead
   */
  @Coroutine
  public T await() {
    return join();
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  public T await(Continuation c) {
    if (c instanceof RunContinuation run) {
      run.checkOther(id);
      return run.stop(new Operation.Await(id));
    }
    return Waits.await(engine.<T>outcome(id), c);
  }

  /**
   * Waits for its end on the calling thread, which it blocks; what it throws is the run's own failure, checked or not.
   *
   * @return its result
   * @throws CancellationException if it was cancelled or terminated
   * @throws RunParked if it is parked
   */
  public T join() {
    return Task.await(engine.<T>outcome(id));
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Run<?> other && other.id.equals(id) && other.engine == engine;
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return "run " + id;
  }
}

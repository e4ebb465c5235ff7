package dev.coweave.task;

import dev.coweave.coroutine.Operation;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a task runs: an event loop, or an executor. Thread-safe unless a method says otherwise.
 *
 * @hidden
 */
public interface Scheduler extends Unobserved.Listener {
  /**
   * Takes a new task, which stays referenced until {@link #ended}, and gives it its first turn, if it doesn't run already. If this throws, for want of memory
   * or stack, the task was not taken.
   *
   * @param task never seen before
   * @param running whether it runs its first step already; {@link #stepEnded} follows
   * @throws RejectedExecutionException when it is shut down
   */
  void begin(TaskState<?> task, boolean running);

  /**
   * The first step of a task that was begun running is over.
   *
   * @param task parked, ready or ended
   */
  void stepEnded(TaskState<?> task);

  /**
   * Gives a task a turn, after those that were ready before.
   *
   * @param task one that is parked, or that parks when its turn ends
   */
  void ready(TaskState<?> task);

  /**
   * A task's turn is over, and it has only let others run: it gets another, after those that were ready before.
   *
   * @param task parked
   */
  default void paused(TaskState<?> task) {
    ready(task);
  }

  /**
   * The task's body has ended. Called in its last turn.
   *
   * @param task one that was begun
   */
  void ended(TaskState<?> task);

  /** Whether another task is ready, so that the running one may pause for it. Called in a turn. */
  boolean othersAreReady();

  /**
   * Returns the wait of a task that has none of its own, because this scheduler keeps it. Any thread: right for some moment.
   *
   * @param task one of its tasks
   */
  default @Nullable Resumption<?> keptWait(TaskState<?> task) {
    return null;
  }

  /** Something came up that the running task must look at when it next charges its budget: a task may have been cancelled. Any thread. */
  default void contend() {}

  /** Whether the calling thread is the only one that can run its tasks, so that blocking it would block them. */
  boolean ownsThisThread();

  /** How messages name it. */
  String label();

  /**
   * The running task is a plain call, and about to wait on the thread that made it.
   *
   * @param operation what waits, as the user wrote it
   * @throws IllegalStateException if that thread may not be blocked
   */
  default void checkMayBlock(Operation operation) {}

  /**
   * Calls a timer when its time has come.
   *
   * @param timer fresh
   * @param nanos how long from now, in nanoseconds; at once if 0 or less
   */
  void schedule(Timer timer, long nanos);

  /**
   * Withdraws a timer, which may have fired already.
   *
   * @param timer one that was scheduled here
   */
  void cancel(Timer timer);

  /** The time from which delays count, in nanoseconds since an arbitrary origin. */
  long nanoTime();

  /** Whether that is another than the system's: a simulation's, or one that the owner of a tick loop moves. */
  default boolean hasOwnTime() {
    return false;
  }

  /** A worker thread begins (+1) or has ended (-1) something that a task of this scheduler waits for. */
  void working(int change);

  /**
   * Whether it is a task's turn.
   *
   * @param task one of its tasks; from another thread than the one that runs it a guess
   */
  boolean runs(TaskState<?> task);

  /**
   * A random choice that a task makes; the same in each run where the order of tasks is.
   *
   * @param bound how many there are to choose from; positive
   * @return from 0 to less than the bound
   */
  default int random(int bound) {
    return ThreadLocalRandom.current().nextInt(bound);
  }

  /** Returns the number of the next task that has no name and is asked for one. */
  default long nextNumber() {
    return TaskDetails.nextNumber();
  }

  /**
   * Returns the executor of calls that may block.
   *
   * @param usual who does so where nothing is simulated
   */
  default Executor workers(Executor usual) {
    return usual;
  }

  /**
   * A task has failed, and nobody will ask for its outcome. Any thread.
   *
   * @param message names the task
   * @param failure what it threw
   */
  @Override
  default void unobserved(String message, Throwable failure) {
    RuntimeLog.error(message, failure);
  }

  /** The thread that runs one of its tasks; null if none does. From other threads a guess. */
  @Nullable Thread thread();

  /** The task whose end the call awaits that runs it on its thread; null if there is none. From other threads a guess. */
  default @Nullable TaskState<?> awaitedByCall() {
    return null;
  }

  /** A number that changes when a turn begins or ends: what was read of a task in between two equal ones belongs together. */
  long progress();

  /**
   * Lets somebody look at the tasks that have not ended: at a moment when none of them moves, if there is one, and so perhaps on the thread
   * that runs them. Any thread; waits for a moment.
   *
   * @param look what looks, given who makes a list of them; may be called again, if they moved all the same
   * @param <R> the type of what it sees
   * @return what it saw
   */
  <R> R inspect(Function<Supplier<List<TaskState<?>>>, R> look);

  /**
   * Whether none of its tasks can go on unless a task of another scheduler helps. Any thread; who wants to know it of several must ask each
   * twice: those that return the same number both times were all stuck in between.
   *
   * @return -1 if one can go on; else a number that changes when one has gone on
   */
  long stuck();

  /** The tasks that have not ended. Called on this scheduler's thread. */
  List<TaskState<?>> tasks();

  /** The scheduler of a task that is started by one of this scheduler's. */
  Scheduler sibling();
}

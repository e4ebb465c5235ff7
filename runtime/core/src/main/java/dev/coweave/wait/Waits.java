package dev.coweave.wait;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Waits and costs for operations that are written as coroutines. Thread-safe. */
@Stamp(abi = Stamp.ABI)
public final class Waits {
  /**
   * Begins a wait.
   *
   * @param <T> the type of the wait's value
   */
  @FunctionalInterface
  public interface Beginning<T extends @Nullable Object> {
    /**
     * Makes the resumption, and registers it.
     *
     * @param c whose running task is to wait
     * @return null if there is nothing to wait for after all
     */
    @Nullable Resumption<T> begin(TaskContinuation c);
  }

  private static final Operation CHECKPOINT = Operation.of(Task.class, "yield");

  private Waits() {}

  /**
   * Lets the others run first if the running task has not waited for long. An operation that may not have to wait begins with it: where it
   * throws, the operation has not happened.
   *
   * @param price what the operation costs: a task has a budget of 256 for each turn
   */
  @Coroutine
  public static void checkpoint(int price) {
    PlainCall.act(CHECKPOINT, c -> checkpoint(price, c));
  }

  /** The twin of {@link #checkpoint(int)}. */
  public static void checkpoint(int price, Continuation c) {
    if (TaskContinuation.isSpent(c, price)) {
      Task.yield(c);
    }
  }

  /** The twin of {@link Task#await(CompletableFuture)}, for the twins that other modules have by hand: compilers don't see it there. */
  public static <T extends @Nullable Object> T await(CompletableFuture<T> future, Continuation c) {
    return Task.await(future, c);
  }

  /**
   * Waits for a resumption of a kind of its own.
   *
   * @param operation what waits, as the user wrote it, such as {@code TcpConnection.read}
   * @param beginning makes it; called at once
   * @return what it is resumed with; null if there was nothing to wait for
   */
  @Coroutine
  @SuppressWarnings("NullAway") // the twin's result
  public static <T extends @Nullable Object> @Nullable T suspend(
      Operation operation, Beginning<T> beginning) {
    return PlainCall.<@Nullable T>run(operation, c -> suspend(operation, beginning, c));
  }

  /** The twin of {@link #suspend(Operation, Beginning)}. */
  public static <T extends @Nullable Object> @Nullable T suspend(
      Operation operation, Beginning<T> beginning, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, operation);
    Resumption<T> w = beginning.begin(tc);
    return w == null ? null : tc.suspend(w);
  }

  /**
   * Returns what the running loop has in place of a module's default; looks in a ThreadLocal.
   *
   * @param type by what it is found
   * @return null for the default, which it is outside loops too
   */
  public static <T> @Nullable T substitute(Class<T> type) {
    return TaskContinuation.here() instanceof PollerHost.Guest g ? g.host().substitute(type) : null;
  }

  /**
   * Lets the running loop's tasks use something in place of a module's default, from now on.
   *
   * @param type by what it is found
   * @param with what they use
   */
  public static <T> void substitute(Class<T> type, T with) {
    if (!(TaskContinuation.here() instanceof PollerHost.Guest g)) {
      throw new IllegalStateException("no loop runs on this thread");
    }
    g.host().substitute(type, with);
  }
}

package dev.coweave.wait;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Resumption;
import dev.coweave.task.Scheduler;
import dev.coweave.task.ServicePool;
import dev.coweave.task.TaskContinuation;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A wait for something outside the program that can't be interrupted, such as a name server or a process. Unlike that of {@code
 * Task.blocking} it ends at once when its task is cancelled, and leaves the call behind: for calls that do no harm then. A virtual clock
 * stands still meanwhile.
 */
@Stamp(abi = Stamp.ABI)
public final class OffloadedCall<T extends @Nullable Object> extends Resumption<T>
    implements BiConsumer<T, @Nullable Throwable> {
  /** Without a bound: a call that is left behind must not keep others waiting. */
  private static final ServicePool POOL = new ServicePool("coweave-outside-", Integer.MAX_VALUE);

  private final Scheduler scheduler;
  private final Operation operation;
  private final Object subject;

  /**
   * A wait that somebody else ends.
   *
   * @param c whose running task is about to wait
   * @param operation as the user wrote it
   * @param subject what it waits for, which dumps name by its {@code toString}
   */
  public OffloadedCall(TaskContinuation c, Operation operation, Object subject) {
    super(c.task());
    this.scheduler = c.scheduler();
    this.operation = operation;
    this.subject = subject;
    scheduler.working(1);
  }

  /**
   * Runs something on a worker thread, for nobody.
   *
   * @param call must not throw
   */
  public static void run(Runnable call) {
    POOL.execute(call);
  }

  /**
   * Waits for a call on a worker thread.
   *
   * @param operation as the user wrote it
   * @param subject what is waited for, which dumps name by its {@code toString}
   * @param call what may block
   * @return what it returns
   */
  @Coroutine
  @SuppressWarnings("NullAway") // the call's result
  public static <T extends @Nullable Object> T call(
      Operation operation, Object subject, Callable<T> call) {
    return PlainCall.run(operation, c -> call(operation, subject, call, c));
  }

  /** The twin of {@link #call(Operation, Object, Callable)}. */
  public static <T extends @Nullable Object> T call(
      Operation operation, Object subject, Callable<T> call, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, operation);
    OffloadedCall<T> w = new OffloadedCall<>(tc, operation, subject);
    try {
      run(
          () -> {
            try {
              w.end(call.call());
            } catch (Throwable t) {
              w.endFailed(t);
            }
          });
    } catch (Throwable t) { // no thread can be started
      w.endFailed(t);
    }
    return tc.suspend(w);
  }

  /**
   * The call has returned.
   *
   * @param value what the wait returns
   */
  public void end(T value) {
    if (resume(value)) {
      scheduler.working(-1);
    }
  }

  /**
   * The call has failed.
   *
   * @param failure what the wait throws
   */
  public void endFailed(Throwable failure) {
    if (fail(failure)) {
      scheduler.working(-1);
    }
  }

  /** The future that it waited for is complete. */
  @Override
  public void accept(T value, @Nullable Throwable failure) {
    if (failure == null) {
      end(value);
    } else {
      endFailed(
          failure instanceof CompletionException e && e.getCause() != null
              ? e.getCause()
              : failure);
    }
  }

  @Override
  protected Operation operation() {
    return operation;
  }

  @Override
  protected String described() {
    return subject.toString();
  }

  @Override
  protected void withdrawn() {
    scheduler.working(-1);
  }
}

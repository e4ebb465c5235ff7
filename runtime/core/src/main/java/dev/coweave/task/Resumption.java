package dev.coweave.task;

import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One wait of one task, and the right to end it. Whoever ends it first wins: a value, a failure, or the task's cancellation.
 * Thread-safe; made by {@link Task#suspend}.
 *
 * @param <T> the type of the wait's value
 */
public class Resumption<T extends @Nullable Object> extends Owed.Debt {
  /*
   * A subclass is made by each kind of wait, and adds what that kind registers elsewhere. Five verbs:
   *
   *   begins     the task is parked in it, by TaskContinuation.suspend
   *   claim      the first decides the outcome; resume, fail and endLater claim and wake in one
   *   wake       the task is ready, for a turn; for want of memory or stack a little later, see Owed
   *   withdraw   the task's side claims: its cancellation, or an error of the runtime itself
   *   deliver    the task's next turn takes the outcome
   *
   *   WAITING        claim: resume, fail     ENDED
   *   outcome = null ──────────────────────► the value (NULL for null), or a Failed ──► deliver: takes it
   *     │            claim: endLater
   *     ├──────────────────────────────────► LATER ───────────────────────────────────► deliver: asks outcome()
   *     │            withdraw
   *     └──────────────────────────────────► CANCELLED ──► withdrawn() ───────────────► deliver: throws TaskCancelled
   */

  static final Operation OPERATION = Operation.behind(Resumption.class, "Task.suspend");

  private static final Object NULL = new Object();
  private static final Object LATER = new Object();
  private static final Object CANCELLED = new Object();

  private record Failed(Throwable failure) {}

  private static final Failed NO_MEMORY = new Failed(new NoMemory());

  /** Without a trace: that of whoever happens to be first would keep the classes in it, and their loaders, for ever. */
  private static final class NoMemory extends OutOfMemoryError {
    private static final long serialVersionUID = 1;

    NoMemory() {
      super("no memory for what ended the wait");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /** 2 to this many nanoseconds, some 67 ms: an int of them lasts for years. */
  private static final int UNIT = 26;

  private static final VarHandle OUTCOME;

  static {
    try {
      OUTCOME = MethodHandles.lookup().findVarHandle(Resumption.class, "outcome", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private @Nullable TaskState<?> task;
  private volatile @Nullable Object outcome;

  /** When it began, by the scheduler's clock as it was read last, in {@link #UNIT}s. */
  private int since;

  /**
   * For those who write primitives: a wait that {@link TaskContinuation#suspend} begins.
   *
   * @param task the task that waits; null if its scheduler knows
   */
  protected Resumption(@Nullable TaskState<?> task) {
    this.task = task;
  }

  /**
   * Ends the wait with a value.
   *
   * @param value what the wait returns; may be null
   * @return whether this call ended it; false when another did, or the task was cancelled
   */
  public final boolean resume(T value) {
    return end(value == null ? NULL : value);
  }

  /**
   * Ends the wait with a failure.
   *
   * @param failure what the wait throws, checked or not
   * @return whether this call ended it; false when another did, or the task was cancelled
   */
  public final boolean fail(Throwable failure) {
    return end(failed(failure));
  }

  /** Where there is no memory for it, that is the failure: whoever calls back has nobody to tell. */
  private static Failed failed(Throwable failure) {
    try {
      return new Failed(failure);
    } catch (OutOfMemoryError e) {
      return NO_MEMORY;
    }
  }

  /**
   * Has something done if the task is cancelled in this wait: takes back what was registered; kotlinx's {@code invokeOnCancellation}, Trio's
   * {@code abort_fn}.
   *
   * <pre>{@code
   * String line = Task.suspend(r -> { Handle h = device.read(r::resume); r.onCancel(h::close); });
   * }</pre>
   *
   * @param action called once, on any thread, before the task goes on; at once if the task has been cancelled already; never, if the wait ends
   *     otherwise
   * @throws UnsupportedOperationException if this is no wait of {@link Task#suspend}
   * @throws IllegalStateException if there is an action
   */
  public void onCancel(Runnable action) {
    throw new UnsupportedOperationException("onCancel of a wait in " + operation());
  }

  /** Ends the wait, without allocating; the task's next turn asks for the {@link #outcome}. */
  final boolean endLater() {
    return end(LATER);
  }

  /** Returns the wait's value, or throws its failure, if it was ended by {@link #endLater}. */
  T outcome() {
    throw new IllegalStateException();
  }

  /** Whether the wait has been ended. */
  public final boolean isDone() {
    return outcome != null;
  }

  /**
   * Ends the wait from its task's side, as a cancellation does. A class that keeps waits under a lock overrides it to decide under that.
   *
   * @param decision whether nobody else has ended the wait: the wait is over then
   * @return what it said
   */
  protected boolean withdraw(BooleanSupplier decision) {
    boolean undecided = decision.getAsBoolean();
    if (undecided) {
      withdrawn();
    }
    return undecided;
  }

  /** The task doesn't wait any more: what was registered for it may be taken back. Called once, on any thread, before the task goes on. */
  protected void withdrawn() {}

  /** The operation that waits, as the user wrote it; for messages. */
  protected Operation operation() {
    return OPERATION;
  }

  /**
   * Whether only another task can end the wait, so that tasks that all wait so are deadlocked.
   *
   * @return false unless overridden
   */
  protected boolean isInternal() {
    return false;
  }

  /** That of the task that waits; null once it was woken. */
  final @Nullable Scheduler scheduler() {
    TaskState<?> t = task;
    return t == null ? null : t.scheduler;
  }

  /** Whether the task that waits runs on a scheduler; false once the wait has been ended. */
  final boolean isOf(Scheduler scheduler) {
    return scheduler() == scheduler;
  }

  /** The object that it waits for, which dumps name; null if they shouldn't. */
  protected @Nullable Object subject() {
    return null;
  }

  /** Tasks of which each must go on before this wait can end; none if that isn't known. Any thread. */
  protected List<TaskState<?>> blockers() {
    return List.of();
  }

  /** The words by which dumps name its subject and the holder of it; null if there is nothing to name. Any thread. */
  protected @Nullable String described() {
    Object s = subject();
    return s == null ? null : nameOf(s);
  }

  /** A name for an object that has none. */
  protected static String nameOf(Object o) {
    return o instanceof TaskState<?> t
        ? t.label()
        : o.getClass().getSimpleName() + "@" + Integer.toHexString(System.identityHashCode(o));
  }

  /** The wait begins. */
  final void begins(long nanos) {
    since = (int) (nanos >> UNIT);
  }

  final long waitedSeconds(long now) {
    long nanos = (long) ((int) (now >> UNIT) - since) << UNIT;
    return TimeUnit.NANOSECONDS.toSeconds(Math.max(0, nanos));
  }

  /** How stack traces name the task whose outcome the wait returns; null if it is none's. */
  @Nullable String awaited() {
    return null;
  }

  /** The task is cancelled at this wait. */
  void cancel() {
    withdraw(CANCELLED);
  }

  private void withdraw(Object result) {
    try {
      if (withdraw(() -> decide(result))) {
        wake();
      }
    } catch (VirtualMachineError e) {
      if (outcome != result) {
        throw e; // It still waits.
      }
      Owed.add(this);
    }
  }

  final boolean endCancelled() {
    return end(CANCELLED);
  }

  /**
   * The task doesn't wait after all.
   *
   * @return false if the wait has been ended already, so that a turn will come for it
   */
  final boolean abandon() {
    boolean undecided = withdraw(() -> decide(CANCELLED));
    if (undecided) {
      task = null;
    }
    return undecided;
  }

  /**
   * The first half of {@link #resume}, for primitives that decide under a lock: ends the wait, but the task is not ready yet.
   *
   * @param value what the wait returns
   * @return whether this call ended the wait; then {@link #wake} must follow, outside the lock, for it may run the task
   */
  protected final boolean claim(T value) {
    return decide(value == null ? NULL : value);
  }

  /** The second half of {@link #resume}. */
  protected final void wake() {
    TaskState<?> t = task;
    if (t != null) {
      t.scheduler.ready(t);
      // An abandoned wait may be kept for long by its subject; the task should not be.
      task = null;
    }
  }

  /** As {@link #wake}; where memory or stack run out, a little later. */
  @Override
  protected final void wakeSurely() {
    try {
      wake();
    } catch (VirtualMachineError e) {
      Owed.add(this);
    }
  }

  /** {@link #wake} failed, for want of memory or stack: the task is woken a little later. */
  public final void wakeLater() {
    Owed.add(this);
  }

  private boolean end(Object result) {
    if (outcome != null || !decide(result)) {
      return false;
    }
    try {
      wake();
    } catch (VirtualMachineError e) {
      Owed.add(this);
    }
    return true;
  }

  private boolean decide(Object result) {
    return OUTCOME.compareAndSet(this, null, result);
  }

  /** In the task's next turn. */
  final void deliver(TaskState<?> to, @Nullable Frame leaf, TaskContinuation c) {
    Object o = outcome;
    if (o instanceof Failed f) {
      fails(f.failure, to, leaf, c);
    } else if (o == LATER) {
      try {
        c.give(outcome());
      } catch (Throwable t) {
        fails(t, to, leaf, c);
      }
    } else if (o == CANCELLED) {
      c.fail(cancelled(to.cancellation()));
    } else {
      c.give(o == NULL ? null : o);
    }
  }

  /** Whether what it fails by is a child's failure that nobody else gets: then its calls follow the child's in the trace. */
  protected boolean joins() {
    return false;
  }

  /** Returns what the wait throws where a cancellation has ended it. */
  TaskCancelled cancelled(TaskCancelled c) {
    return c;
  }

  private void fails(Throwable t, TaskState<?> to, @Nullable Frame leaf, TaskContinuation c) {
    to.isGiven(t);
    if (joins()) {
      LogicalStack.joined(t, operation(), leaf, c);
    } else {
      LogicalStack.awaited(t, awaited(), operation(), leaf, c);
    }
    c.fail(t);
  }

  /** The operation that waits, and the task that it waits for. */
  final String what() {
    String task = awaited();
    return task == null ? operation().toString() : operation() + " of " + task;
  }

  /** The operation that waits, and exactly what it waits for. */
  final String inFull() {
    String d = awaited() == null ? described() : null;
    return d == null ? what() : operation() + " of " + d;
  }

  /** Whether another is described by the same words, as far as that is seen without making them; false if in doubt. */
  final boolean isLike(Resumption<?> other) {
    return getClass() == other.getClass()
        && operation().equals(other.operation())
        && isPlain()
        && other.isPlain();
  }

  /** Whether its operation says all that there is to say. */
  private boolean isPlain() {
    return !isDone() && awaited() == null && subject() == null && described() == null;
  }

  @Override
  public String toString() {
    Object o = outcome;
    return what() + (o == null ? " (waiting)" : o == CANCELLED ? " (cancelled)" : " (done)");
  }
}

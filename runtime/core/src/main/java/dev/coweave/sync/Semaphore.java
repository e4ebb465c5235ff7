package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.AfterPause;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/**
 * A number of permits, which tasks take and give back; who finds too few waits. Served first come, first served: nobody passes one who waits
 * for more permits than there are. Thread-safe.
 *
 * <pre>{@code
 * try (Held held = semaphore.hold()) { … }
 * }</pre>
 */
@Stamp(abi = Stamp.ABI)
public final class Semaphore {
  private static final Operation ACQUIRE = Operation.of(Semaphore.class, "acquire");
  private static final Operation HOLD = Operation.of(Semaphore.class, "hold");

  /** How often those who wait are served where memory or stack run out in that. */
  private static final int TRIES = 3;

  // Guarded by this. The first in the queue always waits for more than there is, unless its select
  // has chosen another clause: then it leaves soon, and the next are served.
  private final WaitQueue<Request> waiting = new WaitQueue<>(this, ACQUIRE);
  private final Held held = this::release;
  private long permits;

  /** A wait for permits. */
  private final class Request extends Waiter<Held> {
    final int permits;

    Request(TaskContinuation tc, int permits, @Nullable Branch branch) {
      super(tc, waiting, branch);
      this.permits = permits;
    }

    @Override
    protected void withdrawn() {
      serve(0); // who stood behind it may need less
    }
  }

  /**
   * A semaphore.
   *
   * @param permits how many it has at first; not negative
   */
  public Semaphore(int permits) {
    if (permits < 0) {
      throw new IllegalArgumentException("negative number of permits: " + permits);
    }
    this.permits = permits;
  }

  // ---- taking

  /** Takes a permit; waits until there is one. */
  @Coroutine
  public void acquire() {
    PlainCall.act(ACQUIRE, this::acquire);
  }

  /**
   * The twin of {@link #acquire()}; not for users.
   *
   * @hidden
   */
  public void acquire(Continuation c) {
    Held unused = acquire(1, ACQUIRE, c);
  }

  /**
   * Takes permits, all at once; waits until there are so many.
   *
   * @param permits how many; positive
   */
  @Coroutine
  public void acquire(int permits) {
    PlainCall.act(ACQUIRE, c -> acquire(permits, c));
  }

  /**
   * The twin of {@link #acquire(int)}; not for users.
   *
   * @hidden
   */
  public void acquire(int permits, Continuation c) {
    Held unused = acquire(positive(permits), ACQUIRE, c);
  }

  /**
   * Takes a permit until the result is closed; waits until there is one.
   *
   * @return what {@linkplain #release() releases} it
   */
  @Coroutine
  public Held hold() {
    return PlainCall.run(HOLD, this::hold);
  }

  /**
   * The twin of {@link #hold()}; not for users.
   *
   * @hidden
   */
  public Held hold(Continuation c) {
    return acquire(1, HOLD, c);
  }

  private Held acquire(int permits, Operation operation, Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      return AfterPause.run(operation, d -> acquire(permits, operation, d), c);
    }
    TaskContinuation tc;
    Request w;
    synchronized (this) {
      if (take(permits)) {
        return held;
      }
      tc = TaskContinuation.toWait(c, ACQUIRE);
      w = enqueue(tc, permits, null);
    }
    return tc.suspend(w);
  }

  private Request enqueue(TaskContinuation tc, int permits, @Nullable Branch branch) {
    Request w = new Request(tc, permits, branch);
    waiting.add(w);
    return w;
  }

  /** Takes a permit if there is one, and nobody waits for it. */
  public boolean tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Takes permits if there are so many, and nobody waits for them.
   *
   * @param permits how many; positive
   */
  public synchronized boolean tryAcquire(int permits) {
    return take(positive(permits));
  }

  private boolean take(int wanted) {
    if (permits < wanted || firstWaiting() != null) {
      return false;
    }
    permits -= wanted;
    return true;
  }

  /**
   * A clause that takes a permit.
   *
   * @param handler what is done then; it, or whoever called the select, {@linkplain #release() releases}
   * @param <R> the type of the select's result then
   * @return the clause, for {@link Select#select}
   */
  public <R extends @Nullable Object> Clause<R> onAcquire(CoroutineCallable<R> handler) {
    return new LockClause<>(this, c -> take(1), (tc, branch) -> enqueue(tc, 1, branch), handler);
  }

  // ---- giving back

  /** Gives a permit back, or adds one. */
  public void release() {
    serve(1);
  }

  /**
   * Gives permits back, or adds some.
   *
   * @param permits how many; positive
   */
  public void release(int permits) {
    serve(positive(permits));
  }

  /** Adds permits, and gives them to those who wait. */
  private void serve(int more) {
    // Those that are served, linked by themselves: once a wait has ended nothing may keep its task
    // from being woken, neither want of memory nor of stack for another call.
    Waiter<?> first = null;
    Waiter<?> last = null;
    try {
      synchronized (this) {
        permits += more;
        for (int i = 1; ; i++) {
          try {
            Request w = firstWaiting();
            while (w != null && w.permits <= permits) {
              if (waiting.grant(w, held)) {
                permits -= w.permits;
                if (last == null) {
                  first = w;
                } else {
                  last.next = w;
                }
                last = w;
              }
              w = firstWaiting();
            }
            break;
          } catch (VirtualMachineError e) {
            if (i == TRIES) {
              // All or nothing: whoever gives them back may have to do it again.
              permits -= first == null ? more : 0;
              if (first == null) {
                throw e;
              }
              break;
            }
          }
        }
      }
    } finally {
      for (Waiter<?> w = first; w != null; w = w.next) {
        try {
          w.wakeUp();
        } catch (VirtualMachineError e) {
          w.wakeLater(); // The operation is done all the same.
        }
      }
    }
  }

  private @Nullable Request firstWaiting() {
    Request w = waiting.peek();
    while (w != null && w.isStale()) {
      waiting.remove(w);
      w = waiting.peek();
    }
    return w;
  }

  private static int positive(int permits) {
    if (permits <= 0) {
      throw new IllegalArgumentException("not a positive number of permits: " + permits);
    }
    return permits;
  }

  /** How many permits there are now. */
  public synchronized long available() {
    return permits;
  }

  @Override
  public synchronized String toString() {
    return "Semaphore of " + permits + (waiting.size() == 0 ? "" : ", " + waiting.size() + " wait");
  }
}

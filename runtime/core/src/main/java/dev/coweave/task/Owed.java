package dev.coweave.task;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tasks whose waits have ended, but whose threads had no memory or stack left to say so: they are woken a little later. Thread-safe.
 *
 * @hidden
 */
public final class Owed {
  /** A wait that has ended. */
  abstract static class Debt {
    /** Wakes its task; where memory or stack run out, a little later. */
    abstract void wakeSurely();
  }

  /** How much later, in nanoseconds. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  /** Room for as many, so that none is allocated when there is no memory. */
  private static final ArrayDeque<Debt> WAITS = new ArrayDeque<>(1023);

  /** Read without the lock; who sees it late pays late. */
  private static boolean any;

  /** On the runtime's own timer: all threads of the JDK's common pool may be waiting for who is woken here. */
  private static final Timer PAYMENT =
      new PlainTimer() {
        @Override
        public void fire() {
          pay();
        }
      };

  private Owed() {}

  /** A wait has ended, and its task isn't ready yet, as far as is known. */
  static void add(Debt w) {
    synchronized (WAITS) {
      WAITS.add(w);
      any = true;
    }
    try {
      SharedTimer.schedule(PAYMENT, PAUSE);
    } catch (VirtualMachineError e) {
      // The next turn of an executor, or the watchdog, pays.
    }
  }

  /** Wakes those that are owed it. A task that was woken all the same has a turn too many, which does nothing. */
  public static void pay() {
    if (!any) {
      return;
    }
    for (Debt w = next(); w != null; w = next()) {
      w.wakeSurely();
    }
  }

  private static @Nullable Debt next() {
    synchronized (WAITS) {
      any = WAITS.size() > 1;
      return WAITS.poll();
    }
  }
}

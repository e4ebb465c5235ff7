package dev.coweave.task;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The schedulers that may have tasks now: loops that run, and what runs the tasks of executors. For dumps and the like; each is
 * here as long as something else keeps it. Thread-safe, and without a lock that all share: executors add and remove one for each task.
 *
 * @hidden
 */
public final class Schedulers {
  // Linked lists, each with a lock, in which to add and to remove are a few stores: a stack that is
  // full leaves none of them half changed, as it would a hash table that grows.

  private static final AtomicLong ADDED = new AtomicLong();
  private static final ReferenceQueue<Scheduler> GONE = new ReferenceQueue<>();

  /** Those that run many tasks, for a long time. Apart, so that who looks after them needn't look at each task of an executor. */
  private static final Stripe LOOPS = new Stripe();

  /** Those of executors, one after the other in turn: one thread adds what others remove. Their number is a power of two. */
  private static final Stripe[] OTHERS = new Stripe[16];

  static {
    Arrays.setAll(OTHERS, i -> new Stripe());
  }

  /** A list, guarded by itself. */
  private static final class Stripe {
    volatile @Nullable Listed first;

    void addTo(List<Listed> all) {
      synchronized (this) {
        for (Listed l = first; l != null; l = l.next) {
          all.add(l);
        }
      }
    }
  }

  /**
   * A scheduler's place here.
   *
   * @hidden
   */
  public static final class Listed extends WeakReference<Scheduler> {
    private final long number;
    private final Stripe in;

    // Guarded by the stripe.
    private @Nullable Listed previous;
    private @Nullable Listed next;
    private boolean removed;

    private Listed(Scheduler s, long number, Stripe in) {
      super(s, GONE);
      this.number = number;
      this.in = in;
    }
  }

  private Schedulers() {}

  /**
   * Adds a scheduler.
   *
   * @return its place, for {@link #remove}
   */
  public static Listed add(Scheduler s) {
    return add(s, !(s instanceof ExecutorScheduler));
  }

  /**
   * Adds a scheduler; see {@link #add(Scheduler)}.
   *
   * @param s the scheduler
   * @param watched whether it is one of the {@link #loops}, which are looked at again and again
   * @return its place, for {@link #remove}
   */
  public static Listed add(Scheduler s, boolean watched) {
    for (Object gone = GONE.poll(); gone != null; gone = GONE.poll()) {
      remove((Listed) gone);
    }
    long number = ADDED.getAndIncrement();
    Stripe in = watched ? LOOPS : OTHERS[(int) number & OTHERS.length - 1];
    Listed l = new Listed(s, number, in);
    synchronized (in) {
      Listed first = in.first;
      l.next = first;
      if (first != null) {
        first.previous = l;
      }
      in.first = l;
    }
    return l;
  }

  /** Removes a scheduler, which has no tasks any more. */
  public static void remove(Listed l) {
    synchronized (l.in) {
      if (l.removed) {
        return;
      }
      l.removed = true;
      if (l.previous == null) {
        l.in.first = l.next;
      } else {
        l.previous.next = l.next;
      }
      if (l.next != null) {
        l.next.previous = l.previous;
      }
    }
    l.clear(); // so that it isn't queued
  }

  /** All of them, in the order in which they were added. */
  public static List<Scheduler> all() {
    List<Listed> all = new ArrayList<>();
    LOOPS.addTo(all);
    for (Stripe s : OTHERS) {
      s.addTo(all);
    }
    return inOrder(all);
  }

  /** Those that are no executor's, in the order in which they were added. */
  public static List<Scheduler> loops() {
    List<Listed> all = new ArrayList<>();
    LOOPS.addTo(all);
    return inOrder(all);
  }

  /** The task whose end a thread awaits, in a plain call or another that runs a loop; null if it isn't in one. */
  static @Nullable TaskState<?> awaitedBy(Thread thread) {
    for (Scheduler s : loops()) {
      if (s.thread() == thread) {
        return s.awaitedByCall();
      }
    }
    return null;
  }

  /** Whether {@link #loops} may return any. */
  public static boolean anyLoop() {
    return LOOPS.first != null;
  }

  private static List<Scheduler> inOrder(List<Listed> listed) {
    listed.sort(Comparator.comparingLong(l -> l.number));
    return listed.stream().<Scheduler>map(Listed::get).filter(Objects::nonNull).toList();
  }
}

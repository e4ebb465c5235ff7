package dev.coweave.task;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The schedulers that may have tasks now: loops that run, and what runs the tasks of executors. For dumps and the like; each is
 * here as long as something else keeps it. Thread-safe, and without a lock that all share: executors add and remove one for each task.
 */
public final class Schedulers {
  private static final AtomicLong ADDED = new AtomicLong();
  private static final ReferenceQueue<Scheduler> GONE = new ReferenceQueue<>();

  /** Those that run many tasks, for a long time. Apart, so that who looks after them needn't look at each task of an executor. */
  private static final Set<Listed> LOOPS = ConcurrentHashMap.newKeySet();

  private static final Set<Listed> OTHERS = ConcurrentHashMap.newKeySet();

  /** A scheduler's place here. */
  public static final class Listed extends WeakReference<Scheduler> {
    private final long number = ADDED.getAndIncrement();
    private final Set<Listed> in;

    private Listed(Scheduler s) {
      super(s, GONE);
      this.in = s instanceof ExecutorScheduler ? OTHERS : LOOPS;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(number); // That of its identity costs more.
    }

    @Override
    public boolean equals(Object o) {
      return this == o;
    }
  }

  private Schedulers() {}

  /**
   * Adds a scheduler.
   *
   * @return its place, for {@link #remove}
   */
  public static Listed add(Scheduler s) {
    for (Object gone = GONE.poll(); gone != null; gone = GONE.poll()) {
      remove((Listed) gone);
    }
    Listed l = new Listed(s);
    l.in.add(l);
    return l;
  }

  /** Removes a scheduler, which has no tasks any more. */
  public static void remove(Listed l) {
    l.in.remove(l);
    l.clear(); // so that it isn't queued
  }

  /** All of them, in the order in which they were added. */
  public static List<Scheduler> all() {
    List<Listed> all = new ArrayList<>(LOOPS);
    all.addAll(OTHERS);
    return inOrder(all);
  }

  /** Those that are no executor's, in the order in which they were added. */
  public static List<Scheduler> loops() {
    return inOrder(new ArrayList<>(LOOPS));
  }

  /** Whether {@link #loops} may give any. */
  public static boolean anyLoop() {
    return !LOOPS.isEmpty();
  }

  private static List<Scheduler> inOrder(List<Listed> listed) {
    listed.sort(Comparator.comparingLong(l -> l.number));
    return listed.stream().<Scheduler>map(Listed::get).filter(Objects::nonNull).toList();
  }
}

package dev.coweave.task;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The schedulers that may have tasks now: loops that run, and what runs the tasks of executors. For dumps and the like; each is
 * here as long as something else keeps it. Thread-safe.
 */
public final class Schedulers {
  /** With how many there were before, which orders them. */
  private static final Map<Scheduler, Long> ALL = Collections.synchronizedMap(new WeakHashMap<>());

  private static long added;

  private Schedulers() {}

  /** Adds a scheduler. */
  public static void add(Scheduler s) {
    synchronized (ALL) {
      ALL.put(s, added++);
    }
  }

  /** Removes a scheduler, which has no tasks any more. */
  public static void remove(Scheduler s) {
    ALL.remove(s);
  }

  /** All of them, in the order in which they were added. */
  public static List<Scheduler> all() {
    synchronized (ALL) {
      return ALL.entrySet().stream()
          .sorted(Comparator.comparing(Map.Entry::getValue))
          .<Scheduler>map(Map.Entry::getKey)
          .toList();
    }
  }
}

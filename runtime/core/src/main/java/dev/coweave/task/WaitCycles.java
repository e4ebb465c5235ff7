package dev.coweave.task;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds tasks that wait for each other in a circle: each for a lock that the next holds, or for the next to end. Nothing else can help them,
 * whatever runs beside, so this is a deadlock, unless somebody cancels one; a wait under a timeout is none.
 *
 * @hidden
 */
public final class WaitCycles {
  // A depth-first search along the waits. Tasks of other threads may move while it looks: who finds
  // a circle looks a while later whether it stands. If each task is in the very same wait at both
  // times, it was so all the while, for only the next could have ended it.

  /** The waits that were reported. */
  private static final Set<Resumption<?>> REPORTED =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /** How many tasks a search visits at most. */
  private static final int MOST = 100_000;

  private static final int MOST_AT_A_WAIT = 64;

  private record Link(TaskState<?> task, Resumption<?> waits) {}

  private record Step(Link link, Iterator<TaskState<?>> rest) {}

  /**
   * Tasks that waited for each other when they were looked at.
   *
   * @hidden
   */
  public static final class Cycle {
    private final List<Link> links;

    private Cycle(List<Link> links) {
      this.links = links;
    }

    /** Whether they still do, and nobody has reported it. */
    public boolean stands() {
      return holds() && links.stream().noneMatch(l -> REPORTED.contains(l.waits));
    }

    private boolean holds() {
      return links.stream()
          .allMatch(
              l ->
                  l.task.waitsFor() == l.waits
                      && !l.waits.isDone()
                      && !l.task.mayBeRelieved(this::isStuck));
    }

    /** Whether a task is one of these, or waits for one. */
    private boolean isStuck(TaskState<?> t) {
      return isOne(t) || blockers(lastingWait(t)).stream().anyMatch(this::isOne);
    }

    private boolean isOne(TaskState<?> t) {
      return links.stream().anyMatch(l -> l.task == t);
    }

    private List<TaskState<?>> tasks() {
      return links.stream().<TaskState<?>>map(Link::task).toList();
    }

    /** Returns its text for a report, once: null if somebody has reported it, such as the loop of another of its tasks. */
    public @Nullable String report() {
      synchronized (REPORTED) {
        if (links.stream().anyMatch(l -> REPORTED.contains(l.waits))) {
          return null;
        }
        links.forEach(l -> REPORTED.add(l.waits));
      }
      return "deadlock: these tasks wait for each other, in a circle\n"
          + TaskDump.of(tasks(), links.size());
    }
  }

  /** The tasks visited; true while on the way. */
  private final Map<TaskState<?>, Boolean> visited = new IdentityHashMap<>();

  private final Deque<Step> way = new ArrayDeque<>();

  /** How many tasks it visits at most. */
  private final int most;

  /** It has come to more. */
  private boolean cut;

  private WaitCycles(int most) {
    this.most = most;
  }

  /**
   * Looks for a circle that can be reached from some tasks. Any thread.
   *
   * @param from any tasks
   * @return one that hasn't been reported; null if there is none
   */
  public static @Nullable Cycle find(Iterable<TaskState<?>> from) {
    return find(from, new WaitCycles(MOST));
  }

  /**
   * Says so if a wait that begins closes a circle, and a while later still does. Here only short ones are looked for: a chain of tasks of which each
   * awaits the one before would else be walked to its end by each of them.
   *
   * @param t the task that waits
   * @param w its wait
   * @param on where it runs
   * @param grace how much later, in nanoseconds
   */
  public static void lookAt(TaskState<?> t, Resumption<?> w, Scheduler on, long grace) {
    if (!w.blockers().isEmpty()) {
      WaitCycles search = new WaitCycles(MOST_AT_A_WAIT);
      Cycle found = find(List.of(t), search);
      if (found != null) {
        on.schedule(new CycleCheck(found), grace);
      } else if (search.cut) {
        LongCircles.lookFrom(t);
      }
    }
  }

  /** Looks for all circles that can be reached from some tasks and haven't been reported. Any thread. */
  static List<Cycle> findAll(Iterable<TaskState<?>> from) {
    WaitCycles search = new WaitCycles(MOST);
    List<Cycle> all = new ArrayList<>();
    for (TaskState<?> t : from) {
      Cycle found = search.visit(t);
      if (found != null && found.stands()) {
        all.add(found);
      }
    }
    return all;
  }

  private static @Nullable Cycle find(Iterable<TaskState<?>> from, WaitCycles search) {
    for (TaskState<?> t : from) {
      Cycle found = search.visit(t);
      if (found != null && found.stands()) {
        return found;
      }
    }
    return null;
  }

  /** All circles that can be reached from some tasks, reported or not, each as its tasks in the order of who waits for whom. */
  static List<List<TaskState<?>>> all(Iterable<TaskState<?>> from) {
    WaitCycles search = new WaitCycles(Integer.MAX_VALUE);
    List<List<TaskState<?>>> all = new ArrayList<>();
    for (TaskState<?> t : from) {
      Cycle found = search.visit(t);
      if (found != null && found.holds()) {
        all.add(found.tasks());
      }
    }
    return all;
  }

  /** Tasks that were reported otherwise: not again, if they wait in a circle. */
  public static void reported(Iterable<TaskState<?>> tasks) {
    Cycle found = find(tasks);
    if (found != null) {
      found.links.forEach(l -> REPORTED.add(l.waits));
    }
  }

  private @Nullable Cycle visit(TaskState<?> start) {
    TaskState<?> next = start;
    while (true) {
      // Mostly a task waits for none: it is left out of the map, where each costs a hash.
      Resumption<?> w = next == null ? null : lastingWait(next);
      List<TaskState<?>> others = blockers(w);
      if (next != null && w != null && !others.isEmpty()) {
        Boolean onTheWay = visited.get(next);
        if (Boolean.TRUE.equals(onTheWay)) {
          return cycle(next);
        }
        if (onTheWay == null && visited.size() < most) {
          visited.put(next, true);
          way.push(new Step(new Link(next, w), others.iterator()));
        }
        cut |= onTheWay == null && visited.size() == most;
      }
      while (!way.isEmpty() && !way.peek().rest.hasNext()) {
        visited.put(way.pop().link.task, false);
      }
      if (way.isEmpty()) {
        return null;
      }
      next = way.peek().rest.next();
    }
  }

  private static List<TaskState<?>> blockers(@Nullable Resumption<?> w) {
    return w == null ? List.of() : w.blockers();
  }

  /** The wait of a task that no time ends; null if there is none. */
  private static @Nullable Resumption<?> lastingWait(TaskState<?> t) {
    Resumption<?> w = t.waitsFor();
    return w == null || w.isDone() || t.mayTimeOut() ? null : w;
  }

  private Cycle cycle(TaskState<?> first) {
    List<Link> links = new ArrayList<>();
    for (Step s : way) {
      links.add(0, s.link);
      if (s.link.task == first) {
        break;
      }
    }
    way.forEach(s -> visited.put(s.link.task, false));
    way.clear();
    return new Cycle(links);
  }
}

package dev.coweave.task;

import dev.coweave.coroutine.LogicalStack;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says in text what tasks do now: each by its name, whether it runs, is ready or waits, for what, and the calls that it is in. Children
 * of a scope stand below its owner; those that are in the same place are told of together.
 *
 * <pre>
 * event loop "io": 4 tasks, 0 ready, 0 timers
 *   task-1: waiting in TaskScope.join
 *       at dev.coweave.task.TaskScope.join(TaskScope.java)
 *       at com.acme.Crawler.crawl(Crawler.java:31)
 *     page-1, page-2: waiting in Channel.receive
 *         at com.acme.Crawler.page(Crawler.java:44)
 * </pre>
 *
 * <p>May be asked for on any thread, while the tasks run. A loop shows its tasks between two steps, so that all it says holds at one
 * moment; one of very many tasks shows them bit by bit, so that it is never kept for long; one that is stuck in a step is looked at as it is,
 * and shows where it is stuck. Tasks of executors are looked at one by one.
 */
public final class TaskDump {
  // In here: how tasks are looked at and printed, for dumps and for whatever reports
  // tasks. When they may be looked at is the schedulers' business.

  /** How many of the tasks that are in one place are named. */
  private static final int NAMES = 20;

  /** How a task's state ends that is to be cancelled. */
  static final String CANCELLED = ", to be cancelled";

  /** Deeper scopes are not set in further. */
  private static final int MAX_INDENT = 20;

  /** How long a loop is kept from its next turn to look at tasks, in nanoseconds. */
  private static final long LONGEST_LOOK = 2_000_000;

  /** How often a task that is moving is looked at until it stands still. */
  private static final int TRIES = 10;

  /**
   * A task's state at a moment; equal for tasks in the same place.
   *
   * @param status in words, such as {@code waiting in Task.sleep}
   * @param stack the calls that it was in, innermost first
   */
  public record Place(String status, List<StackTraceElement> stack) {
    private static final String OF = " of ";

    // Both written out: a record's own are made when they are first called, which takes some 20 ms,
    // and is done by a loop that shows its tasks.
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Place p && status.equals(p.status) && stack.equals(p.stack);
    }

    @Override
    public int hashCode() {
      return 31 * status.hashCode() + stack.hashCode();
    }

    private Place withoutSubject() {
      return withSubject("");
    }

    private Place withSubject(String subject) {
      String s = subject();
      return s.isEmpty() ? this : new Place(status.replace(OF + s, OF + subject), stack);
    }

    /** What exactly it waits for, in words; empty if that isn't said. */
    private String subject() {
      int of = status.indexOf(OF);
      int end = status.length() - (status.endsWith(CANCELLED) ? CANCELLED.length() : 0);
      return of < 0 ? "" : status.substring(of + OF.length(), end);
    }
  }

  /** A task, and for how many seconds it has waited. Small, for the collector copies those of all tasks while their loop stands. */
  record Seen(TaskState<?> task, Place place, int seconds) {
    /** The same with the place of another, if it is in the same: most are, and what they share the collector needn't copy while the loop stands. */
    Seen sharing(Map<Place, Place> places) {
      Place shared = places.putIfAbsent(place, place);
      return shared == null ? this : new Seen(task, shared, seconds);
    }
  }

  /** A loop, or an executor with all its tasks. */
  record Home(String label, List<Seen> tasks) {}

  /** An executor, by its identity: its own {@code equals} is the user's. */
  private record Same(Executor executor) {
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Same other && executor == other.executor;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(executor);
    }
  }

  /** Tasks in one place, at a depth of the tree. */
  private record Group(int depth, Place place, List<Seen> seen) {
    String names() {
      return seen.stream().limit(NAMES).map(s -> nameOf(s.task)).collect(Collectors.joining(", "));
    }

    /** How long its tasks have waited: empty for less than a second. */
    String time() {
      int longest = seen.stream().mapToInt(Seen::seconds).max().orElse(0);
      return longest == 0 ? "" : (seen.size() == 1 ? ", for " : ", for up to ") + longest + " s";
    }
  }

  private TaskDump() {}

  /**
   * Describes a task.
   *
   * @param task any
   * @return lines without a line break at the end
   */
  public static String of(TaskState<?> task) {
    return task.scheduler.inspect(
        tasks -> text(List.of(group(see(task, null, 0))), 1).stripIndent());
  }

  /**
   * Describes the tasks of a scheduler.
   *
   * @param scheduler such as an event loop's
   * @return lines without a line break at the end
   */
  public static String of(Scheduler scheduler) {
    return headed(scheduler.toString(), seeAll(scheduler));
  }

  /**
   * Describes the tasks of some schedulers, and says which of them wait for each other.
   *
   * @param schedulers such as those of a simulation
   * @return lines without a line break at the end
   */
  public static String ofAll(List<? extends Scheduler> schedulers) {
    return text(schedulers.stream().map(s -> new Home(s.toString(), seeAll(s))).toList());
  }

  /**
   * Where a task is, said in few words. Called where it can't move.
   *
   * @param task one that is not running
   */
  public static Place placeOf(TaskState<?> task) {
    return new Place(task.status(false), task.stack());
  }

  /** Describes all tasks of this program: those of each loop that runs, and those that run in executors or outside any loop. */
  public static String ofAll() {
    return text(homes());
  }

  private static String text(List<Home> homes) {
    List<String> parts = new ArrayList<>();
    homes.forEach(h -> parts.add(headed(h.label, h.tasks)));
    circles(homes).forEach(c -> parts.add("deadlock, each waits for the next: " + inCircle(c)));
    return parts.isEmpty() ? "no tasks" : String.join("\n", parts);
  }

  /** The tasks that wait for each other, in circles. */
  static List<List<TaskState<?>>> circles(List<Home> homes) {
    return WaitCycles.all(
        homes.stream().flatMap(h -> h.tasks.stream()).<TaskState<?>>map(Seen::task).toList());
  }

  private static String inCircle(List<TaskState<?>> tasks) {
    return Stream.concat(tasks.stream(), Stream.of(tasks.get(0)))
        .map(TaskDump::nameOf)
        .collect(Collectors.joining(" -> "));
  }

  /** Each loop that runs, and each executor that has tasks, with what these do. */
  static List<Home> homes() {
    List<Home> homes = new ArrayList<>();
    Map<Object, Home> byExecutor = new LinkedHashMap<>();
    for (Scheduler s : Schedulers.all()) {
      List<Seen> tasks = seeAll(s);
      if (!(s instanceof ExecutorScheduler e)) {
        homes.add(new Home(s.toString(), tasks));
      } else if (!tasks.isEmpty()) {
        // There may be many objects for one home.
        Object key =
            e.executor() instanceof dev.coweave.task.Home ? e.toString() : new Same(e.executor());
        byExecutor
            .computeIfAbsent(key, k -> new Home(e.toString(), new ArrayList<>()))
            .tasks
            .addAll(tasks);
      }
    }
    homes.addAll(byExecutor.values());
    return homes;
  }

  private static String headed(@Nullable String header, List<Seen> tasks) {
    String text = text(grouped(tasks), Integer.MAX_VALUE);
    return OneLine.of(String.valueOf(header)) + (text.isEmpty() ? "" : "\n" + text);
  }

  /**
   * Describes tasks; for reports. Called where they can't move.
   *
   * @param tasks any
   * @param most how many places are told of
   * @return lines without a line break at the end
   */
  public static String of(List<TaskState<?>> tasks, int most) {
    return text(grouped(seeAll(tasks)), most);
  }

  /** Where tasks are, without their names: the same for others in the same places. Called where they can't move. */
  public static String places(List<TaskState<?>> tasks) {
    return seeAll(tasks).stream().map(s -> s.place.stack).distinct().toList().toString();
  }

  private static Group group(Seen one) {
    return new Group(0, one.place, List.of(one));
  }

  // ---- looking

  /**
   * Looks at the tasks of a scheduler: at one moment if they are few; else it goes on between later turns, so that no turn waits for long.
   */
  private static List<Seen> seeAll(Scheduler scheduler) {
    Looking looking = new Looking();
    do {
      scheduler.inspect(tasks -> looking.goOn(scheduler, tasks));
    } while (!looking.isOver());
    List<Seen> seen = looking.seen;
    seen.removeIf(s -> s.task.isDone());
    return seen;
  }

  /** A walk over the tasks of a scheduler. */
  private static final class Looking {
    private List<TaskState<?>> all = List.of();
    private final Map<Place, Place> places = new HashMap<>();
    private List<Seen> seen = new ArrayList<>();

    boolean isOver() {
      return seen.size() == all.size();
    }

    /** Looks at some more. Where the scheduler's tasks can't move. */
    List<Seen> goOn(Scheduler scheduler, Supplier<List<TaskState<?>>> tasks) {
      long start = System.nanoTime();
      if (all.isEmpty()) {
        all = tasks.get();
        seen = new ArrayList<>(all.size());
      }
      long progress = scheduler.progress();
      Seen before = null;
      while (!isOver() && System.nanoTime() - start < LONGEST_LOOK) {
        Seen next = see(all.get(seen.size()), before, progress);
        boolean known = before != null && before.place == next.place;
        before = known ? next : next.sharing(places);
        seen.add(before);
      }
      return seen;
    }
  }

  private static List<Seen> seeAll(List<TaskState<?>> tasks) {
    return tasks.stream().map(t -> see(t, null, 0)).collect(Collectors.toList());
  }

  /**
   * Looks at a task.
   *
   * @param before one of the same scheduler that was looked at before; null for none
   * @param then how far the scheduler was then
   */
  private static Seen see(TaskState<?> t, @Nullable Seen before, long then) {
    for (int i = 0; i < TRIES; i++) {
      long progress = t.scheduler.progress();
      boolean runs = t.scheduler.runs(t);
      // Very many are in one place, mostly one after the other.
      Place place =
          before != null && progress == then && !runs && t.isWhere(before.task)
              ? before.place
              : new Place(t.statusInFull(runs), runs ? running(t) : t.stack());
      VarHandle.loadLoadFence();
      if (t.scheduler.progress() == progress) {
        return new Seen(t, place, runs ? 0 : (int) t.waitedSeconds());
      }
    }
    return new Seen(t, new Place("running", List.of()), 0);
  }

  private static List<StackTraceElement> running(TaskState<?> t) {
    Thread thread = t.scheduler.thread();
    if (thread == null) {
      return List.of();
    }
    return running(thread, t.frames());
  }

  /**
   * The calls that a thread is in, as they would read if those of coroutines were plain.
   *
   * @param thread one that runs tasks
   * @param t the task that it runs; null for none
   */
  public static List<StackTraceElement> running(Thread thread, @Nullable TaskState<?> t) {
    return running(thread, t == null ? null : t.frames());
  }

  private static List<StackTraceElement> running(
      Thread thread, dev.coweave.coroutine.@Nullable Frame innermost) {
    StackTraceElement[] all = thread.getStackTrace();
    StackTraceElement[] physical = thread == Thread.currentThread() ? withoutThis(all) : all;
    Arrays.setAll(physical, i -> asThrown(physical[i]));
    return LogicalStack.running(physical, innermost);
  }

  /** As exceptions print it: those of threads name the JVM's own loaders, and the versions of modules. */
  private static StackTraceElement asThrown(StackTraceElement e) {
    String loader = e.getClassLoaderName();
    return new StackTraceElement(
        "app".equals(loader) || "platform".equals(loader) ? null : loader,
        e.getModuleName(),
        null,
        e.getClassName(),
        e.getMethodName(),
        e.getFileName(),
        e.getLineNumber());
  }

  /** From who asked for the dump on. */
  private static StackTraceElement[] withoutThis(StackTraceElement[] physical) {
    int from = 0;
    for (int i = 0; i < physical.length; i++) {
      if (physical[i].getClassName().equals(TaskDump.class.getName())) {
        from = i + 1;
      }
    }
    return Arrays.copyOfRange(physical, from, physical.length);
  }

  // ---- the tree

  /** Groups them by the task that forked each, those first that none did; and those together that are in the same place. */
  private static List<Group> grouped(List<Seen> all) {
    Set<TaskState<?>> owners = owners(all);
    Map<@Nullable TaskState<?>, List<Seen>> children = new LinkedHashMap<>();
    if (owners.isEmpty()) {
      children.put(null, all);
    } else {
      for (Seen s : all) {
        TaskState<?> owner = s.task.owner();
        TaskState<?> above = owner != null && owners.contains(owner) ? owner : null;
        children.computeIfAbsent(above, o -> new ArrayList<>()).add(s);
      }
    }
    List<Group> result = new ArrayList<>();
    Deque<Group> rest =
        new ArrayDeque<>(level(0, children.getOrDefault(null, List.of()), children));
    while (!rest.isEmpty()) {
      Group g = rest.pop();
      result.add(g);
      List<Seen> below = children.getOrDefault(g.seen.get(0).task, List.of());
      List<Group> level = level(g.depth + 1, below, children);
      for (int i = level.size() - 1; i >= 0; i--) {
        rest.push(level.get(i));
      }
    }
    return result;
  }

  /** Those that own others of them. */
  private static Set<TaskState<?>> owners(List<Seen> all) {
    Set<TaskState<?>> owners = new HashSet<>();
    for (Seen s : all) {
      TaskState<?> owner = s.task.owner();
      if (owner != null) {
        owners.add(owner);
      }
    }
    Set<TaskState<?>> seen = new HashSet<>();
    if (!owners.isEmpty()) {
      for (Seen s : all) {
        if (owners.contains(s.task)) {
          seen.add(s.task);
        }
      }
    }
    return seen;
  }

  /** Tasks of one owner; one that has children itself stands alone. */
  private static List<Group> level(
      int depth, List<Seen> siblings, Map<@Nullable TaskState<?>, List<Seen>> children) {
    Map<Object, Group> groups = new LinkedHashMap<>();
    Map<Object, List<Group>> alike = new LinkedHashMap<>();
    boolean anyAlone = children.size() > 1;
    Group last = null;
    for (Seen s : siblings) {
      boolean alone = anyAlone && children.containsKey(s.task);
      if (!alone && last != null && last.place == s.place) { // mostly
        last.seen.add(s);
        continue;
      }
      Group g =
          groups.computeIfAbsent(
              alone ? s : s.place, k -> new Group(depth, s.place, new ArrayList<>()));
      if (g.seen.isEmpty()) {
        alike.computeIfAbsent(alone ? s : s.place.withoutSubject(), k -> new ArrayList<>()).add(g);
      }
      g.seen.add(s);
      last = alone ? null : g;
    }
    return alike.values().stream()
        .flatMap(all -> all.size() <= NAMES ? all.stream() : Stream.of(together(all)))
        .toList();
  }

  /** Many that wait in one place, each for another peer or channel, as those of a server. */
  private static Group together(List<Group> all) {
    Group first = all.get(0);
    String subjects =
        all.stream().limit(NAMES).map(g -> g.place.subject()).collect(Collectors.joining(", "));
    Place place = first.place.withSubject(subjects + ", … (" + all.size() + ")");
    return new Group(first.depth, place, all.stream().flatMap(g -> g.seen.stream()).toList());
  }

  // ---- text

  private static String text(List<Group> groups, int most) {
    StringBuilder s = new StringBuilder();
    groups.stream().limit(most).forEach(g -> append(s, g));
    int left = groups.stream().skip(most).mapToInt(g -> g.seen.size()).sum();
    if (left > 0) {
      s.append("\n  and ").append(left).append(" more");
    }
    return s.isEmpty() ? "" : s.substring(1);
  }

  private static String nameOf(TaskState<?> task) {
    return OneLine.of(task.name());
  }

  private static void append(StringBuilder s, Group g) {
    String indent = "\n  " + "  ".repeat(Math.min(g.depth, MAX_INDENT));
    int n = g.seen.size();
    s.append(indent);
    s.append(g.names());
    if (n > NAMES) {
      s.append(", … (").append(n).append(" tasks)");
    }
    s.append(": ").append(OneLine.of(g.place.status)).append(g.time());
    g.place.stack.forEach(e -> s.append(indent).append("    at ").append(e));
  }
}

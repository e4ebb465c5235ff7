package dev.coweave.junit;

import dev.coweave.loop.SteppedLoop;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs several loops on one thread, a step at a time, in virtual time: the time stands still while anything can come next, then jumps. */
final class Engine {
  // One step: what was handed in to the loops joins what is ready; the schedule chooses one of
  // that, and it runs. If nothing is ready, who waits for that is told; if nobody does, the time
  // goes on to the next entry of the agenda; if there is none, only somebody outside can help.

  /** A failure that nobody asked for. */
  record Unasked(String what, Throwable failure) {}

  /** What the lines of a dump begin with that show how the test was called. */
  private static final List<String> OWN =
      List.of(
          "at " + Session.class.getName(),
          "at " + CoroutineTests.class.getName(),
          "at " + TestMethod.class.getName(),
          "at org.junit.platform.commons.",
          "at java.base/jdk.internal.reflect.",
          "at java.base/java.lang.reflect.");

  /** How many steps pass between two looks at the real time. */
  private static final int LOOK = 256;

  private final Limits limits;
  private final Recorder recorder;
  private final Outside outside = new Outside(this);
  private final SplittableRandom choices;
  private final List<Lane> lanes = new ArrayList<>();
  private final List<Step> ready = new ArrayList<>();
  private final Agenda agenda = new Agenda();
  private final List<Runnable> whenIdle = new ArrayList<>();
  private final Queue<Unasked> unasked = new ConcurrentLinkedQueue<>();
  private long now;
  private long tasksNamed;
  private int steps;

  /** The loop whose thread this is. */
  private @Nullable Lane entered;

  /** The lane of what runs, though it is left; null between steps. */
  private volatile @Nullable Thread thread;

  Engine(long seed, Recorder recorder, Limits limits) {
    this.limits = limits;
    this.recorder = recorder;
    this.choices = Seeds.stream(seed, Seeds.CHOICES);
  }

  // ---- what the lanes, the world and the test ask for

  Lane lane(String name, Lane.Drift drift, boolean daemon) {
    Lane l = new Lane(this, name, drift, daemon);
    lanes.add(l);
    return l;
  }

  List<Lane> lanes() {
    return lanes;
  }

  long now() {
    return now;
  }

  Recorder recorder() {
    return recorder;
  }

  Outside outside() {
    return outside;
  }

  Limits limits() {
    return limits;
  }

  int choice(int bound) {
    return choices.nextInt(bound);
  }

  long nextNumber() {
    return ++tasksNamed;
  }

  void add(Step step) {
    if (step.lane == null || !step.lane.gone) {
      ready.add(step);
    }
  }

  Agenda.Entry at(long time, Step step) {
    return agenda.add(time, step);
  }

  void withdraw(Agenda.Entry e) {
    if (e.due) {
      ready.remove(e.step);
    } else {
      agenda.withdraw(e);
    }
  }

  /** Runs something as a step of its own, on a worker thread: as long as that runs, nothing else does. */
  void offload(Runnable call) {
    add(new Step.Event("a worker", () -> outside.runOnWorker(call)));
  }

  /** Tells when nothing is ready, before the time goes on. */
  void whenIdle(Runnable action) {
    whenIdle.add(action);
  }

  void failed(String what, Throwable failure) {
    unasked.add(new Unasked(what, failure));
  }

  Queue<Unasked> unasked() {
    return unasked;
  }

  boolean isHere() {
    return thread == Thread.currentThread();
  }

  /**
   * Throws unless the caller is one of its tasks or jobs.
   *
   * @throws IllegalStateException if so
   */
  void checkHere() {
    if (!isHere()) {
      throw new IllegalStateException(
          "COWEAVE-409: a Simulation is used "
              + (thread == null ? "when it has ended" : "on " + Thread.currentThread())
              + "\n  because: its time goes on between the steps of its own tasks, and nobody else"
              + " can wait for that\n"
              + "  fix: call it in a task of the test, with the Simulation that the test was"
              + " given");
    }
  }

  @Nullable Thread thread() {
    return thread;
  }

  /** A machine stops: nothing of it runs again. */
  void stop(Lane lane) {
    lane.gone = true;
    lanes.remove(lane);
    ready.removeIf(s -> s.lane == lane);
  }

  String dump() {
    return SteppedLoop.dump(lanes.stream().map(l -> l.loop).filter(l -> !l.isEmpty()).toList())
        .lines()
        .filter(line -> OWN.stream().noneMatch(line.strip()::startsWith))
        .map(line -> line.replace(", 0 ready, 0 timers", ""))
        .collect(Collectors.joining("\n"));
  }

  // ---- running

  /** Runs until a condition holds. */
  void runUntil(BooleanSupplier end) {
    TaskContinuation here = TaskContinuation.here();
    if (here != null) {
      throw new IllegalStateException("a simulation inside a coroutine");
    }
    thread = Thread.currentThread();
    outside.begin();
    try {
      while (!end.getAsBoolean()) {
        cycle();
      }
    } finally {
      enter(null);
      thread = null;
    }
  }

  private void cycle() {
    receive();
    if (ready.isEmpty()) {
      if (!tellIdle() && !goOn()) {
        outside.await();
      }
      return;
    }
    if (++steps % LOOK == 0) {
      outside.checkTime();
    }
    step();
  }

  private void receive() {
    outside.receive();
    for (int i = 0; i < lanes.size(); i++) {
      Lane l = lanes.get(i);
      if (l.loop.isFilled()) {
        l.loop.receive();
      }
    }
  }

  private void step() {
    int n = ready.size();
    int chosen = n == 1 ? 0 : recorder.choose(ready);
    for (int i = 0; i < chosen; i++) {
      ready.add(ready.remove(0));
    }
    Step s = ready.remove(0);
    recorder.begins(s, n, now);
    Lane l = s.lane;
    enter(l);
    s.run();
    recorder.ended(s, !ready.isEmpty() && again(s, ready.get(ready.size() - 1)));
    if (l != null && l.whenEmpty != null && l.loop.isEmpty()) {
      Runnable action = l.whenEmpty;
      l.whenEmpty = null;
      action.run();
    }
  }

  /** Whether a task has only let others run. */
  private static boolean again(Step s, Step last) {
    return s instanceof Step.Turn a && last instanceof Step.Turn b && a.task == b.task;
  }

  /** Does something as if a loop did. */
  void in(Lane lane, Runnable action) {
    Lane before = entered;
    enter(lane);
    try {
      action.run();
    } finally {
      enter(before);
    }
  }

  private void enter(@Nullable Lane lane) {
    Lane before = entered;
    if (before == lane) {
      return;
    }
    entered = null;
    if (before != null) {
      before.loop.leave();
    }
    if (lane != null) {
      lane.loop.enter();
      entered = lane;
    }
  }

  private boolean tellIdle() {
    if (whenIdle.isEmpty()) {
      return false;
    }
    List<Runnable> all = new ArrayList<>(whenIdle);
    whenIdle.clear();
    enter(null);
    all.forEach(Runnable::run);
    return true;
  }

  /** Lets the time go on to what comes next; false if nothing does. */
  private boolean goOn() {
    Agenda.Entry first = agenda.first();
    if (first == null || outside.callsAreOut()) {
      return false;
    }
    if (first.time - limits.virtual() > 0) {
      throw Fault.virtualTimeout(Duration.ofNanos(limits.virtual()), dump());
    }
    enter(null); // A loop reads its clock when it is entered.
    now = Math.max(now, first.time);
    for (Agenda.Entry e = first; e != null && e.time <= now; e = agenda.first()) {
      agenda.takeFirst();
      ready.add(e.step);
    }
    return true;
  }

  /** Tasks that none but nodes may have when the test ends. */
  List<TaskState<?>> tasksLeft() {
    return lanes.stream()
        .filter(l -> !l.daemon)
        .<TaskState<?>>flatMap(l -> l.loop.tasks().stream())
        .filter(t -> !t.isDone())
        .toList();
  }

  /** Runs what can run without the time going on. */
  void settle() {
    boolean[] idle = new boolean[1];
    whenIdle(() -> idle[0] = true);
    runUntil(() -> idle[0]);
  }
}

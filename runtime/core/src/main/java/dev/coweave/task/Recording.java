package dev.coweave.task;

import dev.coweave.coroutine.Settings;
import dev.coweave.task.RecordedEvents.CancellationEvent;
import dev.coweave.task.RecordedEvents.LongStepEvent;
import dev.coweave.task.RecordedEvents.SampleEvent;
import dev.coweave.task.RecordedEvents.TaskEvent;
import dev.coweave.task.RecordedEvents.WaitEvent;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.RecordingState;
import org.jspecify.annotations.Nullable;

/** Tells the flight recorder what tasks do, while one of its recordings runs. */
final class Recording extends Observer {
  // To hear of recordings from their start one needs a listener, and to add one loads the recorder:
  // 20 to 90 ms on JDK 17. So that is done when somebody else has loaded it.

  /** How many calls of a stack are kept. */
  private static final int MOST_CALLS = 256;

  /** How often a thread that moves on is looked at again. */
  private static final int TRIES = 10;

  private final AtomicReference<@Nullable Listener> listener = new AtomicReference<>();

  /** Threads that have run tasks, until they are found dead. No ThreadLocal: a pool's thread must not keep this class's loader. */
  private final Map<Thread, Runs> threads = new ConcurrentHashMap<>();

  /** At how many threads those that are dead are looked for. */
  private static final int MOST = 64;

  private volatile int most = MOST;

  /** What a thread runs; written by that thread alone. */
  private static final class Runs {
    volatile @Nullable TaskState<?> task;

    /** Rises when a step begins or ends. */
    final AtomicLong turns = new AtomicLong();

    @Nullable LongStepEvent step;

    void turn(@Nullable TaskState<?> t) {
      task = t;
      turns.lazySet(turns.getPlain() + 1);
    }
  }

  /** By {@link Observer}; it listens when it is asked to. */
  Recording() {}

  @Override
  void listen() {
    if (listener.get() == null && FlightRecorder.isInitialized()) {
      Listener l = new Listener(this);
      if (listener.compareAndSet(null, l)) {
        FlightRecorder.addListener(l);
        if (Settings.BELOW) {
          SharedTimer.schedule(new Retiring(), ServiceThreads.IDLE);
        }
      }
    }
  }

  /** Looks now and then whether any tasks are left: the recorder keeps its listeners, and these the loader of this runtime. */
  private final class Retiring extends PlainTimer {
    @Override
    public void fire() {
      if (Schedulers.all().isEmpty()) {
        leave();
      } else if (listener.get() != null) {
        SharedTimer.schedule(this, ServiceThreads.IDLE);
      }
    }
  }

  @Override
  void leave() {
    Listener l = listener.getAndSet(null);
    if (l != null) {
      FlightRecorder.removeListener(l);
      l.end();
    }
  }

  /** Hears when recordings start and stop. */
  private static final class Listener implements FlightRecorderListener {
    private static final List<Class<? extends Event>> EVENTS =
        List.of(
            TaskEvent.class,
            WaitEvent.class,
            LongStepEvent.class,
            CancellationEvent.class,
            SampleEvent.class);

    private final Recording recording;
    private final Runnable sampler;

    Listener(Recording recording) {
      this.recording = recording;
      this.sampler = recording::sample;
    }

    @Override
    public void recorderInitialized(FlightRecorder recorder) {
      FlightRecorder.addPeriodicEvent(SampleEvent.class, sampler);
      EVENTS.forEach(FlightRecorder::register);
      changed(recorder);
    }

    @Override
    public void recordingStateChanged(jdk.jfr.Recording r) {
      changed(FlightRecorder.getFlightRecorder());
    }

    private synchronized void changed(FlightRecorder recorder) {
      boolean runs =
          recorder.getRecordings().stream().anyMatch(r -> r.getState() == RecordingState.RUNNING);
      activate(runs && recording.listener.get() == this ? recording : null);
      if (!runs) {
        recording.threads.clear();
      }
    }

    void end() {
      activate(null);
      FlightRecorder.removePeriodicEvent(sampler);
      EVENTS.forEach(FlightRecorder::unregister);
      recording.threads.clear();
    }
  }

  // ---- steps and waits

  @Override
  void begins(TaskFuture<?> task) {
    try {
      begin((TaskState<?>) task);
    } catch (RuntimeException | Error e) {
      // What records must not harm what is recorded.
    }
  }

  private void begin(TaskState<?> task) {
    TaskDetails details = task.details();
    Recorded r = details.recorded;
    if (r == null) {
      r = new Recorded();
      r.task.begin();
      details.recorded = r;
    }
    WaitEvent w = r.wait;
    if (w != null) {
      r.wait = null;
      w.end();
      if (w.shouldCommit()) {
        Resumption<?> of = task.waitsFor();
        w.task = task.name();
        w.home = task.scheduler.label();
        w.operation = of == null ? "" : of.inFull();
        w.stack = text(task.stack());
        w.commit();
      }
    }
    Runs runs = runsHere();
    TaskState<?> outer = runs.task;
    if (outer == null || !outer.scheduler.runs(outer)) { // else a step within a step
      LongStepEvent step = new LongStepEvent();
      step.begin();
      runs.step = step;
      runs.turn(task);
    }
  }

  private Runs runsHere() {
    Thread me = Thread.currentThread();
    Runs runs = threads.get(me);
    if (runs == null) {
      if (threads.size() >= most) { // Perhaps nobody samples, and finds those that are dead.
        threads.keySet().removeIf(t -> !t.isAlive());
        most = Math.max(MOST, 2 * threads.size());
      }
      runs = new Runs();
      threads.put(me, runs);
    }
    return runs;
  }

  @Override
  void ends(TaskFuture<?> task) {
    try {
      end((TaskState<?>) task);
    } catch (RuntimeException | Error e) {
      // as above
    }
  }

  private void end(TaskState<?> task) {
    Runs runs = threads.get(Thread.currentThread());
    if (runs != null && runs.task == task) {
      runs.turn(null);
      LongStepEvent step = runs.step;
      runs.step = null;
      if (step != null) {
        step.end();
        if (step.shouldCommit()) {
          step.task = task.name();
          step.home = task.scheduler.label();
          step.stack = text(task.stack());
          step.commit();
        }
      }
    }
    TaskDetails details = task.detailsIfAny();
    Recorded r = details == null ? null : details.recorded;
    if (r != null && task.waitsFor() != null) {
      WaitEvent w = new WaitEvent();
      if (w.isEnabled()) {
        w.begin();
        r.wait = w;
      }
    }
  }

  // ---- ends

  @Override
  void done(TaskFuture<?> future, @Nullable Throwable failure) {
    try {
      TaskState<?> task = (TaskState<?>) future;
      TaskDetails details = task.detailsIfAny();
      Recorded r = details == null ? null : details.recorded;
      if (details != null && r != null) {
        details.recorded = null;
        TaskEvent e = r.task;
        e.end();
        if (e.shouldCommit()) {
          e.task = task.name();
          e.home = task.scheduler.label();
          e.outcome = task.status(false);
          e.failure = failure == null ? "" : failure.getClass().getName();
          e.commit();
        }
      }
    } catch (RuntimeException | Error e) {
      // as above
    }
  }

  @Override
  void cancelled(TaskFuture<?> future) {
    try {
      TaskState<?> task = (TaskState<?>) future;
      CancellationEvent e = new CancellationEvent();
      if (e.shouldCommit()) {
        e.task = task.name();
        e.status = task.statusInFull(task.scheduler.runs(task));
        e.commit();
      }
    } catch (RuntimeException | Error e) {
      // as above
    }
  }

  // ---- samples

  /** On the recorder's thread. */
  private void sample() {
    Collection<Map.Entry<Thread, Runs>> all = threads.entrySet();
    all.removeIf(e -> !e.getKey().isAlive());
    all.forEach(e -> sample(e.getKey(), e.getValue()));
  }

  /**
   * A stack and a task belong together if no step began or ended in between. Where steps are too short for that, the task is
   * one that the thread ran at about that time, and its callers are shown if it is in the same method.
   */
  private static void sample(Thread thread, Runs runs) {
    for (int i = 1; i <= TRIES; i++) {
      long turn = runs.turns.get();
      TaskState<?> task = runs.task;
      if (task != null && task.scheduler.runs(task)) {
        List<StackTraceElement> stack = TaskDump.running(thread, task);
        if (runs.turns.get() == turn || i == TRIES) {
          commit(thread, task, stack);
          return;
        }
      }
    }
  }

  private static void commit(Thread thread, TaskState<?> task, List<StackTraceElement> stack) {
    SampleEvent e = new SampleEvent();
    e.task = task.name();
    e.thread = thread.getName();
    e.stack = text(stack);
    e.commit();
  }

  private static String text(List<StackTraceElement> stack) {
    return stack.stream()
        .limit(MOST_CALLS)
        .map(StackTraceElement::toString)
        .collect(Collectors.joining("\n"));
  }
}

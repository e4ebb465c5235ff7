package dev.coweave.loop;

import dev.coweave.task.Observer;
import dev.coweave.task.Schedulers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A loop as others see it: its name, and its work in figures. The loop's thread counts; any may look. */
final class LoopView {
  private final Watched loop;

  /** The name that {@link EventLoop#open} was given; null for a loop that runs on the thread of its caller. */
  private final @Nullable String name;

  /** Its place among the {@link Schedulers} while it is there. */
  private Schedulers.@Nullable Listed listed;

  private long started;
  private long ended;

  /** How many jobs are ready. */
  int readyJobs;

  LoopView(Watched loop, @Nullable String name) {
    this.loop = loop;
    this.name = name;
  }

  // ---- the loop's thread

  /** A task starts. */
  void starts(boolean alone) {
    started++;
    if (!alone) {
      list(); // A plain call alone concerns nobody until it waits.
    }
  }

  /** A task ends. */
  void ends() {
    ended++;
  }

  /** Lets others know that the loop runs. */
  void list() {
    if (listed == null && !loop.isStepped()) {
      listed = Schedulers.add(loop);
      Observer.look();
      Watchdog.watch();
    }
  }

  /** It runs no more. */
  void unlist() {
    if (listed != null) {
      Schedulers.remove(listed);
      listed = null;
    }
  }

  // ---- any thread

  /** See {@link Watched#isShared}. */
  boolean isShared() {
    return name != null || tasks() > 1 || loop.readyNow() > 0 || loop.handedIn() > 0;
  }

  private int tasks() {
    return (int) (started - ended);
  }

  LoopFigures figures() {
    int tasks = tasks();
    int ready = Math.max(0, loop.readyNow() - readyJobs);
    int running = loop.running() == null ? 0 : 1;
    return new LoopFigures(
        tasks,
        ready,
        Math.max(0, tasks - ready - running),
        loop.handedIn(),
        loop.timersNow(),
        loop.channelsNow(),
        loop.workersNow(),
        started,
        ended,
        Duration.ofNanos(loop.pulse().longest()));
  }

  /** Its name, or its thread's. */
  String label() {
    Thread t = loop.thread();
    String on = t == null ? " that no thread runs" : " on thread " + t.getName();
    return "event loop" + (name == null ? on : " \"" + name + "\"");
  }

  @Override
  public String toString() {
    LoopFigures f = figures();
    return "%s: %s, %d ready, %s"
        .formatted(label(), counted(f.tasks(), "task"), f.ready(), counted(f.timers(), "timer"));
  }

  private static String counted(long n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }
}

package dev.coweave.loop;

import dev.coweave.task.Task;
import dev.coweave.task.Timer;
import dev.coweave.wait.Poller;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What a loop's thread does again and again: it looks around, and gives each that is ready a turn. */
final class Cycle {
  // One cycle: what came from outside joins the queue, timers that are due fire, then each that was
  // ready has its turn. What becomes ready meanwhile waits for the next cycle. If none is ready the
  // thread sleeps until the next timer or a wake-up: see Idle.

  /** How many cycles pass at most before a busy loop looks at its timers and channels. */
  private static final int CYCLES = 16;

  private final Core core;
  private final LoopContinuation continuation;
  private final Inbox inbox;
  private final ReadyQueue ready;
  private final TimerHeap timers;
  private final Pulse pulse;
  private final LoopView view;
  private final Idle idle;
  private final Deadlock deadlock;

  /** What shuffles the ready tasks; null for first in, first out. */
  private final @Nullable SplittableRandom order;

  private int cycles;

  Cycle(Core core, @Nullable SplittableRandom order) {
    this.core = core;
    this.continuation = core.continuation;
    this.inbox = core.inbox;
    this.ready = core.ready;
    this.timers = core.timers;
    this.pulse = core.pulse;
    this.view = core.view;
    this.idle = core.idle;
    this.deadlock = core.deadlock;
    this.order = order;
  }

  /** Sleeps if there is nothing to do. */
  void run() {
    pulse.step();
    boolean acted = inbox.isFilled();
    inbox.drain(this::receive);
    if (ready.isEmpty() || ++cycles % CYCLES == 0) {
      acted |= lookAround();
      core.runner.lookForInterrupt();
    }
    if (!ready.isEmpty()) {
      runReady();
    } else if (!acted) { // What came in or was due may have been the last there was to do.
      idle.untilNext();
      core.runner.lookForInterrupt();
    }
  }

  /**
   * For a thread that does other things in between, for which the tasks may wait: so they are never deadlocked.
   *
   * @param nanos how long to sleep at most if there is nothing to do
   */
  void runBriefly(long nanos) {
    pulse.step();
    inbox.drain(this::receive);
    lookAround();
    if (ready.isEmpty() && nanos > 0 && !core.nothingIsLeft()) {
      idle.atMost(nanos);
      inbox.drain(this::receive);
      lookAround();
    }
    if (!ready.isEmpty()) {
      runReady();
    }
  }

  private void receive(Object o) {
    if (o instanceof Core.Begin b) {
      core.add(b.task());
    } else if (o instanceof Core.WhenEmpty w) {
      core.runner.whenEmpty(w.action());
    } else if (o instanceof Core.Control c) {
      c.run();
    } else {
      view.readyJobs += o == Inbox.JOB ? 1 : 0;
      ready.add(o);
    }
  }

  /** Whether any timer was due. */
  private boolean lookAround() {
    boolean due = fireTimers();
    Poller channels = core.waitedPoller();
    if (channels != null) {
      channels.poll(0);
    }
    return due;
  }

  /** Whether any was due. */
  private boolean fireTimers() {
    boolean due = false;
    core.fires = true;
    for (Timer t = timers.first(); t != null && core.isDue(t); t = timers.first()) {
      due = true;
      timers.remove(t);
      pulse.step();
      t.fire();
    }
    core.fires = false;
    return due;
  }

  // ---- turns

  private void runReady() {
    int n = ready.size();
    deadlock.moved();
    if (order != null) {
      ready.shuffle(order);
    }
    if (n == 1 && timers.isEmpty() && !core.waitsForChannels()) {
      continuation.runsAlone(ready.first(), inbox);
    }
    for (; n > 0; n--) {
      run(ready.take());
    }
  }

  private void run(Object o) {
    pulse.step();
    if (o instanceof Task<?> t) {
      continuation.run(t);
    } else {
      runJob();
    }
  }

  private void runJob() {
    view.readyJobs--;
    Runnable job = inbox.pollJob();
    if (job != null) {
      run(job);
    }
  }

  static void run(Runnable job) {
    try {
      job.run();
    } catch (Throwable t) {
      Thread me = Thread.currentThread();
      try {
        me.getUncaughtExceptionHandler().uncaughtException(me, t);
      } catch (Throwable ignored) {
        // as the JVM ignores it: the other tasks of the loop must not suffer
      }
    }
  }
}

package dev.coweave.loop;

import dev.coweave.task.TaskState;
import dev.coweave.task.Timer;
import dev.coweave.wait.Poller;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What a loop's thread does again and again: it looks around, and gives each that is ready a turn. */
final class Cycle implements Handed.Receiver {
  // One cycle: what came from outside joins the queue, then each that was ready has its turn. What
  // becomes ready meanwhile waits for the next cycle. If none is ready timers that are due fire,
  // and
  // if there is none the thread sleeps until the next, until a channel is ready or somebody wakes
  // it: see Idle.
  //
  // A thread that is never idle looks around in between, by time: what turns cost nobody knows
  // before. The time is read after so many turns as it was right for the last; by a virtual clock,
  // for which all runs must be alike, it is a number of cycles.

  /** How far apart the looks of a busy loop are at least, in nanoseconds; a look at channels costs some two thousand. */
  private static final long INTERVAL = 20_000;

  /** How many turns pass at most before the time is read, which costs as much as two or three. */
  private static final int MOST_TURNS = 64;

  /** How many cycles pass before a busy loop of a virtual clock looks around. */
  private static final int CYCLES = 16;

  private final LoopScheduler core;
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

  private final boolean virtual;
  private int cycles;

  /** How many turns are to pass between two readings of the time, and how many of them are left. */
  private int turns = 1;

  private int turnsLeft = 1;

  /** When the time was last read. */
  private long read;

  /** When the loop last looked around. */
  private long looked;

  Cycle(LoopScheduler core, @Nullable SplittableRandom order) {
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
    this.virtual = core.isVirtual();
  }

  /** Sleeps if there is nothing to do. */
  void run() {
    pulse.step();
    boolean acted = inbox.isFilled();
    inbox.drain(this);
    if (ready.isEmpty()) {
      acted |= fireTimers();
    } else if (virtual && ++cycles % CYCLES == 0) {
      lookAround();
      core.runner.lookForInterrupt();
    }
    if (!ready.isEmpty()) {
      runReady();
    } else if (!acted) { // What came in or was due may have been the last there was to do.
      idle.untilNext();
      read = System.nanoTime();
      looked = read; // at channels by the sleep, and now at timers
      turnsLeft = turns;
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
    inbox.drain(this);
    lookAround();
    if (ready.isEmpty() && nanos > 0 && !core.nothingIsLeft()) {
      idle.atMost(nanos);
      inbox.drain(this);
      lookAround();
    }
    if (!ready.isEmpty()) {
      runReady();
    }
  }

  @Override
  public void begins(TaskState<?> task) {
    core.add(task);
  }

  @Override
  public void ready(TaskState<?> task) {
    ready.add(task);
  }

  @Override
  public void job() {
    view.readyJobs++;
    ready.add(Handed.Job.MARK);
  }

  @Override
  public void whenEmpty(Runnable action) {
    core.runner.whenEmpty(action);
  }

  private void lookAround() {
    boolean unused = fireTimers();
    Poller channels = core.waitedPoller();
    if (channels != null) {
      channels.poll(0);
    }
  }

  /**
   * A turn has ended: looks around if it is time.
   *
   * @param o whose turn it was
   */
  private void turned(Object o) {
    if (--turnsLeft > 0 || virtual) {
      return;
    }
    long now = System.nanoTime();
    long fitting = INTERVAL / Math.max(1, (now - read) / turns);
    // No more than twice as many: one short turn says little of the next.
    turns = (int) Math.max(1, Math.min(Math.min(MOST_TURNS, 2 * turns), fitting));
    turnsLeft = turns;
    read = now;
    if (now - looked >= INTERVAL) {
      looked = now;
      // What became ready in this turn did so before its task did, which has only let others run.
      // It is moved behind them afterwards, so that it loses no turn if the look throws.
      int place = ready.isLast(o) ? ready.size() - 1 : Integer.MAX_VALUE;
      inbox.drain(this);
      lookAround();
      ready.moveToEnd(place);
      core.runner.lookForInterrupt();
    }
  }

  /** Whether any was due. */
  private boolean fireTimers() {
    boolean due = false;
    for (Timer t = timers.first(); t != null && core.isDue(t); t = timers.first()) {
      due = true;
      fire(t);
    }
    return due;
  }

  private void fire(Timer t) {
    timers.remove(t);
    try {
      core.fires = true;
      pulse.step();
      t.fire();
    } catch (VirtualMachineError e) {
      timers.add(t); // It fires again: what it does, it does once.
      throw e;
    } finally {
      core.fires = false;
    }
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
      Object o = ready.take();
      try {
        run(o);
      } catch (Throwable e) {
        stumbled(o, e);
      }
      turned(o);
    }
  }

  private void run(Object o) {
    pulse.step();
    if (o instanceof TaskState<?> t) {
      continuation.run(t);
    } else {
      runJob();
    }
  }

  /** The memory or stack of the loop itself ran out: what was to run fails with that, or a job waits for another turn. */
  private void stumbled(Object o, Throwable e) {
    if (o instanceof TaskState<?> t) {
      continuation.stumbled(t, e);
    } else {
      view.readyJobs++;
      ready.add(o); // There is one mark for each job, or one too many.
    }
  }

  private void runJob() {
    view.readyJobs--;
    Runnable job = inbox.pollJob();
    if (job != null) {
      Uncaught.run(job);
    }
  }
}

package dev.coweave.loop;

import dev.coweave.task.TaskState;
import dev.coweave.wait.Poller;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinWorkerThread;
import org.jspecify.annotations.Nullable;

/** The work of a loop's thread, again and again: it looks around, and each task that is ready has a turn. */
final class Cycle {
  // One cycle: what came from outside joins the queue, then each that was ready has its turn.
  // Those that become ready meanwhile wait for the next cycle. If none is ready timers that are due
  // fire, and if there is none the thread sleeps until the next, until a channel is ready or
  // somebody wakes it.
  //
  // A thread that is never idle looks around between two cycles, by time: what turns cost
  // nobody knows before. The time is read after so many turns as it was right for the last; by
  // a virtual clock, for which all runs must be alike, it is a number of cycles. What is found
  // goes first: the others had a turn in the last cycle. So nothing would be won by a look at
  // channels in the middle of one. Timers and other threads are looked at there too, for some
  // act at once: a scheduled job, a time-out.

  /** How far apart the looks of a busy loop are at least, in nanoseconds; a look at channels costs some two thousand. */
  private static final long INTERVAL = 20_000;

  /** How many turns pass at most before the time is read, which costs as much as two or three. */
  private static final int MOST_TURNS = 64;

  /** How long a loop whose clock jumps waits for channels before it does, in nanoseconds of real time. */
  private static final long IO_GRACE = 100_000_000;

  /** How many cycles pass before a busy loop of a virtual clock looks around. */
  private static final int CYCLES = 16;

  /** The loop as this uses it. */
  interface Loop extends Inbox.Receiver {
    /** How many calls of its tasks are out on other threads. */
    int workersNow();

    /** No task, no job, no timer of one. */
    boolean nothingIsLeft();

    /** An interrupt cancels what the call that runs the loop runs. */
    void lookForInterrupt();

    /** The oldest job is about to run; null if it was taken away. */
    @Nullable Runnable takeJob();

    /** It couldn't, and is the oldest again; its mark follows. */
    void giveBack(Runnable job);
  }

  private final Loop loop;
  private final Clock clock;
  private final LoopContinuation continuation;
  private final Inbox inbox;
  private final ReadyQueue ready;
  private final LoopTimers timers;
  private final LoopChannels channels;
  private final Pulse pulse;
  private final LoopView view;
  private final Deadlock deadlock;

  /** Shuffles the ready tasks; null for first in, first out. */
  private final @Nullable SplittableRandom order;

  private final boolean virtual;
  private int cycles;

  /** How many turns are to pass between two readings of the time, and how many have. */
  private int turns = 1;

  private int passed;

  /** When the time was last read. */
  private long read;

  /** When the loop last looked around. */
  private long looked;

  Cycle(
      Loop loop,
      Clock clock,
      LoopContinuation continuation,
      Inbox inbox,
      ReadyQueue ready,
      LoopTimers timers,
      LoopChannels channels,
      Pulse pulse,
      LoopView view,
      Deadlock deadlock) {
    this.loop = loop;
    this.clock = clock;
    this.continuation = continuation;
    this.inbox = inbox;
    this.ready = ready;
    this.timers = timers;
    this.channels = channels;
    this.pulse = pulse;
    this.view = view;
    this.deadlock = deadlock;
    this.virtual = clock instanceof VirtualClock;
    this.order = clock instanceof VirtualClock v ? v.order() : null;
  }

  /** Sleeps if there is nothing to do. */
  void run() {
    pulse.step();
    int before = ready.size();
    boolean acted = inbox.isFilled();
    receive();
    if (ready.isEmpty()) {
      if (!virtual) { // which fires them when it has jumped to them
        acted |= timers.fire();
      }
    } else if (virtual) {
      if (++cycles % CYCLES == 0) {
        lookAround();
        loop.lookForInterrupt();
      }
    } else {
      boolean unused = readTimeIfDue();
      if (read - looked >= INTERVAL) {
        looked = read;
        lookAround();
        loop.lookForInterrupt();
      }
      ready.moveToEnd(before);
    }
    if (ready.isEmpty() && !acted) { // else the last there was to do may have come in or been due
      sleepUntilNext();
      if (!virtual) { // whose time is not read
        read = System.nanoTime();
        looked = read; // at channels by the sleep, and now at timers
        passed = 0;
      }
      loop.lookForInterrupt();
    }
    if (!ready.isEmpty()) {
      runReady();
    }
  }

  /**
   * For a thread that does other things in between, for which the tasks may wait: so they are never deadlocked.
   *
   * @param nanos how long to sleep at most if there is nothing to do
   */
  void runBriefly(long nanos) {
    pulse.step();
    receive();
    lookAround();
    if (ready.isEmpty() && nanos > 0 && !loop.nothingIsLeft()) {
      sleepAtMost(nanos);
      receive();
      lookAround();
    }
    if (!ready.isEmpty()) {
      runReady();
    }
  }

  private void receive() {
    if (virtual) {
      inbox.drain(loop);
    } else {
      inbox.take(loop);
    }
  }

  private void lookAround() {
    boolean unused = timers.fire();
    Poller waited = channels.waitedPoller();
    if (waited != null) {
      waited.poll(0);
    }
  }

  /** A turn has ended, and others are to come in this cycle. */
  private void turned() {
    if (!virtual && readTimeIfDue()) {
      receive();
      boolean unused = timers.fire();
      loop.lookForInterrupt();
    }
  }

  /** Whether so many turns have passed that the time was read. */
  private boolean readTimeIfDue() {
    if (passed < turns) {
      return false;
    }
    long now = System.nanoTime();
    long fitting = INTERVAL / Math.max(1, (now - read) / passed);
    // One more at most, however short these were: they say little of the next, which may be long.
    turns = (int) Math.max(1, Math.min(Math.min(MOST_TURNS, turns + 1), fitting));
    passed = 0;
    read = now;
    return true;
  }

  // ---- turns

  private void runReady() {
    int n = ready.size();
    deadlock.moved();
    if (order != null) {
      ready.shuffle(order);
    }
    if (n == 1 && timers.isEmpty() && channels.waitedPoller() == null) {
      continuation.runsAlone(ready.first(), inbox);
    }
    for (; n > 0; n--) {
      Object o = ready.take();
      try {
        run(o);
      } catch (Throwable e) {
        stumbled(o, e);
      }
      passed++;
      if (n > 1) { // else the cycle has ended
        turned();
      }
    }
  }

  private void run(Object o) {
    pulse.step();
    if (o instanceof TaskState<?> t) {
      continuation.turn(t);
    } else {
      runJob();
    }
  }

  /** The memory or stack of the loop itself ran out: what was to run fails with that, or a job waits for another turn. */
  private void stumbled(Object o, Throwable e) {
    if (o instanceof TaskState<?> t) {
      continuation.stumbled(t, e);
    } else {
      loop.job(); // There is one mark for each job, or one too many.
    }
  }

  private void runJob() {
    Runnable job = loop.takeJob();
    if (job != null) {
      try {
        Uncaught.run(job);
      } catch (VirtualMachineError e) {
        loop.giveBack(job);
        throw e;
      }
    }
  }

  // ---- asleep: until a timer is due or something comes in; by a virtual clock it jumps

  /** Until the next timer, which a virtual clock jumps to; if there is none, until somebody wakes it, if there is somebody who could. */
  private void sleepUntilNext() {
    if (timers.isEmpty()) {
      deadlock.sleep();
    } else if (clock instanceof VirtualClock virtual) {
      jumpToNext(virtual);
    } else {
      sleep(timers.untilFirst());
    }
  }

  private void jumpToNext(VirtualClock virtual) {
    if (loop.workersNow() > 0 && !timers.isDue()) {
      sleep(Long.MAX_VALUE);
      return;
    }
    if (channels.waitedPoller() != null && !inbox.isFilled() && !timers.isDue()) {
      sleep(IO_GRACE);
    }
    if (stays()) {
      virtual.jumpTo(timers.firstDeadline());
      boolean unused = timers.fire();
    }
  }

  /** Until the next timer, but not longer than for a time by the loop's clock. */
  private void sleepAtMost(long nanos) {
    long time = timers.isEmpty() ? nanos : Math.min(nanos, timers.untilFirst());
    if (!(clock instanceof VirtualClock virtual)) {
      sleep(time);
      return;
    }
    if (loop.workersNow() > 0 || channels.waitedPoller() != null) {
      sleep(IO_GRACE);
    }
    if (stays() && loop.workersNow() == 0) {
      virtual.jumpTo(virtual.nanoTime() + time);
    }
  }

  private boolean stays() {
    return ready.isEmpty() && !inbox.isFilled();
  }

  /** Sleeps until something comes in or a channel is ready, for a time at most. */
  void sleep(long nanos) {
    view.list(); // A plain call is alone until then: it concerns nobody.
    pulse.sleeps();
    try {
      if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
        ManagedSleep.sleep(inbox, nanos, channels.waitedPoller());
      } else {
        inbox.sleep(nanos, channels.waitedPoller());
      }
    } finally {
      pulse.wakes();
    }
  }
}

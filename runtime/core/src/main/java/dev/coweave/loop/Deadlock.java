package dev.coweave.loop;

import dev.coweave.coroutine.Settings;
import dev.coweave.task.Owed;
import dev.coweave.task.RuntimeLog;
import dev.coweave.task.Scheduler;
import dev.coweave.task.Schedulers;
import dev.coweave.task.TaskDump;
import dev.coweave.task.WaitCycles;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The sleep of a loop that only others can wake, and the report when there is nobody who could: each of its tasks waits for another, and
 * so do those of the other loops and of executors.
 */
final class Deadlock {
  // A task elsewhere may send into the channel, unlock the mutex, … So a loop is deadlocked only
  // if each scheduler is stuck, and all at one moment: each is asked twice, and must not have
  // moved in between. As long as one can go on, the loop looks again now and then. By a virtual
  // clock, in a test, not for ever: a task that an earlier test left in an executor must not make
  // this one hang. Nor the next: who was given up once is no hope until it moves.
  //
  // Tasks that wait for each other in a circle are stuck whatever else runs: CircleWatch looks for
  // those.

  /** Whether {@code run} throws it by any clock: the system property {@code coweave.deadlock=throw}. */
  static final boolean THROW = Settings.DEADLOCK == Settings.OnDeadlock.THROW;

  /** How long an idle loop waits before it looks. */
  private static final long GRACE = 200_000_000;

  /** How long it waits at most before it looks again. */
  private static final long MAX_WAIT = 60_000_000_000L;

  /** How long others that can go on, but don't, keep a loop of a virtual clock from giving up. */
  private static final long PATIENCE = 10_000_000_000L;

  private static final int MOST_SHOWN = 50;

  /** Where those were that could go on, but didn't for so long. */
  private static final Map<Scheduler, Long> GIVEN_UP =
      Collections.synchronizedMap(new WeakHashMap<>());

  /** The loop as this uses it. */
  interface Loop extends Scheduler, CircleWatch.Loop {
    /** Whether no worker, channel or timer will wake it, and none of its tasks can go on unless another does. */
    boolean hasOnlyStuckTasks();

    /** Its thread sleeps until something comes in or a channel is ready, for a time at most. */
    void sleep(long nanos);

    /** Whether a call that runs it is there to throw. */
    boolean isCalled();

    /** Cancels all tasks, and those that they start from now on. */
    void cancelAll();
  }

  private final Loop loop;
  private final Inbox inbox;
  private final Pulse pulse;

  /** A task or job has run since the last look. */
  private boolean moved = true;

  /** How long to sleep before the next look. */
  private long wait;

  /** None of this loop's tasks can go on without help. */
  private boolean stuck;

  /** The pulse in the sleep in which it is {@link #stuck}. */
  private volatile long stuckAt = -1;

  /** The progress of the others when they last moved, and when that was. */
  private Map<Scheduler, Long> turns = Map.of();

  private long since;

  private boolean reported;
  private @Nullable IllegalStateException found;

  private final CircleWatch circles;

  Deadlock(Loop loop, Inbox inbox, Pulse pulse) {
    this.loop = loop;
    this.inbox = inbox;
    this.pulse = pulse;
    this.circles = new CircleWatch(loop, this::circle);
  }

  /** Tasks wait for each other in a circle. */
  private void circle(WaitCycles.Cycle circle) {
    String report = circle.report();
    if (report == null) {
      return;
    }
    if (throwsIt()) {
      end(new IllegalStateException(report));
    } else {
      RuntimeLog.warning(report);
    }
  }

  /** Something has run. */
  void moved() {
    moved = true;
    circles.moved();
  }

  /** Some time has passed. On the watchdog's thread. */
  void tick() {
    Owed.pay();
    circles.tick();
  }

  /** How many of the controls that were handed in are the runtime's own looks for circles, for which nobody waits. */
  int ownLooks() {
    return circles.isDue() ? 1 : 0;
  }

  /** The loop is idle, and no timer will wake it. */
  void sleep() {
    if (moved) {
      moved = false;
      stuck = false;
      wait = loop.isVirtual() ? 0 : GRACE;
    }
    if (wait > 0) {
      stuckAt = stuck ? pulse.get() + 1 : -1;
      loop.sleep(wait);
    }
    if (wait < Long.MAX_VALUE && !inbox.isFilled()) {
      wait = look() ? Long.MAX_VALUE : longer(wait);
    }
  }

  /**
   * Twice as long, but for a random part: two loops that fell asleep at one moment would look at one moment each time, and find each
   * other awake.
   */
  private static long longer(long wait) {
    long next = Math.min(Math.max(2 * wait, GRACE), MAX_WAIT);
    return next - ThreadLocalRandom.current().nextLong(next / 4);
  }

  /** Whether there is no need to look again until something has run. */
  private boolean look() {
    stuck = loop.hasOnlyStuckTasks();
    if (!stuck || loop.tasks().isEmpty()) {
      return true;
    }
    Map<Scheduler, Long> others = stuckOthers();
    boolean hopeless = others != null && others.equals(stuckOthers());
    if (inbox.isFilled() || !hopeless && !(loop.isVirtual() && othersRest())) {
      return false;
    }
    if (throwsIt()) {
      end(new IllegalStateException(message()));
    } else if (!reported) {
      reported = true;
      WaitCycles.reported(loop.tasks());
      RuntimeLog.warning(message());
    }
    return true;
  }

  /** Where the others are stuck; null if one isn't. */
  private @Nullable Map<Scheduler, Long> stuckOthers() {
    Map<Scheduler, Long> all = new HashMap<>();
    for (Scheduler s : Schedulers.all()) {
      long at = s == loop ? 0 : s.stuck();
      if (at < 0 && !isGivenUp(s)) {
        return null;
      }
      all.put(s, at);
    }
    return all;
  }

  private boolean isGivenUp(Scheduler s) {
    Long at = loop.isVirtual() ? GIVEN_UP.get(s) : null;
    return at != null && at == s.progress();
  }

  /** Whether none of the others has moved for long. */
  private boolean othersRest() {
    Map<Scheduler, Long> now = new HashMap<>();
    Schedulers.all().stream().filter(s -> s != loop).forEach(s -> now.put(s, s.progress()));
    if (!now.equals(turns)) {
      turns = now;
      since = System.nanoTime();
    }
    if (System.nanoTime() - since <= PATIENCE) {
      return false;
    }
    GIVEN_UP.putAll(now);
    return true;
  }

  private String message() {
    return "likely deadlock: the event loop is idle, and each of its tasks waits for another\n"
        + TaskDump.of(loop.tasks(), MOST_SHOWN);
  }

  /** Ends the loop for a deadlock, if somebody wants to know it so. */
  private boolean throwsIt() {
    return loop.isCalled() && (loop.isVirtual() || THROW);
  }

  private void end(IllegalStateException e) {
    IllegalStateException first = found;
    if (first != null) { // Even cancelled they wait for each other: in shields.
      first.addSuppressed(e);
      throw first;
    }
    found = e;
    loop.cancelAll();
    inbox.nudge();
  }

  /** The loop was ended for a deadlock. */
  boolean isFound() {
    return found != null;
  }

  /** Throws what the loop was ended for, once. */
  void rethrow() {
    IllegalStateException e = found;
    if (e != null) {
      found = null;
      throw e;
    }
  }

  /** See {@link Scheduler#stuck}. Any thread. */
  long stuck() {
    long now = pulse.get();
    return stuckAt == now ? now : -1;
  }
}

package dev.coweave.junit;

import dev.coweave.task.RuntimeLog;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What a simulation doesn't decide: real time, and threads of others. */
final class Outside {
  /** How much longer a single step may take than all of them, in nanoseconds: then who watches interrupts it. */
  private static final long GRACE = 1_000_000_000;

  /** After so many looks at a thread that was interrupted, and is still in the same step, that is told: nobody else would. */
  private static final int PATIENT_LOOKS = 4;

  /** After so many looks at a thread that uses nothing it waits for something, in whatever way. */
  private static final int LOOKS = 8;

  /** What a run may take where other programs have the processor, as a multiple of the limit. */
  private static final int STARVED = 10;

  /** Whose frames say nothing about the test; JUnit's are those by which its method is called. */
  private static final List<String> OWN =
      List.of(
          Step.class.getName(),
          Engine.class.getName(),
          Outside.class.getName(),
          "org.junit.platform.commons.");

  private final Engine engine;
  private final long start = System.nanoTime();

  /** How much of its processor's time the simulation's thread had used, at first and at the last look of who watches. */
  private volatile long usedBefore = -1;

  private long usedLately;

  /** At how many looks in a row it had used nothing more. */
  private int standing;

  /** How many looks there were since it was interrupted. */
  private int interruptedFor;

  /** What other threads want done. */
  private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();

  private volatile boolean acted;
  private volatile @Nullable Fault overdue;
  private @Nullable ExecutorService worker;

  /** The worker thread, while it runs a call. */
  private volatile @Nullable Thread blocking;

  /** Something came that no step of the simulation had made. */
  private boolean helped;

  Outside(Engine engine) {
    this.engine = engine;
  }

  /** Whether another thread had a hand in it: then another run of the seed may differ. */
  boolean helped() {
    return helped;
  }

  // ---- what comes in

  /** Does something on the simulation's thread: now, or with its next step. */
  void execute(Runnable action) {
    if (engine.isHere()) {
      action.run();
      return;
    }
    actions.add(action);
    acted = true;
    LockSupport.unpark(engine.thread());
  }

  void receive() {
    if (!acted) {
      return;
    }
    acted = false;
    for (Runnable r = actions.poll(); r != null; r = actions.poll()) {
      r.run();
    }
  }

  /** Whether calls of tasks are out on other threads that no step waits for. */
  boolean callsAreOut() {
    for (Lane l : engine.lanes()) { // each time that the time goes on
      if (l.loop.calls() > 0) {
        return true;
      }
    }
    return false;
  }

  /** Nothing can come next: waits for somebody outside. */
  void await() {
    if (!callsAreOut() && engine.lanes().stream().allMatch(l -> l.loop.isStuck())) {
      throw Fault.deadlock(engine.dump());
    }
    Thread me = Thread.currentThread();
    long began = System.nanoTime();
    long patience = engine.limits().patience();
    try {
      engine.lanes().forEach(l -> l.loop.wakes(me));
      while (!isFilled()) {
        checkTime();
        if (System.nanoTime() - began > patience) {
          throw Fault.nobodyHelps(engine.dump());
        }
        LockSupport.parkNanos(this, patience / 10);
        if (Thread.interrupted()) {
          throw interrupted();
        }
      }
      helped = true;
    } finally {
      engine.lanes().forEach(l -> l.loop.wakes(null));
    }
  }

  private boolean isFilled() {
    return acted || engine.lanes().stream().anyMatch(l -> l.loop.isFilled());
  }

  // ---- real time: a machine that is busy with other things is no fault of the test's

  /** Begins to count what this thread uses. */
  void begin() {
    if (usedBefore < 0) {
      usedBefore = Processor.usedBy(Thread.currentThread());
    }
  }

  /**
   * Throws if it has taken too long.
   *
   * @throws Fault if so
   */
  void checkTime() {
    Fault f = overdue;
    if (f != null) {
      throw f;
    }
    if (isOver(engine.limits().real(), Processor.usedBy(Thread.currentThread()))) {
      throw Fault.realTimeout(real(), engine.dump(), "");
    }
  }

  /** Whether a limit has passed, and the simulation has had as much time of a processor. */
  private boolean isOver(long limit, long used) {
    long passed = System.nanoTime() - start;
    return passed > limit && (used - usedBefore > limit || passed / STARVED > limit);
  }

  private Duration real() {
    return Duration.ofNanos(engine.limits().real());
  }

  /** On a thread that watches: if a step takes far too long, interrupts it. */
  void watch() {
    Thread t = engine.thread();
    long limit = engine.limits().real() + GRACE;
    if (t == null || System.nanoTime() - start < limit) {
      return;
    }
    Fault f = overdue;
    if (f != null) {
      insist(t, f);
      return;
    }
    long used = Processor.usedBy(t);
    standing = used == usedLately ? standing + 1 : 0;
    usedLately = used;
    if (standing < LOOKS && !isOver(limit, used)) {
      return;
    }
    overdue = Fault.realTimeout(real(), engine.dump(), place(t));
    t.interrupt();
  }

  /** What ignores an interrupt, as CompletableFuture.join does, nobody can end: so it is told while the test hangs. */
  private void insist(Thread t, Fault f) {
    t.interrupt();
    if (++interruptedFor == PATIENT_LOOKS) {
      RuntimeLog.warning(f.getMessage() + Fault.UNSTOPPABLE);
    }
  }

  /** What has been called, down to the simulation's own frames: by the test, or by a call of Task.blocking for which that waits. */
  private String place(Thread simulations) {
    Thread w = blocking;
    StringBuilder stack =
        new StringBuilder(w == null ? "  the simulation's thread is in\n" : "  a worker is in\n");
    for (StackTraceElement e : (w == null ? simulations : w).getStackTrace()) {
      if (OWN.stream().anyMatch(e.getClassName()::startsWith)) {
        break;
      }
      stack.append("      at ").append(e).append('\n');
    }
    return stack.toString();
  }

  private RuntimeException interrupted() {
    Fault f = overdue;
    if (f != null) {
      throw f;
    }
    Thread.currentThread().interrupt();
    throw Fault.interrupted(engine.dump());
  }

  // ---- calls that block

  /** Runs a call on a worker thread, and waits until it has ended. */
  void runOnWorker(Runnable call) {
    ExecutorService w = worker;
    if (w == null) {
      w =
          Executors.newSingleThreadExecutor(
              r -> {
                Thread t = new Thread(r, "coweave-simulated-worker");
                t.setDaemon(true);
                return t;
              });
      worker = w;
    }
    CountDownLatch done = new CountDownLatch(1);
    w.execute(
        () -> {
          blocking = Thread.currentThread();
          try {
            call.run();
          } finally {
            blocking = null;
            done.countDown();
          }
        });
    try {
      done.await();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  void end() {
    if (worker != null) {
      worker.shutdownNow();
    }
  }
}

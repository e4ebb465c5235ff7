package dev.coweave.junit;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What a simulation doesn't decide: real time, and threads of others. */
final class Outside {
  private final Engine engine;
  private final long start = System.nanoTime();

  /** What other threads want done. */
  private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();

  private volatile boolean acted;
  private volatile @Nullable Fault overdue;
  private @Nullable ExecutorService worker;

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

  // ---- real time

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
    if (System.nanoTime() - start > engine.limits().real()) {
      throw Fault.realTimeout(real(), engine.dump(), "");
    }
  }

  private Duration real() {
    return Duration.ofNanos(engine.limits().real());
  }

  /** On a thread that watches: if a step takes far too long, interrupts it. */
  void watch() {
    Thread t = engine.thread();
    if (t == null
        || overdue != null
        || System.nanoTime() - start < engine.limits().real() + 1_000_000_000) {
      return;
    }
    StringBuilder stack = new StringBuilder("  the simulation's thread is in\n");
    for (StackTraceElement e : t.getStackTrace()) {
      stack.append("      at ").append(e).append('\n');
    }
    overdue = Fault.realTimeout(real(), engine.dump(), stack.toString());
    t.interrupt();
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
          try {
            call.run();
          } finally {
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

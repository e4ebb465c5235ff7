package dev.coweave.wait;

import dev.coweave.task.RuntimeLog;
import dev.coweave.task.ServiceThreads;
import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Where the tasks of executors wait for channels: one thread for all, which ends when nobody has waited for a while. Thread-safe. */
final class IoThread implements PollerHost {
  /** How long it stays without anybody who waits. */
  private static final long LINGER = ServiceThreads.IDLE;

  /** How long it pauses after a failure of its own, so as not to fail all the time. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  private static @Nullable IoThread running;

  private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
  private final Thread thread = ServiceThreads.make(this::run, "coweave-io");
  private volatile @Nullable Poller poller;

  /** It takes nothing any more; guarded by the class. */
  private boolean ended;

  /** The thread that runs, started if there is none. Where none can be started this throws, and the next wait tries again. */
  static synchronized IoThread get() {
    IoThread t = running;
    if (t == null) {
      t = new IoThread();
      t.thread.start();
      running = t;
    }
    return t;
  }

  @Override
  public void control(Runnable action) {
    if (Thread.currentThread() == thread) {
      action.run();
      return;
    }
    synchronized (IoThread.class) {
      if (ended) {
        get().control(action); // Nobody waited here, so any thread will do.
        return;
      }
      inbox.add(action);
    }
    wakeUp();
  }

  private void wakeUp() {
    Poller p = poller;
    if (p != null) {
      p.wakeUp();
    }
  }

  @Override
  public Poller poller() throws IOException {
    Poller p = poller;
    if (p == null) {
      p = new Poller(this);
      poller = p;
    }
    return p;
  }

  @Override
  public @Nullable Poller pollerIfAny() {
    return poller;
  }

  /** Whatever is thrown it goes on: those who wait have nobody else. */
  private void run() {
    boolean over = false;
    while (!over) {
      try {
        runUntilIdle();
        over = true;
      } catch (VirtualMachineError e) {
        // There was no memory or stack even to say what had failed.
      }
    }
    Poller p = poller;
    if (p != null) {
      p.end();
    }
  }

  private void runUntilIdle() {
    long idleSince = System.nanoTime();
    while (true) {
      try {
        Poller p = step();
        long now = System.nanoTime();
        if (p != null && !p.isIdle()) {
          idleSince = now;
        } else if (now - idleSince > LINGER && end()) {
          return;
        }
      } catch (Throwable t) {
        report(t);
        pause();
      }
    }
  }

  /** Does what others have asked for, and looks for channels. */
  private @Nullable Poller step() {
    for (Runnable action; (action = inbox.peek()) != null; ) {
      try {
        action.run();
      } catch (VirtualMachineError e) {
        throw e; // It comes again: what it does, it does once.
      } catch (Throwable t) {
        report(t);
      }
      inbox.remove();
    }
    Poller p = poller;
    if (p == null) {
      pause(); // No selector could be opened yet.
    } else {
      p.poll(inbox.isEmpty() ? LINGER : 0);
    }
    return p;
  }

  private static void report(Throwable t) {
    RuntimeLog.error("the thread coweave-io failed in its own work, and goes on", t);
  }

  private static void pause() {
    LockSupport.parkNanos(PAUSE);
  }

  private boolean end() {
    synchronized (IoThread.class) {
      if (!inbox.isEmpty()) {
        return false;
      }
      ended = true;
      if (running == this) {
        running = null;
      }
      return true;
    }
  }
}

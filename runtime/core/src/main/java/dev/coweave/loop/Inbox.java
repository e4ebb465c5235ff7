package dev.coweave.loop;

import dev.coweave.task.TaskState;
import dev.coweave.wait.Poller;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes what other threads hand to a loop, or refuses it. Thread-safe: one lock decides what came before a shutdown and
 * what after, so each submission was either accepted, and then ends, or refused, and then left nothing behind.
 */
final class Inbox {
  //          shutdown                 nothing is left
  //   OPEN ────────────► SHUTDOWN ─────────────────────► TERMINATED
  //   takes all          takes what accepted work does   takes nothing

  private enum State {
    OPEN,
    SHUTDOWN,
    TERMINATED
  }

  /** The loop as it takes each kind. */
  interface Receiver {
    /** A task starts, and is ready. */
    void taskBegins(TaskState<?> task);

    /** A task's wait has ended. */
    void taskIsReady(TaskState<?> task);

    /** There is another job; shutdownNow may have taken it away. */
    void job();

    /** Somebody wants to know when nothing is left. */
    void whenEmpty(Runnable action);
  }

  /** One thing that another thread hands in. Immutable. */
  sealed interface Handed {
    /** Hands it over. On the loop's thread. */
    void to(Receiver loop);

    /** See {@link Receiver#taskBegins}. */
    record Begin(TaskState<?> task) implements Handed {
      @Override
      public void to(Receiver loop) {
        loop.taskBegins(task);
      }
    }

    /** See {@link Receiver#taskIsReady}. */
    record Ready(TaskState<?> task) implements Handed {
      @Override
      public void to(Receiver loop) {
        loop.taskIsReady(task);
      }
    }

    /** See {@link Receiver#whenEmpty}. */
    record WhenEmpty(Runnable action) implements Handed {
      @Override
      public void to(Receiver loop) {
        loop.whenEmpty(action);
      }
    }

    /** Something that the loop's thread does for another, as soon as it can; nothing that a loop stays for. */
    record Control(Runnable action) implements Handed {
      @Override
      public void to(Receiver loop) {
        action.run();
      }
    }

    /** Stands for the oldest of the inbox's jobs: see {@link Receiver#job}. */
    enum Job implements Handed {
      /** One for each. */
      MARK;

      @Override
      public void to(Receiver loop) {
        loop.job();
      }
    }
  }

  /** Called when something comes in. */
  private final Runnable contend;

  private State state = State.OPEN;
  private final ArrayDeque<Handed> queue = new ArrayDeque<>(1);
  private final ArrayDeque<Runnable> jobs = new ArrayDeque<>(1);
  private final Set<RunnableScheduledFuture<?>> delayed = new LinkedHashSet<>();

  /** Jobs that had not begun were cancelled: nothing is accepted any more but what belongs to tasks. */
  private boolean cancelled;

  /** Something is in the queue; read without the lock. */
  private volatile boolean filled;

  /** The loop's thread while it waits for something. */
  private volatile @Nullable Thread sleeper;

  /** Where it waits if it waits for channels too. */
  private volatile @Nullable Poller poller;

  Inbox(Runnable contend) {
    this.contend = contend;
  }

  // ---- any thread

  /** Hands in work from outside. */
  synchronized void offer(Handed h) {
    checkOpen();
    put(h);
  }

  /** Hands in what belongs to accepted work. If this throws, for want of memory or stack, nothing is in. */
  synchronized void put(Handed h) {
    if (state != State.TERMINATED) {
      filled = true; // Who sees it and looks waits for the lock.
      contend.run();
      wake();
      queue.add(h);
    }
  }

  /** Hands in a job. */
  synchronized void offerJob(Runnable job, boolean inside) {
    checkTakes(inside);
    // The mark first: where memory or stack run out, there is one too many, never one too few for a
    // job that comes later.
    put(Handed.Job.MARK);
    jobs.add(job);
  }

  /** Registers a delayed job, whose timer follows. One that repeats would keep the loop from ending. */
  synchronized void offerDelayed(RunnableScheduledFuture<?> job, boolean inside) {
    checkTakes(inside && !job.isPeriodic());
    delayed.add(job);
  }

  private void checkTakes(boolean inside) {
    if (!inside || cancelled || state == State.TERMINATED) {
      checkOpen();
    }
  }

  /** Whether a delayed job may run: false if it was taken away. */
  synchronized boolean begins(RunnableScheduledFuture<?> job) {
    return job.isPeriodic() ? delayed.contains(job) : delayed.remove(job);
  }

  /** Those that wait for their time, and those that repeat. */
  synchronized List<RunnableScheduledFuture<?>> delayed() {
    return new ArrayList<>(delayed);
  }

  /** A delayed job has ended. */
  synchronized void remove(RunnableScheduledFuture<?> job) {
    if (delayed.remove(job)) {
      nudge();
    }
  }

  synchronized void checkOpen() {
    if (state != State.OPEN) {
      throw new RejectedExecutionException("the event loop is shut down");
    }
  }

  synchronized void checkNotTerminated() {
    if (state == State.TERMINATED) {
      throw new RejectedExecutionException("the event loop has terminated");
    }
  }

  /** Makes the loop look around: it doesn't sleep before its next cycle. */
  synchronized void nudge() {
    filled = true;
    wake();
  }

  private void wake() {
    LockSupport.unpark(sleeper);
    Poller p = poller;
    if (p != null) {
      p.wakeUp();
    }
  }

  // ---- shutdown

  /** From now on nothing is accepted from outside. Returns the delayed jobs. */
  synchronized List<RunnableScheduledFuture<?>> shutdown() {
    if (state == State.OPEN) {
      state = State.SHUTDOWN;
    }
    nudge();
    return new ArrayList<>(delayed);
  }

  /** Takes the jobs that have not begun, and no more. */
  synchronized List<Runnable> takeJobs() {
    List<Runnable> taken = new ArrayList<>(jobs);
    taken.addAll(delayed);
    jobs.clear();
    queue.removeIf(h -> h == Handed.Job.MARK);
    delayed.clear();
    cancelled = true;
    nudge();
    return taken;
  }

  synchronized boolean isShutdown() {
    return state != State.OPEN;
  }

  synchronized boolean isTerminated() {
    return state == State.TERMINATED;
  }

  synchronized boolean awaitTermination(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    while (state != State.TERMINATED) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /** Waits until the loop has terminated, or no thread runs it. */
  synchronized void awaitRunner(BooleanSupplier runs) throws InterruptedException {
    while (state != State.TERMINATED && runs.getAsBoolean()) {
      wait();
    }
  }

  /** No thread runs the loop any more. */
  synchronized void runnerLeft() {
    notifyAll();
  }

  // ---- the loop's thread

  /** Whether nothing is in that the loop has to do. */
  synchronized boolean isEmpty() {
    if (!delayed.isEmpty()) {
      return false;
    }
    for (Handed h : queue) {
      if (!(h instanceof Handed.Control)) {
        return false;
      }
    }
    return true;
  }

  /** Terminates if it was shut down and nothing is in; the loop has nothing left. */
  synchronized boolean terminate() {
    if (state == State.SHUTDOWN && isEmpty()) {
      state = State.TERMINATED;
      notifyAll();
    }
    return state == State.TERMINATED;
  }

  /** Whether nothing is in; then it terminates if it was shut down. The loop has nothing left. */
  synchronized boolean rests() {
    return isEmpty() && (state == State.OPEN || terminate());
  }

  boolean isFilled() {
    return filled;
  }

  /** Takes all that is in, in the order in which it came, and what comes meanwhile: simulated steps must be alike. */
  void drain(Receiver to) {
    while (filled) {
      take(to);
    }
  }

  /** Takes what is in, in the order in which it came. What comes meanwhile waits, lest timers and turns have to: there may always be more. */
  void take(Receiver to) {
    int most = 1;
    for (int n = 0; filled && n < most; n++) {
      Handed h;
      synchronized (this) {
        most = n == 0 ? queue.size() : most;
        h = queue.poll();
        filled = !queue.isEmpty();
      }
      if (h != null) {
        try {
          h.to(to);
        } catch (VirtualMachineError e) {
          takeBack(h);
          throw e;
        }
      }
    }
  }

  /** Its turn comes again. */
  private synchronized void takeBack(Handed h) {
    queue.addFirst(h);
    filled = true;
  }

  /** Returns a copy of all that is in. Any thread. */
  synchronized List<Handed> contents() {
    return new ArrayList<>(queue);
  }

  /** How much is in. Any thread. */
  synchronized int size() {
    return queue.size();
  }

  synchronized @Nullable Runnable pollJob() {
    return jobs.poll();
  }

  /** One that was polled has not begun. */
  synchronized void giveBackJob(Runnable job) {
    jobs.addFirst(job);
  }

  /** A thread that sleeps elsewhere is woken when something comes in; null for none. */
  void wakes(@Nullable Thread sleeper) {
    this.sleeper = sleeper;
  }

  /**
   * Waits until something comes in, for a time, or until woken.
   *
   * @param channels what wakes it up too; null for nothing
   */
  void sleep(long nanos, @Nullable Poller channels) {
    sleeper = Thread.currentThread();
    poller = channels;
    if (!filled) {
      if (channels == null) {
        LockSupport.parkNanos(this, nanos);
      } else {
        channels.poll(nanos);
      }
    }
    poller = null;
    sleeper = null;
  }
}

package dev.coweave.task;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs one task in an executor, each turn as a job of it; or, for an async call outside any loop, on whatever thread resumes it. */
public final class ExecutorScheduler extends TaskContinuation implements Scheduler, Runnable {
  // Turns are serialised by a count of the turns that are due or running:
  //
  //        ready: 0 → 1, submit                  run                       a wait was ended while
  // it still unwound: n > 1
  //   0 ─────────────────────────► 1 (submitted) ──► 1 (running) ──► n-1 ──┬─► 0
  //                                                                        └─► submit again

  private static final Executor DIRECT = Runnable::run;

  private static final class SharedTimer {
    static final ScheduledThreadPoolExecutor THREAD =
        new ScheduledThreadPoolExecutor(1, work -> ServiceThreads.make(work, "coweave-timer"));

    static {
      THREAD.setRemoveOnCancelPolicy(true);
    }
  }

  /** Turns that wait for the turn that runs on this thread, so that an executor that runs its jobs at once doesn't nest them. */
  private static final ThreadLocal<@Nullable ArrayDeque<ExecutorScheduler>> INLINE =
      new ThreadLocal<>();

  private final Executor executor;
  private final AtomicInteger turns = new AtomicInteger();
  private @Nullable Task<?> task;

  /** A turn has been handed to the executor, and nobody has taken it. */
  private final AtomicBoolean due = new AtomicBoolean();

  /** The thread that is handing this to the executor: if it runs it too, the executor runs its jobs at once. */
  private volatile @Nullable Thread submitter;

  /** What runs the task now. Written by turns; who reads null sees the task as the last turn left it. */
  private volatile @Nullable Thread thread;

  /** How many turns there have been; written before {@link #thread}, and read after it. */
  private long count;

  /** What the executor threw instead of taking a turn. */
  private @Nullable Throwable refusal;

  ExecutorScheduler(Executor executor) {
    this.executor = Objects.requireNonNull(executor, "executor");
  }

  /** For the first step of an async call on a thread that runs no tasks. */
  public static TaskContinuation outsideAnyLoop() {
    ExecutorScheduler s = new ExecutorScheduler(DIRECT);
    enter(s);
    return s;
  }

  @Override
  protected Scheduler home() {
    return task == null ? this : sibling();
  }

  @Override
  public Scheduler sibling() {
    return new ExecutorScheduler(executor);
  }

  // ---- turns

  @Override
  public void begin(Task<?> task, boolean running) {
    this.task = task;
    if (running) {
      turns.set(1);
      thread = Thread.currentThread();
    } else {
      Schedulers.add(this);
    }
  }

  @Override
  public void stepEnded(Task<?> task) {
    if (here() == this) {
      enter(null);
    }
    thread = null;
    if (!task.isDone()) {
      Schedulers.add(this);
    }
    turnEnded();
  }

  @Override
  public void ready(Task<?> task) {
    if (turns.getAndIncrement() == 0) {
      submit(task);
    }
  }

  private void turnEnded() {
    if (turns.decrementAndGet() > 0) {
      submit(mine());
    }
  }

  private Task<?> mine() {
    return Objects.requireNonNull(task);
  }

  private void submit(Task<?> t) {
    Thread me = Thread.currentThread();
    submitter = me;
    due.set(true);
    try {
      executor.execute(this);
    } catch (Throwable e) {
      if (!due.compareAndSet(true, false)) {
        return; // It threw, but took the turn: a pool does that when it can't make a thread.
      }
      if (!t.hasStarted()) {
        Schedulers.remove(this);
        throw e;
      }
      refusal = e;
      runInline();
    } finally {
      if (submitter == me) {
        submitter = null;
      }
    }
  }

  /** What the executor runs. */
  @Override
  public void run() {
    if (!due.compareAndSet(true, false)) {
      return; // The executor refused the turn, and runs it now.
    }
    if (submitter == Thread.currentThread()) {
      runInline();
    } else {
      runTurn();
    }
  }

  private void runInline() {
    ArrayDeque<ExecutorScheduler> queue = INLINE.get();
    if (queue != null) {
      queue.add(this);
      return;
    }
    queue = new ArrayDeque<>();
    INLINE.set(queue);
    try {
      for (ExecutorScheduler s = this; s != null; s = queue.poll()) {
        s.runTurn();
      }
    } finally {
      INLINE.remove();
    }
  }

  private void runTurn() {
    TaskContinuation outer = here();
    enter(this);
    count++;
    thread = Thread.currentThread();
    try {
      turn(mine());
    } finally {
      enter(outer);
      thread = null;
    }
    turnEnded();
  }

  @Override
  protected @Nullable Throwable refusal() {
    Throwable e = refusal;
    refusal = null;
    return e;
  }

  @Override
  public void ended(Task<?> task) {
    Schedulers.remove(this);
  }

  @Override
  public boolean othersAreReady() {
    return executor != DIRECT;
  }

  @Override
  public boolean ownsThisThread() {
    return false;
  }

  @Override
  public boolean runs(Task<?> task) {
    return thread != null;
  }

  @Override
  public @Nullable Thread thread() {
    return thread;
  }

  @Override
  public long turn() {
    Thread t = thread; // before the count
    return t == null ? 2 * count : 2 * count + 1;
  }

  @Override
  public <R> R inspect(Function<List<Task<?>>, R> look) {
    return look.apply(tasks());
  }

  @Override
  public long stuck() {
    // The wait first: if a turn has come in between, the count tells.
    Task<?> t = task;
    boolean stuck = t != null && waitsForAnother(t);
    return stuck && thread == null && turns.get() == 0 ? count : -1;
  }

  @Override
  public List<Task<?>> tasks() {
    Task<?> t = task;
    return t == null || t.isDone() ? List.of() : List.of(t);
  }

  Executor executor() {
    return executor;
  }

  @Override
  public String toString() {
    return executor == DIRECT ? "outside any loop" : "executor " + executor;
  }

  // ---- time

  @Override
  public void schedule(Timer timer, long nanos) {
    // Where no thread can be started this throws, before the timer is in the queue.
    SharedTimer.THREAD.prestartCoreThread();
    timer.handle = SharedTimer.THREAD.schedule(timer::fire, nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void cancel(Timer timer) {
    if (timer.handle instanceof ScheduledFuture<?> f) {
      f.cancel(false);
    }
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  protected long now() {
    return System.nanoTime();
  }

  /** Nobody looks at the tasks of executors again and again, so the one that closes a circle looks. */
  @Override
  protected void waits(Task<?> t, Resumption<?> w) {
    if (!w.blockers().isEmpty()) {
      WaitCycles.Cycle found = WaitCycles.find(List.of(t));
      if (found != null) {
        schedule(new CycleCheck(found), CycleCheck.GRACE);
      }
    }
  }

  @Override
  public void working(int change) {}

  // ---- as an entry: only of async calls

  @Override
  public void complete() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void leave(@Nullable Throwable failure) {
    throw new UnsupportedOperationException();
  }
}

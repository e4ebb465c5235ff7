package dev.coweave.loop;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.loop.Inbox.Handed;
import dev.coweave.task.Home;
import dev.coweave.task.SchedulingHome;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskDump;
import dev.coweave.task.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on one thread, one at a time, in the order in which they become ready; and jobs and timers, as any {@link
 * ScheduledExecutorService}. Thread-safe.
 *
 * <pre>{@code
 * String page = EventLoop.run(() -> fetch(uri));                       // on the calling thread, until the body has ended
 * try (EventLoop loop = EventLoop.open("io")) { loop.start(() -> serve()); … }   // on a thread of its own
 * }</pre>
 *
 * <p>Once {@link #shutdown} has returned, nothing is accepted from outside; what was accepted runs to its end, and what its tasks
 * start.
 */
public final class EventLoop extends AbstractExecutorService
    implements ScheduledExecutorService, Home, AutoCloseable {
  private static final Operation CURRENT = Operation.of(EventLoop.class, "current");
  private static final Operation RUN = Operation.of(EventLoop.class, "run");

  static {
    // A task that is started in it as in an executor is one of its own, and sleeps by its clock.
    SchedulingHome.add(e -> e instanceof EventLoop l ? l.core : null);
  }

  private final LoopScheduler core;

  /** Whether a thread of its own runs it. */
  private boolean opened;

  EventLoop(LoopScheduler core) {
    this.core = core;
  }

  static EventLoop of(LoopScheduler core) {
    return (EventLoop) core.face();
  }

  // ---- making and running

  /**
   * Runs a coroutine to its end on the calling thread, on a loop of its own. The tasks that it leaves behind are cancelled and
   * ended before this returns. If the thread is interrupted the body is cancelled, and the thread is interrupted when this returns.
   *
   * @param body what to run
   * @param <T> the type of its result
   * @return its result
   * @throws Exception whatever the body throws, as it is
   * @throws CancellationException if the body's task was cancelled
   * @throws IllegalStateException on a thread that runs a loop or a task already, or that may not be blocked, see {@link Homes}
   */
  public static <T extends @Nullable Object> T run(CoroutineCallable<T> body) throws Exception {
    return run(Clock.system(), body);
  }

  /**
   * Runs a coroutine to its end; see {@link #run(CoroutineCallable)}.
   *
   * @param body what to run
   * @throws Exception whatever the body throws, as it is
   */
  public static void run(CoroutineRunnable body) throws Exception {
    run(Clock.system(), body);
  }

  /**
   * Runs a coroutine to its end, by a given clock; see {@link #run(CoroutineCallable)}.
   *
   * @param clock such as a {@link VirtualClock}
   * @param body what to run
   * @param <T> the type of its result
   * @return its result
   * @throws Exception whatever the body throws, as it is
   */
  public static <T extends @Nullable Object> T run(Clock clock, CoroutineCallable<T> body)
      throws Exception {
    Objects.requireNonNull(body, "body");
    LoopScheduler core = here(clock);
    return core.continuation.runMain(() -> core.continuation.start(null, body));
  }

  /**
   * Runs a coroutine to its end, by a given clock; see {@link #run(CoroutineCallable)}.
   *
   * @param clock such as a {@link VirtualClock}
   * @param body what to run
   * @throws Exception whatever the body throws, as it is
   */
  public static void run(Clock clock, CoroutineRunnable body) throws Exception {
    Objects.requireNonNull(body, "body");
    LoopScheduler core = here(clock);
    core.continuation.runMain(() -> core.continuation.start(null, body));
  }

  private static LoopScheduler here(Clock clock) {
    checkNoLoopHere("EventLoop.run");
    if (!(clock instanceof VirtualClock)) { // Time that jumps is not waited for.
      HomeLookup.checkMayBlock(RUN);
    }
    return new LoopScheduler(Objects.requireNonNull(clock, "clock"), null, null, EventLoop::new);
  }

  private static void checkNoLoopHere(String operation) {
    if (TaskContinuation.here() != null) {
      throw new IllegalStateException(
          operation
              + " on a thread that runs tasks already\n"
              + "  because: it would block them\n"
              + "  fix: call the body itself, or Task.start(() -> …), or do it on another thread:"
              + " Task.blocking(() -> …)");
    }
  }

  /**
   * Opens a loop that runs on a thread of its own until it is {@linkplain #close closed}.
   *
   * @param name the thread's
   * @return the loop
   */
  public static EventLoop open(String name) {
    return open(name, Clock.system());
  }

  /**
   * Opens a loop that runs on a thread of its own, by a given clock.
   *
   * @param name the thread's
   * @param clock such as a {@link VirtualClock}
   * @return the loop
   */
  public static EventLoop open(String name, Clock clock) {
    Objects.requireNonNull(name, "name");
    EventLoop loop =
        of(new LoopScheduler(Objects.requireNonNull(clock, "clock"), name, null, EventLoop::new));
    loop.opened = true;
    new Thread(loop.core.runner::runThread, name).start();
    return loop;
  }

  /**
   * Makes a loop that no thread runs yet: {@link #runAll} does, on the thread that calls it.
   *
   * @param clock the time it goes by
   * @return the loop
   */
  public static EventLoop create(Clock clock) {
    return of(
        new LoopScheduler(Objects.requireNonNull(clock, "clock"), null, null, EventLoop::new));
  }

  /**
   * The loop that runs on the calling thread.
   *
   * @throws IllegalStateException when none does
   */
  public static EventLoop current() {
    if (TaskContinuation.here() instanceof LoopContinuation c) {
      return of(c.loop());
    }
    JavaStack.checkWoven(CURRENT);
    throw new IllegalStateException(CURRENT + ": this thread runs no event loop");
  }

  /**
   * Runs this loop until it has nothing left to do: no task, no job, no timer. A loop made by {@link #create} runs on the calling
   * thread; for one that has a thread of its own this only waits.
   *
   * @throws IllegalStateException on a thread that runs tasks already; or if all tasks wait for each other, by a {@link VirtualClock} or
   *     with {@code -Dcoweave.deadlock=throw}
   */
  public void runAll() {
    checkNoLoopHere("EventLoop.runAll");
    if (opened) {
      CountDownLatch empty = new CountDownLatch(1);
      core.inbox.put(new Handed.WhenEmpty(empty::countDown));
      awaitUninterruptibly(() -> isTerminated() || empty.await(1, TimeUnit.SECONDS), () -> {});
      return;
    }
    core.enterThread();
    core.runner.runUntilEmpty(false);
  }

  /**
   * Runs one cycle of a loop made by {@link #create} on the calling thread, which has other things to do in between, as a game's or a tool's
   * own main loop: timers that are due fire, channels are looked at, and each task that is ready has a turn. The first call after
   * {@link #shutdown} that leaves nothing to do is the loop's last.
   *
   * @param wait how long to wait at most, by the loop's clock, if nothing is ready; not at all if zero or less
   * @return whether anything is left to do: a task, a job, a timer
   * @throws IllegalStateException on a thread that runs tasks already, or if another thread runs this loop
   */
  public boolean runNext(Duration wait) {
    checkNoLoopHere("EventLoop.runNext");
    if (opened) {
      throw new IllegalStateException("EventLoop.runNext of a loop that has a thread of its own");
    }
    boolean left =
        core.runner.runHere(Math.min(TimeUnit.NANOSECONDS.convert(wait), Long.MAX_VALUE / 2));
    if (!left) {
      terminateUnlessRun();
    }
    return left;
  }

  /**
   * Starts a task on this loop; from any thread.
   *
   * @param body what it does
   * @param <T> the type of its result
   * @return the task
   * @throws RejectedExecutionException after {@link #shutdown}
   */
  public <T extends @Nullable Object> Task<T> start(CoroutineCallable<T> body) {
    return core.continuation.start(null, body);
  }

  /**
   * Starts a task without a result on this loop; from any thread.
   *
   * @param body what it does
   * @return the task
   * @throws RejectedExecutionException after {@link #shutdown}
   */
  public Task<Void> start(CoroutineRunnable body) {
    return core.continuation.start(null, body);
  }

  /**
   * Starts a task with a name on this loop; from any thread.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @param <T> the type of its result
   * @return the task
   * @throws RejectedExecutionException after {@link #shutdown}
   */
  public <T extends @Nullable Object> Task<T> start(String name, CoroutineCallable<T> body) {
    return core.continuation.start(Objects.requireNonNull(name, "name"), body);
  }

  /**
   * Starts a task with a name and without a result on this loop; from any thread.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @return the task
   * @throws RejectedExecutionException after {@link #shutdown}
   */
  public Task<Void> start(String name, CoroutineRunnable body) {
    return core.continuation.start(Objects.requireNonNull(name, "name"), body);
  }

  // ---- what it does

  /** Returns this loop's present work in figures. Any thread; doesn't disturb the loop. */
  public LoopFigures figures() {
    return core.view.figures();
  }

  /**
   * Describes the tasks of this loop as they are now; see {@link TaskDump}. Any thread.
   *
   * @return several lines
   */
  public String dump() {
    return TaskDump.of(core);
  }

  /**
   * Says how long a step of this loop may last before it is reported, by the loop's clock: a step is what runs between two waits, and
   * while it lasts nothing else runs here. Unless this is called it is the system property {@code coweave.slowStep}, in milliseconds, or
   * two seconds. Each such step is reported once, to the logger {@code dev.coweave}, with the stack that it is in. Any thread.
   *
   * @param limit how long; zero for no reports
   */
  public void reportSlowSteps(Duration limit) {
    if (limit.isNegative()) {
      throw new IllegalArgumentException("a negative limit: " + limit);
    }
    core.pulse.limit = Timer.nanos(limit);
    Watchdog.watch();
  }

  /** Its name and a few figures. */
  @Override
  public String toString() {
    return core.toString();
  }

  // ---- as a home, and as a ScheduledExecutorService

  /** Whether the calling thread runs this loop now. */
  @Override
  public boolean isHere() {
    return core.ownsThisThread();
  }

  /**
   * Runs a job on this loop's thread, after what is ready.
   *
   * @param job must not block
   * @throws RejectedExecutionException after {@link #shutdown}, unless called by what the loop runs; after {@link #shutdownNow}
   */
  @Override
  public void execute(Runnable job) {
    core.inbox.offerJob(Objects.requireNonNull(job, "job"), core.ownsThisThread());
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable job, long delay, TimeUnit unit) {
    return schedule(Executors.callable(job, null), unit.toNanos(delay), 0);
  }

  @Override
  public <V extends @Nullable Object> ScheduledFuture<V> schedule(
      Callable<V> job, long delay, TimeUnit unit) {
    return schedule(job, unit.toNanos(delay), 0);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable job, long delay, long period, TimeUnit unit) {
    return schedule(
        Executors.callable(job, null), unit.toNanos(delay), positive(unit.toNanos(period)));
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable job, long delay, long pause, TimeUnit unit) {
    return schedule(
        Executors.callable(job, null), unit.toNanos(delay), -positive(unit.toNanos(pause)));
  }

  private static long positive(long nanos) {
    if (nanos <= 0) {
      throw new IllegalArgumentException("not a positive period: " + nanos + " ns");
    }
    return Math.min(nanos, Timer.LONGEST);
  }

  private <V extends @Nullable Object> ScheduledFuture<V> schedule(
      Callable<V> job, long nanos, long period) {
    Objects.requireNonNull(job, "job");
    Delayed<V> d = new Delayed<>(core, job, Math.max(0, Math.min(nanos, Timer.LONGEST)), period);
    core.inbox.offerDelayed(d, core.ownsThisThread());
    d.setTimer();
    return d;
  }

  @Override
  public <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> jobs) throws InterruptedException {
    checkMayBlock("invokeAll");
    return super.invokeAll(jobs);
  }

  @Override
  public <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> jobs, long timeout, TimeUnit unit)
      throws InterruptedException {
    checkMayBlock("invokeAll");
    return super.invokeAll(jobs, timeout, unit);
  }

  @Override
  public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> jobs)
      throws InterruptedException, ExecutionException {
    checkMayBlock("invokeAny");
    return super.invokeAny(jobs);
  }

  @Override
  public <T extends @Nullable Object> T invokeAny(
      Collection<? extends Callable<T>> jobs, long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    checkMayBlock("invokeAny");
    return super.invokeAny(jobs, timeout, unit);
  }

  @Override
  protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> job) {
    return new Job<>(core, job);
  }

  @Override
  protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable job, T value) {
    return new Job<>(core, Executors.callable(job, value));
  }

  // ---- shutdown

  /** Accepts nothing from outside any more; what was accepted runs to its end. Periodic jobs are cancelled. Returns at once. */
  @Override
  public void shutdown() {
    for (RunnableScheduledFuture<?> d : core.inbox.shutdown()) {
      if (d.isPeriodic()) {
        d.cancel(false);
      }
    }
    terminateUnlessRun();
  }

  /**
   * Accepts nothing from outside any more and cancels all tasks, whose {@code finally} blocks run, and all jobs that have not
   * begun. Returns at once.
   *
   * @return the jobs that have not begun; those that are futures have been cancelled
   */
  @Override
  public List<Runnable> shutdownNow() {
    core.inbox.shutdown();
    List<Runnable> jobs = core.inbox.takeJobs();
    jobs.forEach(EventLoop::cancelJob);
    core.inbox.put(new Handed.Control(core::cancelAll));
    terminateUnlessRun();
    return jobs;
  }

  private static void cancelJob(Runnable job) {
    if (job instanceof Future<?> f) {
      f.cancel(false);
    }
  }

  /** A loop that has no thread of its own terminates at once if it has nothing to do, else at the end of {@link #runAll}. */
  private void terminateUnlessRun() {
    if (!opened) {
      core.terminateIfIdle();
    }
  }

  @Override
  public boolean isShutdown() {
    return core.inbox.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return core.inbox.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    checkMayBlock("awaitTermination");
    return core.inbox.awaitTermination(Math.min(unit.toNanos(timeout), Long.MAX_VALUE / 2));
  }

  /**
   * Shuts down and waits until all accepted work has ended. Does nothing if it has been closed. An interrupt makes it {@link
   * #shutdownNow}, and goes on waiting.
   *
   * @throws IllegalStateException on the loop's own thread
   */
  @Override
  public void close() {
    checkMayBlock("close");
    shutdown();
    awaitUninterruptibly(
        () -> {
          if (!opened) {
            runRest();
          }
          return core.inbox.awaitTermination(TimeUnit.DAYS.toNanos(1));
        },
        this::shutdownNow);
  }

  /** Does what is left; while another thread runs the loop, that does. */
  private void runRest() throws InterruptedException {
    while (!isTerminated()) {
      checkNoLoopHere("EventLoop.close");
      if (core.tryEnterThread()) {
        core.runner.runUntilEmpty(true);
      } else {
        core.inbox.awaitRunner(core::isRunning);
      }
    }
  }

  private interface Wait {
    boolean done() throws InterruptedException;
  }

  private static void awaitUninterruptibly(Wait wait, Runnable whenInterrupted) {
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      try {
        done = wait.done();
      } catch (InterruptedException e) {
        if (!interrupted) {
          whenInterrupted.run();
        }
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void checkMayBlock(String method) {
    core.checkMayBlock("EventLoop." + method, "call it on another thread, or shutdown()");
  }
}

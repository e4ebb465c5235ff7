package dev.coweave.loop;

import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.loop.Inbox.Handed;
import dev.coweave.task.Home;
import dev.coweave.task.Preload;
import dev.coweave.task.Scheduler;
import dev.coweave.task.TaskList;
import dev.coweave.task.TaskState;
import dev.coweave.task.TaskStatus;
import dev.coweave.task.Timer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A loop as its tasks, other threads and its own parts see it: it takes tasks and what makes them ready, and knows which thread runs it. */
final class LoopScheduler implements Watched, Inspected, JobHost, Cycle.Loop, Deadlock.Loop {
  // Runner runs it, by the Cycle that it does again and again; Deadlock looks when it sleeps
  // Deadlock; all that other threads hand in passes through Inbox. Each takes what it uses: parts
  // of the loop, and of the rest an interface of its own.

  final LoopContinuation continuation;
  final Inbox inbox;
  private final Clock clock;

  final ReadyQueue ready;
  private final LoopTimers timers;
  final LoopChannels channels = new LoopChannels(this::control);

  /** Says what runs next, and chooses where chance does; null if the loop does. */
  private final @Nullable Stepping stepped;

  private final TaskList tasks = new TaskList();
  private final AtomicInteger workers = new AtomicInteger();
  private final Function<LoopScheduler, Home> faces;
  private @Nullable Home face;

  /** The thread that runs this loop now; null while none does. Set under this LoopScheduler's lock. */
  volatile @Nullable Thread thread;

  /** All tasks have been cancelled, and each new one is. */
  private boolean cancelling;

  final Pulse pulse;
  final LoopView view;
  final Deadlock deadlock;
  private final Cycle cycle;
  final Runner runner;

  /**
   * A loop that nobody runs yet.
   *
   * @param name how messages call it; null for its thread
   * @param stepped says what runs next; null if the loop does
   * @param faces makes what users know it as
   */
  LoopScheduler(
      Clock clock,
      @Nullable String name,
      @Nullable Stepping stepped,
      Function<LoopScheduler, Home> faces) {
    this(clock, name, stepped, faces, null);
  }

  private LoopScheduler(
      Clock clock,
      @Nullable String name,
      @Nullable Stepping stepped,
      Function<LoopScheduler, Home> faces,
      @Nullable LoopContinuation plainCall) {
    this.faces = faces;
    Preload.now();
    this.continuation = plainCall == null ? new LoopContinuation(this) : plainCall;
    this.inbox = new Inbox(continuation::contend);
    this.clock = clock;
    this.stepped = stepped;
    this.ready = stepped == null ? new ReadyQueue() : stepped.queue();
    if (stepped != null || clock instanceof VirtualClock) {
      LogicalStack.serveEach();
    }
    this.pulse = new Pulse(clock);
    TimerHeap heap = stepped == null ? new TimerHeap() : stepped.timers();
    this.timers = new LoopTimers(heap, clock, continuation, inbox, pulse);
    this.view = new LoopView(this, name);
    this.deadlock = new Deadlock(this, inbox, pulse);
    this.cycle =
        new Cycle(this, clock, continuation, inbox, ready, timers, channels, pulse, view, deadlock);
    this.runner = new Runner(this, cycle);
  }

  /** The loop as users know it. */
  synchronized Home face() {
    Home f = face;
    if (f == null) {
      f = faces.apply(this);
      face = f;
    }
    return f;
  }

  // ---- the scheduler of its tasks

  @Override
  public void begin(TaskState<?> task, boolean running) {
    if (!ownsThisThread()) {
      inbox.offer(new Handed.Begin(task));
      return;
    }
    inbox.checkNotTerminated();
    begins(task, running);
  }

  @Override
  public void taskBegins(TaskState<?> task) {
    begins(task, false);
  }

  private void begins(TaskState<?> task, boolean running) {
    try {
      add(task);
      if (!running) {
        ready(task);
      }
    } catch (Throwable e) {
      ended(task); // Else the loop would wait for it for ever.
      throw e;
    }
  }

  private void add(TaskState<?> task) {
    view.starts(tasks.isEmpty());
    tasks.add(task);
    if (stepped != null) {
      String unused = task.name(); // in the order of their starts, whoever asks first
    }
    if (cancelling) {
      task.cancel(false);
    }
  }

  @Override
  public void taskIsReady(TaskState<?> task) {
    ready.add(task);
  }

  @Override
  public void job() {
    view.readyJobs++;
    ready.add(Handed.Job.MARK);
  }

  @Override
  public @Nullable Runnable takeJob() {
    view.readyJobs--;
    return inbox.pollJob();
  }

  @Override
  public void giveBack(Runnable job) {
    inbox.giveBackJob(job);
  }

  @Override
  public void whenEmpty(Runnable action) {
    runner.whenEmpty(action);
  }

  @Override
  public void cancelAll() {
    cancelling = true;
    tasks.copy().forEach(t -> t.cancel(false));
  }

  boolean isCancelling() {
    return cancelling;
  }

  @Override
  public void stepEnded(TaskState<?> task) {}

  @Override
  public void ready(TaskState<?> task) {
    if (ownsThisThread()) {
      continuation.contend();
      ready.add(task);
    } else {
      inbox.put(new Handed.Ready(task));
    }
  }

  @Override
  public void ended(TaskState<?> task) {
    if (tasks.remove(task)) {
      view.ends();
    }
  }

  @Override
  public boolean othersAreReady() {
    return stepped != null
        || !ready.isEmpty()
        || inbox.isFilled()
        || timers.isDue()
        || channels.waitedPoller() != null;
  }

  @Override
  public void contend() {
    continuation.contend();
  }

  @Override
  public boolean ownsThisThread() {
    return thread == Thread.currentThread();
  }

  @Override
  public void checkMayBlock(Operation operation) {
    HomeLookup.checkMayBlock(operation);
  }

  @Override
  public void checkMayBlock(String method, String fix) {
    if (ownsThisThread()) {
      throw new IllegalStateException(
          method + " on the loop's own thread\n  because: it would wait for itself\n  fix: " + fix);
    }
  }

  @Override
  public boolean runs(TaskState<?> task) {
    return continuation.runsNow(task);
  }

  @Override
  public List<TaskState<?>> tasks() {
    return tasks.copy();
  }

  @Override
  public int random(int bound) {
    if (stepped != null) {
      return stepped.random(bound);
    }
    return clock instanceof VirtualClock v ? v.random(bound) : Watched.super.random(bound);
  }

  @Override
  public long nextNumber() {
    return stepped == null ? Watched.super.nextNumber() : stepped.nextNumber();
  }

  @Override
  public Executor workers(Executor usual) {
    return stepped == null ? usual : stepped.workers();
  }

  @Override
  public void unobserved(String message, Throwable failure) {
    if (stepped == null) {
      Watched.super.unobserved(message, failure);
    } else {
      stepped.failed(message, failure);
    }
  }

  @Override
  public @Nullable Thread thread() {
    return thread;
  }

  @Override
  public @Nullable TaskState<?> awaitedByCall() {
    return runner.awaited();
  }

  @Override
  public long progress() {
    return pulse.get();
  }

  @Override
  public <R> R inspect(Function<Supplier<List<TaskState<?>>>, R> look) {
    return Inspection.of(this, look);
  }

  @Override
  public void handIn(Runnable look) {
    inbox.put(new Handed.Control(look));
  }

  @Override
  public void lookSoon(Handed look) {
    inbox.put(look);
  }

  /** Its tasks, also those that it hasn't received yet. Where the loop's thread doesn't move. */
  @Override
  public List<TaskState<?>> allTasks() {
    List<TaskState<?>> all = tasks.copy();
    for (Handed h : inbox.contents()) {
      if (h instanceof Handed.Begin b) {
        all.add(b.task());
      }
    }
    return all;
  }

  @Override
  public long stuck() {
    // The inbox first: the loop counts on before it takes out what came in.
    return inbox.isFilled() ? -1 : deadlock.stuck();
  }

  @Override
  public Scheduler sibling() {
    return this;
  }

  @Override
  public void working(int change) {
    workers.addAndGet(change);
    if (change < 0) {
      inbox.nudge();
    }
  }

  // ---- timers

  @Override
  public void schedule(Timer timer, long nanos) {
    add(timer, nanoTime() + nanos);
  }

  @Override
  public void add(Timer timer, long deadline) {
    if (ownsThisThread()) {
      continuation.contend();
      timers.add(timer, deadline);
    } else {
      inbox.put(new Handed.Control(() -> timers.add(timer, deadline)));
    }
  }

  @Override
  public void cancel(Timer timer) {
    if (ownsThisThread()) {
      timers.remove(timer);
    } else {
      inbox.put(new Handed.Control(() -> timers.remove(timer)));
    }
  }

  @Override
  public long nanoTime() {
    return clock.nanoTime();
  }

  @Override
  public boolean hasOwnTime() {
    return clock != Clock.system();
  }

  @Override
  public boolean begins(RunnableScheduledFuture<?> job) {
    return inbox.begins(job);
  }

  @Override
  public void ended(RunnableScheduledFuture<?> job, Timer timer) {
    cancel(timer);
    inbox.remove(job);
  }

  /** Runs something on the loop's thread: now if this is it, else as soon as it can. Any thread. */
  private void control(Runnable action) {
    if (ownsThisThread()) {
      continuation.contend();
      action.run();
    } else {
      inbox.put(new Handed.Control(action));
    }
  }

  @Override
  public boolean isStepped() {
    return stepped != null;
  }

  // ---- for Deadlock

  @Override
  public boolean isVirtual() {
    return clock instanceof VirtualClock;
  }

  @Override
  public void sleep(long nanos) {
    cycle.sleep(nanos);
  }

  @Override
  public boolean isCalled() {
    return runner.isCalled();
  }

  @Override
  public boolean hasOnlyStuckTasks() {
    return workers.get() == 0
        && timers.isEmpty()
        && channels.waitedPoller() == null
        && tasks.allMatch(TaskStatus::waitsForAnother);
  }

  /** Throws what the loop was ended for, once; then it can be run again. */
  void rethrowDeadlock() {
    cancelling &= !deadlock.isFound();
    deadlock.rethrow();
  }

  @Override
  public boolean nothingIsLeft() {
    return tasks.isEmpty() && ready.isEmpty() && inbox.isEmpty();
  }

  /** Not all at once, for there may be a million. On the loop's thread. */
  @Override
  public List<TaskState<?>> nextTasks(int most) {
    return tasks.next(most);
  }

  // ---- the thread that runs it

  @Override
  public void lookForInterrupt() {
    runner.lookForInterrupt();
  }

  void enterThread() {
    if (!tryEnterThread()) {
      throw new IllegalStateException("the event loop runs already, on " + thread);
    }
  }

  /** Runs on this thread from now on, unless it runs. */
  synchronized boolean tryEnterThread() {
    if (thread != null) {
      return false;
    }
    pulse.wakes();
    continuation.now(nanoTime());
    continuation.enterThread();
    thread = Thread.currentThread();
    return true;
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  /** The loop of an outermost plain call, which runs on its thread. */
  static LoopScheduler ofPlainCall(LoopContinuation call, Function<LoopScheduler, Home> faces) {
    LoopScheduler core = new LoopScheduler(Clock.system(), null, null, faces, call);
    core.thread = Thread.currentThread();
    core.pulse.wakes();
    return core;
  }

  /** From here on another thread may run this loop. */
  void leaveThread() {
    continuation.endHere();
    pulse.sleeps();
    thread = null;
    if (inbox.isShutdown()) {
      terminateIfIdle(); // It may have been shut down after the last look.
    }
    inbox.runnerLeft();
  }

  /** It was shut down: if no thread runs it and nothing is left, it has terminated. Any thread. */
  synchronized void terminateIfIdle() {
    if (thread == null && nothingIsLeft()) {
      inbox.terminate();
    }
  }

  // ---- for LoopView. Any thread: what they see is right for some moment

  @Override
  public int readyNow() {
    return ready.size();
  }

  @Override
  public int timersNow() {
    return timers.size();
  }

  @Override
  public int workersNow() {
    return workers.get();
  }

  @Override
  public int channelsNow() {
    return channels.waits();
  }

  @Override
  public int handedIn() {
    return Math.max(0, inbox.size() - deadlock.ownLooks());
  }

  @Override
  public @Nullable TaskState<?> running() {
    return continuation.currentIfMade();
  }

  @Override
  public Pulse pulse() {
    return pulse;
  }

  @Override
  public boolean isShared() {
    return view.isShared();
  }

  @Override
  public void tick() {
    deadlock.tick();
  }

  @Override
  public String label() {
    return view.label();
  }

  @Override
  public String toString() {
    return view.toString();
  }
}

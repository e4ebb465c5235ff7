package dev.coweave.loop;

import dev.coweave.coroutine.Entry;
import dev.coweave.task.Scheduler;
import dev.coweave.task.Task;
import dev.coweave.task.TaskList;
import dev.coweave.task.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The inside of an {@link EventLoop}: its queues, and the cycle that its thread runs. */
final class Core implements Scheduler {
  // One cycle: what came from outside joins the queue, timers that are due fire, then each that was
  // ready has its turn. What becomes ready meanwhile waits for the next cycle. If none is ready the
  // thread sleeps until the next timer or a wake-up.

  /** How many cycles pass at most before a busy loop looks at its timers and channels. */
  private static final int CYCLES = 16;

  /** How long a loop whose clock jumps waits for channels before it does, in nanoseconds of real time. */
  private static final long IO_GRACE = 100_000_000;

  private record Begin(Task<?> task) {}

  /** A message that gives the loop nothing to stay for. */
  interface Upkeep {}

  private record Removal(Timer timer) implements Upkeep {}

  private record Addition(Timer timer) implements Upkeep {}

  private record WhenEmpty(Runnable action) {}

  final LoopContinuation continuation = new LoopContinuation(this);
  final Inbox inbox = new Inbox(continuation);
  private final Clock clock;

  /** What shuffles the ready tasks; null for first in, first out. */
  private final @Nullable SplittableRandom order;

  private final ReadyQueue ready = new ReadyQueue();
  private final TimerHeap timers = new TimerHeap();
  private final TaskList tasks = new TaskList();
  private final List<Runnable> whenEmpty = new ArrayList<>();
  private final AtomicInteger workers = new AtomicInteger();
  private @Nullable EventLoop face;

  /** Made at the first wait for a channel. */
  private @Nullable Poller poller;

  /** The thread that runs this loop now; null while none does. Set under this Core's lock. */
  private volatile @Nullable Thread thread;

  /** Cancelled when the thread is interrupted. */
  private @Nullable Task<?> main;

  private boolean interrupted;

  /** The call that runs it ends when nothing is left. */
  private boolean runsAll;

  /** All tasks have been cancelled, and each new one is. */
  private boolean cancelling;

  private int cycles;
  final Pulse pulse;
  final LoopView view;
  private final Deadlock deadlock = new Deadlock(this);

  Core(Clock clock) {
    this(clock, null);
  }

  Core(Clock clock, @Nullable String name) {
    this.clock = clock;
    this.pulse = new Pulse(clock);
    this.view = new LoopView(this, name);
    this.order = clock instanceof VirtualClock v ? v.order() : null;
  }

  synchronized EventLoop face() {
    EventLoop f = face;
    if (f == null) {
      f = new EventLoop(this);
      face = f;
    }
    return f;
  }

  // ---- the scheduler of its tasks

  @Override
  public void begin(Task<?> task, boolean running) {
    if (!ownsThisThread()) {
      inbox.offer(new Begin(task));
      return;
    }
    inbox.checkNotTerminated();
    add(task);
  }

  private void add(Task<?> task) {
    view.starts(tasks.isEmpty());
    tasks.add(task);
    if (cancelling) {
      task.cancel(false);
    }
  }

  @Override
  public void stepEnded(Task<?> task) {}

  @Override
  public void ready(Task<?> task) {
    if (ownsThisThread()) {
      continuation.contend();
      ready.add(task);
    } else {
      inbox.put(task);
    }
  }

  @Override
  public void ended(Task<?> task) {
    view.ends();
    tasks.remove(task);
  }

  @Override
  public boolean othersAreReady() {
    return !ready.isEmpty() || inbox.isFilled() || timerIsDue() || waitsForChannels();
  }

  @Override
  public void contend() {
    continuation.contend();
  }

  @Override
  public boolean ownsThisThread() {
    return thread == Thread.currentThread();
  }

  void checkMayBlock(String method, String fix) {
    if (ownsThisThread()) {
      throw new IllegalStateException(
          method + " on the loop's own thread\n  because: it would wait for itself\n  fix: " + fix);
    }
  }

  @Override
  public boolean runs(Task<?> task) {
    return continuation.runsNow(task);
  }

  @Override
  public List<Task<?>> tasks() {
    return tasks.copy();
  }

  @Override
  public int random(int bound) {
    return clock instanceof VirtualClock v ? v.random(bound) : Scheduler.super.random(bound);
  }

  @Override
  public @Nullable Thread thread() {
    return thread;
  }

  @Override
  public long turn() {
    return pulse.get();
  }

  @Override
  public <R> R inspect(Function<List<Task<?>>, R> look) {
    return Inspection.of(this, look);
  }

  /** Its tasks, also those that it hasn't received yet. Where the loop's thread doesn't move. */
  List<Task<?>> allTasks() {
    List<Task<?>> all = tasks.copy();
    for (Object o : inbox.contents()) {
      if (o instanceof Begin b) {
        all.add(b.task);
      }
    }
    return all;
  }

  @Override
  public long stuck() {
    // What came in first: the loop counts on before it takes that out.
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
    timer.deadline = nanoTime() + nanos;
    add(timer);
  }

  /** Adds a timer whose deadline is set. Any thread. */
  void add(Timer timer) {
    if (ownsThisThread()) {
      continuation.contend();
      timers.add(timer);
    } else {
      inbox.put(new Addition(timer));
    }
  }

  @Override
  public void cancel(Timer timer) {
    if (ownsThisThread()) {
      timers.remove(timer);
    } else {
      inbox.put(new Removal(timer));
    }
  }

  @Override
  public long nanoTime() {
    return clock.nanoTime();
  }

  void ended(Delayed<?> job) {
    cancel(job.timer);
    inbox.remove(job);
  }

  // ---- channels

  /** On the loop's thread. */
  Poller poller() {
    Poller p = poller;
    if (p == null) {
      p = new Poller(this);
      poller = p;
    }
    return p;
  }

  private boolean waitsForChannels() {
    return poller != null && !poller.isIdle();
  }

  /** Runs something on the loop's thread: now if this is it. Any thread. */
  void control(Control action) {
    if (ownsThisThread()) {
      continuation.contend();
      action.run();
    } else {
      inbox.put(action);
    }
  }

  private boolean timerIsDue() {
    return isDue(timers.first());
  }

  private boolean isDue(@Nullable Timer t) {
    return t != null && t.deadline - nanoTime() <= 0;
  }

  /** Whether any was due. */
  private boolean fireTimers() {
    Timer t = timers.first();
    boolean due = false;
    while (t != null && isDue(t)) {
      due = true;
      timers.remove(t);
      pulse.step();
      t.fire();
      t = timers.first();
    }
    return due;
  }

  // ---- the cycle

  private void runUntil(BooleanSupplier end) {
    view.list();
    while (!end.getAsBoolean()) {
      cycle();
    }
  }

  private void cycle() {
    pulse.step();
    boolean acted = inbox.isFilled();
    inbox.drain(this::receive);
    if (ready.isEmpty() || ++cycles % CYCLES == 0) {
      acted |= lookAround();
      lookForInterrupt();
    }
    if (!ready.isEmpty()) {
      runReady();
    } else if (!acted) { // What came in or was due may have been the last there was to do.
      idle();
    }
  }

  /** Whether any timer was due. */
  private boolean lookAround() {
    boolean due = fireTimers();
    if (waitsForChannels()) {
      poller().poll(0);
    }
    return due;
  }

  private void runReady() {
    int n = ready.size();
    deadlock.moved();
    if (order != null) {
      ready.shuffle(order);
    }
    if (n == 1 && timers.isEmpty() && !waitsForChannels()) {
      continuation.runsAlone(ready.first(), inbox);
    }
    for (; n > 0; n--) {
      run(ready.take());
    }
  }

  private void receive(Object o) {
    if (o instanceof Begin b) {
      add(b.task);
    } else if (o instanceof Addition a) {
      timers.add(a.timer);
    } else if (o instanceof Removal r) {
      timers.remove(r.timer);
    } else if (o instanceof WhenEmpty w) {
      whenEmpty.add(w.action);
    } else if (o instanceof Control c) {
      c.run();
    } else {
      view.readyJobs += o == Inbox.JOB ? 1 : 0;
      ready.add(o);
    }
  }

  /** Something that the loop's thread does for another, as soon as it can. */
  @FunctionalInterface
  interface Control extends Upkeep {
    void run();
  }

  private void run(Object o) {
    pulse.step();
    if (o instanceof Task<?> t) {
      continuation.run(t);
    } else {
      runJob();
    }
  }

  private void runJob() {
    view.readyJobs--;
    Runnable job = inbox.pollJob();
    if (job != null) {
      run(job);
    }
  }

  private static void run(Runnable job) {
    try {
      job.run();
    } catch (Throwable t) {
      Thread me = Thread.currentThread();
      try {
        me.getUncaughtExceptionHandler().uncaughtException(me, t);
      } catch (Throwable ignored) {
        // as the JVM ignores it: the other tasks of the loop must not suffer
      }
    }
  }

  private void idle() {
    Timer next = timers.first();
    if (next == null) {
      deadlock.sleep();
    } else if (clock instanceof VirtualClock virtual) {
      sleepVirtually(virtual, next);
    } else {
      sleep(next.deadline - nanoTime());
    }
    lookForInterrupt();
  }

  private void lookForInterrupt() {
    if (Thread.interrupted()) {
      interrupted = true;
      if (main != null) {
        main.cancel(true);
      }
    }
  }

  private void sleepVirtually(VirtualClock virtual, Timer next) {
    if (workers.get() > 0) {
      sleep(Long.MAX_VALUE);
      return;
    }
    if (waitsForChannels() && !inbox.isFilled()) {
      sleep(IO_GRACE);
    }
    if (ready.isEmpty() && !inbox.isFilled()) {
      virtual.jumpTo(next.deadline);
    }
  }

  void sleep(long nanos) {
    pulse.sleeps();
    try {
      inbox.sleep(nanos, waitsForChannels() ? poller : null);
    } finally {
      pulse.wakes();
    }
  }

  // ---- for Deadlock

  boolean isVirtual() {
    return clock instanceof VirtualClock;
  }

  /** Whether no worker, channel or timer will wake it, and none of its tasks can go on unless another does. */
  boolean hasOnlyStuckTasks() {
    return workers.get() == 0
        && timers.isEmpty()
        && !waitsForChannels()
        && tasks.allMatch(LoopContinuation::isStuck);
  }

  /** Whether a call that runs this loop is there to throw. */
  boolean isCalled() {
    return main != null || runsAll;
  }

  void throwDeadlock() {
    deadlock.rethrow();
  }

  /**
   * One cycle for a thread that does other things in between, for which the tasks may wait: so they are never deadlocked.
   *
   * @param nanos how long to wait at most if none is ready
   * @return whether something is left
   */
  private boolean runNext(long nanos) {
    view.list();
    pulse.step();
    inbox.drain(this::receive);
    lookAround();
    if (ready.isEmpty() && nanos > 0 && !nothingIsLeft()) {
      idleFor(nanos);
      inbox.drain(this::receive);
      lookAround();
    }
    if (!ready.isEmpty()) {
      runReady();
    }
    return !nothingIsLeft();
  }

  private void idleFor(long nanos) {
    Timer next = timers.first();
    long time = next == null ? nanos : Math.min(nanos, next.deadline - nanoTime());
    if (!(clock instanceof VirtualClock c)) {
      sleep(time);
      return;
    }
    if (workers.get() > 0 || waitsForChannels()) {
      sleep(IO_GRACE);
    }
    if (ready.isEmpty() && !inbox.isFilled() && workers.get() == 0) {
      c.jumpTo(nanoTime() + time);
    }
  }

  private boolean nothingIsLeft() {
    return tasks.isEmpty() && ready.isEmpty() && inbox.isEmpty();
  }

  // ---- runs on the calling thread

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
    thread = Thread.currentThread();
    pulse.wakes();
    continuation.enterThread();
    return true;
  }

  boolean isRunning() {
    return thread != null;
  }

  Entry beginPlainCall() {
    enterThread();
    return continuation.beginPlainCall();
  }

  void runUntilDone(Task<?> main) {
    this.main = main;
    runUntil(main::isDone);
  }

  /** Whether the call that runs this loop ends with that task. */
  boolean isMain(@Nullable Task<?> t) {
    return t == main;
  }

  /** One cycle on the calling thread, which goes on with other things. */
  boolean runHere(long nanos) {
    enterThread();
    boolean left = true;
    try {
      left = runNext(nanos);
    } finally {
      if (left) {
        releaseThread();
      } else {
        leaveThread();
      }
    }
    return left;
  }

  /**
   * Runs until nothing is left.
   *
   * @param closing whether an interrupt cancels what is left
   */
  void runUntilEmpty(boolean closing) {
    runsAll = true;
    try {
      runUntil(
          () -> {
            if (closing && interrupted && !cancelling) {
              cancelAll();
              endJobs();
            }
            return rests();
          });
    } finally {
      runsAll = false;
    }
    cancelling &= !deadlock.isFound(); // It can be run again.
    deadlock.rethrow();
  }

  private boolean rests() {
    return nothingIsLeft() && inbox.rests();
  }

  /** Jobs that have not begun: cancels those that can be; nobody else is told of the others, so they run. */
  private void endJobs() {
    for (Runnable job : inbox.takeJobs()) {
      if (job instanceof Future<?> f) {
        f.cancel(false);
      } else {
        run(job);
      }
    }
  }

  /** The loop ends with the call that made it: what is left is cancelled and ended. */
  void endHere() {
    try {
      inbox.shutdown();
      if (!rests()) {
        cancelAll();
        endJobs();
        runUntil(this::rests);
      }
    } finally {
      main = null;
      leaveThread();
    }
  }

  void leaveThread() {
    if (poller != null) {
      poller.end();
      poller = null;
    }
    view.unlist();
    releaseThread();
  }

  /** The loop doesn't run for now; its tasks go on waiting, for channels too. */
  private void releaseThread() {
    continuation.leaveThread();
    pulse.sleeps();
    boolean wasInterrupted = interrupted;
    interrupted = false;
    thread = null; // From here on another thread may run this loop.
    if (inbox.isShutdown()) {
      terminateIfIdle(); // It may have been shut down after the last look.
    }
    inbox.runnerLeft();
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Cancels all tasks, and those that they start from now on. On the loop's thread. */
  void cancelAll() {
    cancelling = true;
    tasks.copy().forEach(t -> t.cancel(false));
  }

  // ---- runs on a thread of its own

  void runThread() {
    enterThread();
    try {
      view.list();
      while (!(nothingIsLeft() && inbox.terminate())) {
        cycle();
        if (!whenEmpty.isEmpty() && nothingIsLeft()) {
          whenEmpty.forEach(Runnable::run);
          whenEmpty.clear();
        }
      }
    } finally {
      leaveThread();
    }
  }

  /** It was shut down: if no thread runs it and nothing is left, it has terminated. Any thread. */
  synchronized void terminateIfIdle() {
    if (thread == null && nothingIsLeft()) {
      inbox.terminate();
    }
  }

  /** Calls back on the loop's thread when nothing is left to do. */
  void whenEmpty(Runnable action) {
    inbox.put(new WhenEmpty(action));
  }

  // ---- for LoopView. Any thread: what they see is right for some moment

  int readyNow() {
    return ready.size();
  }

  int timersNow() {
    return timers.size();
  }

  int workersNow() {
    return workers.get();
  }

  int channelsNow() {
    Poller p = poller;
    return p == null ? 0 : p.waits();
  }

  @Override
  public String toString() {
    return view.toString();
  }
}

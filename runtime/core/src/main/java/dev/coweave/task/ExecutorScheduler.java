package dev.coweave.task;

import dev.coweave.coroutine.Entry;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs one task in an executor, each turn as a job of it; or, for an async call outside any loop, on whatever thread resumes it.
 *
 * @hidden
 */
public final class ExecutorScheduler extends TaskContinuation implements Scheduler, Runnable {
  // Turns are serialised by a count of the turns that are due or running:
  //
  //        ready: 0 → 1, submit                  run                       a wait was ended while
  // it still unwound: n > 1
  //   0 ─────────────────────────► 1 (submitted) ──► 1 (running) ──► n-1 ──┬─► 0
  //                                                                        └─► submit again

  private static final Executor DIRECT = Runnable::run;

  // Not in objects of their own: there is one of these for each task.
  private static final AtomicIntegerFieldUpdater<ExecutorScheduler> TURNS =
      AtomicIntegerFieldUpdater.newUpdater(ExecutorScheduler.class, "turns");
  private static final AtomicIntegerFieldUpdater<ExecutorScheduler> DUE =
      AtomicIntegerFieldUpdater.newUpdater(ExecutorScheduler.class, "due");

  /** Its own classes, and those of the loader above it, take a job without blocking. */
  private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

  private final Executor executor;
  private @Nullable TaskState<?> task;

  /** How many turns are due or running. */
  private volatile int turns;

  /** Which turn has been handed to the executor and not been taken, see {@link #number}; else 0. */
  private volatile int due;

  /**
   * The thread that is handing this to the executor: if it runs it too, the executor runs its jobs at once. Not volatile, for a thread only asks
   * whether it has written it itself.
   */
  private @Nullable Thread submitter;

  /** The continuation that runs the task now. Written by turns; a thread that reads null sees the task as the last turn left it. */
  private volatile @Nullable Thread thread;

  /** How many turns there have been; written before {@link #thread}, and read after it. */
  private long count;

  /** The next turn is due to one of the runtime's threads; for code that goes on where it is woken. */
  private volatile boolean wokenByService;

  /** A turn that was taken has begun. */
  private boolean begun;

  /** Its turn is the outermost that runs on the thread, no loop's or other task's. */
  private boolean outermost;

  /** Thrown by the executor instead of taking a turn. */
  private @Nullable Throwable refusal;

  /** By whose time it goes, if not the system's: that of the loop on whose thread its turns run, a simulation's perhaps. */
  private volatile @Nullable Scheduler time;

  /** Its place among the {@link Schedulers} while it is there. */
  private Schedulers.@Nullable Listed listed;

  ExecutorScheduler(Executor executor) {
    Preload.now();
    Observer.look();
    this.executor = Objects.requireNonNull(executor, "executor");
  }

  /**
   * An async method is called on a thread that runs no tasks: what woven code calls next is its first step.
   *
   * @param home where it goes on; null for wherever the future that it awaits is completed
   * @param task makes its task
   */
  public static Entry beginAsync(@Nullable Home home, Function<Scheduler, TaskState<?>> task) {
    ExecutorScheduler s = new ExecutorScheduler(home == null ? DIRECT : home);
    if (home != null) {
      s.goesBy(SchedulingHome.schedulerOf(home));
    }
    return s.beginAsync(task, Place.ofThread());
  }

  /** Where a task runs that is started in an executor. */
  static Scheduler of(Executor executor) {
    Scheduler own = SchedulingHome.schedulerOf(executor);
    return own == null ? new ExecutorScheduler(Objects.requireNonNull(executor, "executor")) : own;
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
  public void begin(TaskState<?> task, boolean running) {
    this.task = task;
    if (running) {
      turns = 1;
      thread = Thread.currentThread();
    } else {
      listed = Schedulers.add(this);
      try {
        turns = 1;
        submitHere(task); // who starts it is the user's code, and hears of a refusal
      } catch (Throwable e) {
        ended(task);
        throw e;
      }
    }
  }

  @Override
  public void stepEnded(TaskState<?> task) {
    thread = null;
    if (!task.isDone()) {
      listed = Schedulers.add(this);
    }
    turnEnded();
  }

  @Override
  public void ready(TaskState<?> task) {
    if (executor == DIRECT && ServiceThreads.isHere()) {
      wokenByService = true;
    }
    if (TURNS.getAndIncrement(this) == 0) {
      try {
        submit(task);
      } catch (VirtualMachineError e) {
        turns = 0; // Whoever wakes it tries again.
        throw e;
      }
    }
  }

  private void turnEnded() {
    if (TURNS.decrementAndGet(this) > 0) {
      try {
        submit(mine());
      } catch (VirtualMachineError e) {
        submit(mine());
      }
    }
  }

  private TaskState<?> mine() {
    return Objects.requireNonNull(task);
  }

  private void submit(TaskState<?> t) {
    boolean woken = wokenByService;
    if (woken) {
      wokenByService = false;
    }
    if (!woken && (!ServiceThreads.isHere() || isTrusted())) {
      submitHere(t);
      return;
    }
    // The runtime's threads run no users' code, and an executor is users' code itself.
    NoHome.execute(executor == DIRECT ? this::runInline : () -> submitHere(t));
  }

  /** Whether its {@code execute} neither blocks nor runs a job itself; see {@link #runInline} for those of the JDK that do so on occasion. */
  private boolean isTrusted() {
    return executor instanceof Home
        || isOfJdk(executor)
            && !(executor instanceof ThreadPoolExecutor pool
                && !(isOfJdk(pool.getQueue()) && isOfJdk(pool.getRejectedExecutionHandler())));
  }

  private static boolean isOfJdk(Object o) {
    ClassLoader loader = o.getClass().getClassLoader();
    return loader == null || loader == PLATFORM;
  }

  /** The next turn's, by which it is told from the one after, which may be due before the executor has thrown. Not 0. */
  private int number() {
    return (int) count | Integer.MIN_VALUE;
  }

  private void submitHere(TaskState<?> t) {
    Thread me = Thread.currentThread();
    int number = number();
    submitter = me;
    due = number;
    try {
      executor.execute(this);
    } catch (Throwable e) {
      if (!DUE.compareAndSet(this, number, 0)) {
        return; // It threw, but took the turn: a pool does that when it can't make a thread.
      }
      if (!t.hasStarted()) {
        ended(t);
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

  /** Run by the executor. */
  @Override
  public void run() {
    int number = due;
    if (number == 0 || !DUE.compareAndSet(this, number, 0)) {
      return; // The executor refused the turn, and runs it now.
    }
    begun = false;
    try {
      if (submitter == Thread.currentThread()) {
        runInline();
      } else {
        runTurn();
      }
    } catch (Error e) {
      if (begun) {
        throw e;
      }
      broken(mine(), e); // Its turn must not be lost.
      turnEnded();
    }
  }

  @SuppressWarnings("unchecked") // Only this method stores there.
  private void runInline() {
    if (ServiceThreads.isHere()) { // a pool that is full or shut down, and lets the caller run
      NoHome.execute(this::runInline);
      return;
    }
    Object[] place = Place.ofThread();
    ArrayDeque<ExecutorScheduler> queue = (ArrayDeque<ExecutorScheduler>) place[Place.TURNS];
    if (queue != null) {
      queue.add(this);
      return;
    }
    queue = new ArrayDeque<>();
    place[Place.TURNS] = queue;
    try {
      for (ExecutorScheduler s = this; s != null; s = queue.poll()) {
        s.runTurn();
      }
    } finally {
      place[Place.TURNS] = null;
    }
  }

  private void runTurn() {
    begun = true;
    Object[] place = null;
    Object outer = null;
    try {
      place = Place.ofThread();
      outer = place[Place.CONTINUATION];
      outermost = outer == null;
      if (outer instanceof TaskContinuation loop) {
        goesBy(loop.home());
      }
      count++;
      thread = Thread.currentThread();
      place[Place.CONTINUATION] = this;
      turn(mine());
    } catch (Throwable e) {
      stumbled(mine(), e);
    } finally {
      if (place != null) {
        place[Place.CONTINUATION] = outer;
      }
      thread = null;
      try {
        turnEnded();
      } catch (VirtualMachineError e) {
        turnEnded();
      }
    }
    Owed.pay();
  }

  // ---- callbacks of a task that has ended, which run in its last turn

  /** Whether the code that calls this is such a callback, on a thread on which nothing else runs. */
  public boolean letsCallbacksWait() {
    TaskState<?> t = task;
    return outermost && t != null && t.isDone() && currentIfMade() == null;
  }

  /** The thread of a place runs turns at once again that are ready on it. Returns those that wait there, for {@link #comesBack}. */
  public static @Nullable Object leaveTurns(Object[] place) {
    Object turns = place[Place.TURNS];
    place[Place.TURNS] = null;
    return turns;
  }

  /** Runs those that {@link #leaveTurns} returned. */
  @SuppressWarnings("unchecked") // Only runInline stores there.
  public static void runTurns(@Nullable Object turns) {
    if (turns != null) {
      ArrayDeque<ExecutorScheduler> queue = (ArrayDeque<ExecutorScheduler>) turns;
      for (ExecutorScheduler s = queue.poll(); s != null; s = queue.poll()) {
        s.runTurn();
      }
    }
  }

  /** The callback goes on. */
  public void comesBack(Object[] place, @Nullable Object turns) {
    place[Place.CONTINUATION] = this;
    place[Place.TURNS] = turns;
  }

  @Override
  protected void takeRefusal() {
    Throwable e = refusal;
    if (e != null) {
      giveFailure(e);
      refusal = null;
    }
  }

  @Override
  public void ended(TaskState<?> task) {
    Schedulers.Listed l = listed;
    if (l != null) {
      Schedulers.remove(l);
      listed = null; // Last: where memory or stack run out before, this is done again.
    }
  }

  @Override
  public boolean othersAreReady() {
    return executor != DIRECT;
  }

  @Override
  public boolean ownsThisThread() {
    return executor instanceof Home h && !h.mayBlock() && h.isHere();
  }

  @Override
  public boolean runs(TaskState<?> task) {
    return thread != null;
  }

  @Override
  public @Nullable Thread thread() {
    return thread;
  }

  @Override
  public long progress() {
    Thread t = thread; // before the count
    return t == null ? 2 * count : 2 * count + 1;
  }

  @Override
  public <R> R inspect(Function<Supplier<List<TaskState<?>>>, R> look) {
    return look.apply(this::tasks);
  }

  @Override
  public long stuck() {
    // The wait first: if a turn has come in between, the count tells.
    TaskState<?> t = task;
    boolean stuck = t != null && TaskStatus.waitsForAnother(t) && !t.mayTimeOut();
    return stuck && thread == null && turns == 0 ? count : -1;
  }

  @Override
  public List<TaskState<?>> tasks() {
    TaskState<?> t = task;
    return t == null || t.isDone() ? List.of() : List.of(t);
  }

  Executor executor() {
    return executor;
  }

  @Override
  public String label() {
    return toString();
  }

  @Override
  public String toString() {
    String name = OneLine.ofUsers(executor);
    String where = executor instanceof Home ? name : "executor " + name;
    return executor == DIRECT ? "outside any loop" : where;
  }

  // ---- time

  /** Code that goes on where it is woken has no thread of its own, so it keeps to the system's. */
  private void goesBy(@Nullable Scheduler its) {
    if (time == null && executor != DIRECT && its != null && its.hasOwnTime()) {
      time = its;
    }
  }

  @Override
  public void schedule(Timer timer, long nanos) {
    Scheduler t = time;
    if (t == null) {
      SharedTimer.schedule(timer, nanos);
    } else {
      t.schedule(timer, nanos);
    }
  }

  @Override
  public void cancel(Timer timer) {
    Scheduler t = time;
    if (!SharedTimer.cancel(timer) && t != null) {
      t.cancel(timer);
    }
  }

  @Override
  public long nanoTime() {
    Scheduler t = time;
    return t == null ? System.nanoTime() : t.nanoTime();
  }

  @Override
  public boolean hasOwnTime() {
    return time != null;
  }

  @Override
  protected long now() {
    return nanoTime();
  }

  /** Nobody looks at the tasks of executors again and again, so the one that closes a circle looks. */
  @Override
  protected void waits(TaskState<?> t, Resumption<?> w) {
    WaitCycles.lookAt(t, w, this, CycleCheck.GRACE);
  }

  @Override
  public void working(int change) {}
}

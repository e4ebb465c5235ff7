package dev.coweave.loop;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.task.Home;
import dev.coweave.task.Owed;
import dev.coweave.task.Preload;
import dev.coweave.task.Resumption;
import dev.coweave.task.RoundRobin;
import dev.coweave.task.Scheduler;
import dev.coweave.task.Schedulers;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import dev.coweave.task.Timer;
import dev.coweave.task.TurnWait;
import dev.coweave.task.WaitCycles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A tick loop as its scripts and other threads see it, and the tick. */
final class Ticking extends RoundRobin implements Scheduler, Inspected {
  // One tick: what came in since the last is done, timers that are due fire, and each script that
  // is ready has its turn, in the order of their start. There is no queue of those that are
  // ready: a script that pauses is, one that waits for ticks is asked, and for others it was
  // noted that their wait has ended. So a turn costs no more than the way past its script, and
  // its order is always the same.

  private static final VarHandle THREAD;

  static {
    try {
      THREAD = MethodHandles.lookup().findVarHandle(Ticking.class, "thread", Thread.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final TickInbox inbox = new TickInbox();
  final Scripts scripts = new Scripts();
  final TimerHeap timers = new TimerHeap();
  private final Home face;
  private final Clock clock;
  private final Pulse pulse;
  private final AtomicInteger workers = new AtomicInteger();

  /** The loop that ticks now. */
  private volatile @Nullable Thread thread;

  /** The thread that ticked last: if it blocks, nobody ticks. */
  private volatile @Nullable Thread owner;

  private volatile Schedulers.@Nullable Listed listed;
  private volatile long tick;
  private long now;

  /** Timers are being fired: what is set now waits for the next tick, be it due. */
  private boolean fires;

  /** All scripts have been cancelled, and each new one is. */
  private boolean cancelling;

  /** Scripts had turns in this tick. */
  private boolean moved;

  /** Waits that may be used again. */
  private @Nullable TickWait free;

  Ticking(Home face, Clock clock) {
    Preload.now();
    this.face = face;
    this.clock = clock;
    this.pulse = new Pulse(clock);
    this.now = clock.nanoTime();
  }

  @Override
  public Home ownHome() {
    return face;
  }

  // ---- what Ticks calls

  static Ticking of(Continuation c, Operation operation) {
    if (c instanceof Ticking t) {
      return t;
    }
    if (!(c instanceof TaskContinuation)) {
      TaskContinuation unused = toWait(c, operation); // throws
    }
    throw new IllegalStateException(
        "COWEAVE-209: "
            + operation
            + " outside the scripts of a TickLoop\n"
            + "  because: nothing ticks here\n"
            + "  fix: start the code there: TickLoop.start(() -> …)");
  }

  void pauseTurn() {
    toPause();
    pause();
  }

  void await(long ticks) {
    toPause();
    TickWait w = take();
    long due = tick + ticks;
    w.begin(due < 0 ? Long.MAX_VALUE : due);
    suspend(w);
  }

  void await(BooleanSupplier condition) {
    if (!condition.getAsBoolean()) {
      toPause();
      TickWait w = take();
      w.begin(condition);
      suspend(w);
    }
  }

  private TickWait take() {
    TickWait w = free;
    if (w == null) {
      return new TickWait(this);
    }
    free = w.next;
    w.next = null;
    return w;
  }

  @Override
  protected void over(TurnWait w) {
    TickWait t = (TickWait) w;
    t.end();
    t.next = free;
    free = t;
  }

  // ---- the tick

  /** One tick on the calling thread. */
  void tick() {
    tick(null);
  }

  /**
   * One tick on the calling thread.
   *
   * @param action what is done in it after all that came in; null for nothing
   */
  void tick(@Nullable Runnable action) {
    Thread me = Thread.currentThread();
    Thread other = (Thread) THREAD.compareAndExchange(this, null, me);
    if (other != null) {
      throw alreadyTicks(other, me);
    }
    try {
      owner = me;
      TaskContinuation outer = here();
      Object[] place = enter();
      try {
        run(action);
      } finally {
        place[0] = outer;
      }
    } finally {
      pulse.step();
      thread = null;
    }
    Owed.pay();
  }

  private void run(@Nullable Runnable action) {
    now = clock.nanoTime();
    tick++;
    moved = false;
    pulse.step();
    inbox.drain();
    if (action != null) {
      action.run();
    }
    fireTimers();
    scripts.begin();
    for (TaskState<?> t = scripts.next(); t != null; t = scripts.next()) {
      turnOf(t);
    }
    scripts.end();
  }

  /** Reads what the turn of a script will. */
  static int readAhead(TaskState<?> t) {
    return read(t);
  }

  private void turnOf(TaskState<?> t) {
    pulse.step();
    try {
      if (turnIfReady(t)) {
        moved = true;
      }
    } catch (VirtualMachineError e) {
      broken(t, e);
    }
  }

  private void fireTimers() {
    for (Timer t = timers.first(); t != null && t.deadline - now <= 0; t = timers.first()) {
      timers.remove(t);
      fires = true;
      try {
        t.fire();
      } catch (VirtualMachineError e) {
        timers.add(t); // It fires again: what it does, it does once.
        throw e;
      } finally {
        fires = false;
      }
    }
  }

  private IllegalStateException alreadyTicks(Thread other, Thread me) {
    return new IllegalStateException(
        other == me
            ? "COWEAVE-210: tick() of a tick loop within its own tick\n"
                + "  because: each script has one turn a tick\n"
                + "  fix: let whoever ticks it do so again when tick() has returned"
            : "COWEAVE-210: tick() of a tick loop that thread "
                + other.getName()
                + " ticks now\n"
                + "  because: scripts have their turns one after the other\n"
                + "  fix: tick it on one thread; from others start(…), execute(…) or complete a"
                + " future that a script awaits");
  }

  boolean ticksHere() {
    return thread == Thread.currentThread();
  }

  /** Which tick it is. Any thread. */
  long ticks() {
    return tick;
  }

  /** Whether scripts had turns in the last tick. */
  boolean hasMoved() {
    return moved;
  }

  // ---- the scheduler of its tasks

  @Override
  protected Scheduler home() {
    return this;
  }

  @Override
  public Scheduler sibling() {
    return this;
  }

  @Override
  public void begin(TaskState<?> task, boolean running) {
    if (ticksHere()) {
      add(task);
    } else {
      list();
      inbox.offer(new TickInbox.Begin(this, task));
    }
  }

  void add(TaskState<?> task) {
    list();
    scripts.add(task);
    if (cancelling) {
      task.cancel(false);
    }
  }

  /** Each script is cancelled, and those that start from now on. In a tick. */
  void cancelAll() {
    cancelling = true;
    scripts.copy().forEach(t -> t.cancel(false));
  }

  @Override
  public void stepEnded(TaskState<?> task) {}

  @Override
  public void ready(TaskState<?> task) {
    if (ticksHere()) {
      noteReady(task);
    } else {
      boolean unused = inbox.put(() -> noteReady(task));
    }
  }

  @Override
  public void paused(TaskState<?> task) {}

  @Override
  public void ended(TaskState<?> task) {
    scripts.remove(task);
  }

  /** Whoever ticks is: a script that never waits must not keep the tick from ending. */
  @Override
  public boolean othersAreReady() {
    return true;
  }

  @Override
  public boolean ownsThisThread() {
    return owner == Thread.currentThread();
  }

  @Override
  public boolean runs(TaskState<?> task) {
    return runsNow(task);
  }

  @Override
  public @Nullable Thread thread() {
    return thread;
  }

  @Override
  public void working(int change) {
    workers.addAndGet(change);
  }

  int workers() {
    return workers.get();
  }

  /** Nobody looks at its tasks again and again, so the one that closes a circle looks. */
  @Override
  protected void waits(TaskState<?> t, Resumption<?> w) {
    WaitCycles.lookAt(t, w, this, 0);
  }

  // ---- time: it stands still during a tick

  @Override
  public void schedule(Timer timer, long nanos) {
    timer.deadline = nanoTime() + nanos;
    if (ticksHere() && !fires) {
      timers.add(timer);
    } else {
      boolean unused = inbox.put(() -> timers.add(timer));
    }
  }

  @Override
  public void cancel(Timer timer) {
    if (ticksHere()) {
      timers.remove(timer);
    } else {
      boolean unused = inbox.put(() -> timers.remove(timer));
    }
  }

  @Override
  public long nanoTime() {
    return ticksHere() ? now : clock.nanoTime();
  }

  @Override
  protected long now() {
    return now;
  }

  // ---- for those who look on

  private void list() {
    if (listed == null) {
      listed = Schedulers.add(this, false); // A race lists it twice, which is shown twice.
    }
  }

  /** It has ended. */
  void ended() {
    Schedulers.Listed l = listed;
    if (l != null) {
      listed = null;
      Schedulers.remove(l);
    }
    owner = null;
    reportUnobserved(this);
  }

  @Override
  public long progress() {
    return pulse.get();
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  @Override
  public void handIn(Runnable look) {
    boolean unused = inbox.put(look);
  }

  @Override
  public List<TaskState<?>> tasks() {
    return allTasks();
  }

  @Override
  public List<TaskState<?>> allTasks() {
    List<TaskState<?>> all = scripts.copy();
    all.addAll(inbox.begins());
    return all;
  }

  @Override
  public <R> R inspect(Function<List<TaskState<?>>, R> look) {
    return Inspection.of(this, look);
  }

  @Override
  public long stuck() {
    long step = pulse.get();
    boolean mayMove = isRunning() || !inbox.isEmpty() || !timers.isEmpty() || workers.get() > 0;
    return !mayMove && allTasks().stream().allMatch(TaskContinuation::waitsForAnother) ? step : -1;
  }

  static boolean isStuck(TaskState<?> t) {
    return waitsForAnother(t);
  }

  /** Returns a script's wait, if it is for ticks. */
  static @Nullable TickWait waitOf(TaskState<?> t) {
    return turnWait(t) instanceof TickWait w ? w : null;
  }

  @Override
  public String label() {
    Thread t = owner;
    return "tick loop" + (t == null ? " that no thread ticks" : " on thread " + t.getName());
  }

  @Override
  public String toString() {
    return label() + ": " + scripts.live() + " scripts, after " + tick + " ticks";
  }
}

package dev.coweave.loop;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
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
import dev.coweave.task.TaskStatus;
import dev.coweave.task.Timer;
import dev.coweave.task.WaitCycles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A tick loop as its scripts and other threads see it, and the tick. */
final class Ticking extends RoundRobin implements Scheduler, Inspected {
  // One tick: what came in since the last is done, timers that are due fire, and each script that
  // is ready has its turn, in the order of their start, which is the order of the table. There is
  // no queue of those that are ready. A script that only ticks is quiet: the table says when it is
  // due and where it is parked. All others are looked at: whether it was noted that their wait has
  // ended, or that they are cancelled.

  private static final Operation AWAIT = Operation.behind(Ticking.class, "Ticks.await");
  private static final Operation UNTIL = Operation.behind(Ticking.class, "Ticks.until");

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

  /** Whose wait was shown last: who looks at all of them looks in their order. */
  private int shown = -1;

  /** A task may have been cancelled: all are looked at, until a tick has looked at all. */
  private volatile boolean disturbed;

  // The wait of a task that is about to be parked, until it has its place in the table.

  /** The tick of its next turn; 0 for the next, also if it waits for something else. */
  private long due;

  /** The condition, if its place isn't known yet. */
  private @Nullable BooleanSupplier condition;

  Ticking(Home face, Clock clock) {
    Preload.now();
    Ticks.load();
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
    checkMayPause();
    suspended = true;
  }

  void await(long ticks) {
    checkMayPause();
    if (isQuiet()) {
      scripts.waits(scripts.at(), now);
    }
    long d = tick + ticks;
    due = d < 0 || d > Scripts.LAST ? Scripts.LAST : d;
    suspended = true; // Last: who throws before this doesn't wait.
  }

  void await(BooleanSupplier until) {
    if (until.getAsBoolean()) {
      return;
    }
    checkMayPause();
    if (isQuiet()) {
      scripts.condition(scripts.at(), until, now);
    } else {
      condition = until;
    }
    due = Scripts.CONDITION;
    suspended = true; // last, as above
  }

  /** Throws the cancellation of the running task, if there is one. */
  private void checkMayPause() {
    if (!isQuiet() || disturbed) {
      toPause();
    }
  }

  /** A step begins: where memory ran out, one before may have left its wait here. */
  private void nothingWaits() {
    due = 0;
    if (condition != null) {
      condition = null;
    }
  }

  @Override
  protected void waitAbandoned() {
    nothingWaits();
  }

  /** The turn of a task is over, or its first step: its place in the table says what it waits for. */
  private void parked(int place, TaskState<?> t) {
    long d = due;
    BooleanSupplier c = condition;
    if (c != null) {
      scripts.condition(place, c, now);
    } else if (d != Scripts.CONDITION) {
      scripts.waits(place, now);
    }
    Frame f = frameOf(t);
    if (f != null && mayBeQuiet(t)) {
      scripts.quiet(place, f, d);
    } else {
      scripts.look(place, d);
    }
    due = 0; // Last: where memory or stack run out before, this is done again.
    condition = null;
  }

  @Override
  protected TaskState<?> at(int place) {
    return Objects.requireNonNull(scripts.at(place));
  }

  @Override
  protected boolean isOver(int place) {
    long d = scripts.tick(place);
    return d == Scripts.CONDITION ? scripts.holds(place) : d <= tick;
  }

  @Override
  protected @Nullable Operation operation(int place) {
    return scripts.tick(place) == Scripts.CONDITION ? UNTIL : null;
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
        pulse.step();
      } finally {
        place[0] = outer;
      }
    } finally {
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
    boolean all = disturbed;
    if (all) {
      disturbed = false; // before they are looked at: who sets it now is seen by the next tick
    }
    try {
      runScripts(all);
    } catch (VirtualMachineError e) {
      disturbed = true; // The others are looked at in the next tick.
      throw e;
    }
  }

  private void runScripts(boolean all) {
    scripts.begin();
    for (int i = scripts.next(tick, all); i >= 0; i = scripts.next(tick, all || disturbed)) {
      pulse.step();
      try {
        if (all || scripts.due(i) < 0 || disturbed) {
          lookAt(i);
        } else {
          quietTurn(i);
        }
      } catch (VirtualMachineError e) {
        stumbled(i, e);
      }
    }
    scripts.end();
  }

  /** The memory or stack of the loop itself ran out in a script's turn: the script fails with that, unless it has ended. */
  private void stumbled(int place, VirtualMachineError e) {
    TaskState<?> t = scripts.at(place);
    if (t != null) {
      broken(t, e);
    }
    nothingWaits();
  }

  private void lookAt(int place) {
    TaskState<?> t = at(place);
    nothingWaits();
    if (look(place)) {
      turnEnded(place, t);
    }
  }

  private void quietTurn(int place) {
    if (scripts.due(place) == Scripts.CONDITION && !holds(place)) {
      return;
    }
    Frame f = quietTurn(place, scripts.frame(place));
    if (f == null) {
      turnEnded(place, scripts.at(place));
    } else {
      moved = true;
      scripts.quiet(place, f, due);
      if (due != 0) {
        due = 0;
      }
    }
  }

  /** Whether a quiet script's condition holds. If it throws, the script has had its turn. */
  private boolean holds(int place) {
    TaskState<?> t = null;
    try {
      return asks(place);
    } catch (Throwable e) {
      t = at(place);
      turnAfter(place, e);
    }
    turnEnded(place, t);
    return false;
  }

  private void turnEnded(int place, @Nullable TaskState<?> t) {
    moved = true;
    if (t != null && scripts.at(place) == t) {
      parked(place, t);
    } else {
      nothingWaits();
    }
  }

  private void fireTimers() {
    fires = true;
    try {
      while (!timers.isEmpty() && timers.firstDeadline() - now <= 0) {
        timers.fireFirst();
      }
    } finally {
      fires = false;
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
      nothingWaits();
      add(task, running);
    } else {
      list();
      inbox.offer(new TickInbox.Begin(this, task));
    }
  }

  void add(TaskState<?> task, boolean running) {
    try {
      add(task);
      if (!running) {
        noteReady(task);
      }
    } catch (Throwable e) {
      ended(task);
      throw e;
    }
  }

  private void add(TaskState<?> task) {
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
  public void stepEnded(TaskState<?> task) {
    int place = ticksHere() ? scripts.find(task, -1) : -1;
    if (place >= 0) {
      parked(place, task);
    }
  }

  @Override
  public void contend() {
    disturbed = true;
  }

  @Override
  public @Nullable Resumption<?> keptWait(TaskState<?> task) {
    int place = scripts.find(task, shown + 1);
    shown = place;
    if (place < 0) {
      return null;
    }
    long d = scripts.tick(place);
    if (d == Scripts.CONDITION) {
      return view(UNTIL, scripts.since(place));
    }
    return d > tick + 1 ? view(AWAIT, scripts.since(place)) : null;
  }

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
    return runsNow(task)
        || thread != null && isQuiet() && scripts.find(task, scripts.at()) == scripts.at();
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
    long deadline = nanoTime() + nanos;
    if (ticksHere() && !fires) {
      timers.add(timer, deadline);
    } else {
      boolean unused = inbox.put(() -> timers.add(timer, deadline));
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
  public boolean hasOwnTime() {
    return true;
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
      Schedulers.remove(l);
      listed = null; // Last: this may be done again.
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
  public <R> R inspect(Function<Supplier<List<TaskState<?>>>, R> look) {
    return Inspection.of(this, look);
  }

  @Override
  public long stuck() {
    long step = pulse.get();
    boolean mayMove = isRunning() || !inbox.isEmpty() || !timers.isEmpty() || workers.get() > 0;
    return !mayMove && allTasks().stream().allMatch(TaskStatus::waitsForAnother) ? step : -1;
  }

  /** Whether a script goes on by ticks alone. */
  boolean counts() {
    for (int i = 0; i < scripts.size(); i++) {
      TaskState<?> t = scripts.at(i);
      if (t != null && !waitsElsewhere(t) && scripts.tick(i) != Scripts.CONDITION) {
        return true;
      }
    }
    return false;
  }

  /** Whether a script that has been cancelled waits for what nobody brings about: another script, or a condition. */
  static boolean isStuck(TaskState<?> t) {
    return !waitsElsewhere(t) || TaskStatus.waitsForAnother(t);
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

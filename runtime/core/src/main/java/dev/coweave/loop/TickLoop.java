package dev.coweave.loop;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.task.Scheduler;
import dev.coweave.task.SchedulingHome;
import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import dev.coweave.task.Timer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A loop that runs when its owner says so: each {@link #tick} gives each live task, a <em>script</em>, one turn, in the order of their start, the
 * same each time. For games, robots, simulations, animations, hosts of plugins: wherever somebody else has a main loop.
 *
 * <pre>{@code
 * TickLoop world = new TickLoop();
 * world.start("guard", () -> patrol(guard));
 * while (running) {                                  // the game's own loop
 *   world.tick(Duration.ofMillis(16));               // 16 ms pass, and each script has a turn
 *   draw();
 * }
 * }</pre>
 *
 * <p>A script is a task as any other, which may await whatever there is; {@link Ticks} has what counts ticks. Time, as {@link Task#sleep} knows it,
 * is the owner's: it stands still during a tick. All that other threads complete, start and {@linkplain #execute hand in} is taken as the next tick
 * begins. A script that starts in a tick has its first turn in the next. One that fails ends alone.
 *
 * <p>A tick takes no lock and starts no thread, and once warm allocates nothing itself. {@link #tick} is for one thread at a time, which may
 * change between ticks; {@link #start}, {@link #execute}, {@link Task#cancel} and {@link #dump} for any.
 */
public final class TickLoop extends SchedulingHome implements AutoCloseable {
  private final @Nullable AtomicLong time;
  private final Clock clock;
  private final long origin;
  private final Ticking ticking;

  /** A loop whose time stands still, at 0, until it is {@linkplain #advance moved}. */
  public TickLoop() {
    AtomicLong own = new AtomicLong();
    this.time = own;
    this.clock = own::get;
    this.origin = 0;
    this.ticking = new Ticking(this, clock);
  }

  /**
   * A loop that goes by a clock.
   *
   * @param clock read once a tick
   */
  public TickLoop(Clock clock) {
    this.time = null;
    this.clock = Objects.requireNonNull(clock, "clock");
    this.origin = clock.nanoTime();
    this.ticking = new Ticking(this, clock);
  }

  // ---- ticking

  /**
   * One tick on the calling thread: what came from outside is taken, sleeps that are over end, and each script that is ready has one turn.
   *
   * @return whether any script is left
   * @throws IllegalStateException within a tick of this loop, or while another thread ticks it
   */
  public boolean tick() {
    ticking.tick();
    return ticking.scripts.live() > 0;
  }

  /**
   * {@linkplain #advance Moves} the time, and ticks.
   *
   * @param passed how much time has passed since the last tick
   * @return whether any script is left
   * @throws IllegalStateException as {@link #tick} and {@link #advance}
   */
  public boolean tick(Duration passed) {
    advance(passed);
    return tick();
  }

  /**
   * Lets time pass: sleeps and timeouts that are over then end in the next tick. Any thread; not seen before the next tick.
   *
   * @param passed not negative
   * @throws IllegalStateException if this loop goes by a clock of its owner's
   */
  public void advance(Duration passed) {
    if (time == null) {
      throw new IllegalStateException("TickLoop.advance: this loop goes by " + clock);
    }
    if (passed.isNegative()) {
      throw new IllegalArgumentException("time doesn't go back: " + passed);
    }
    time.addAndGet(Timer.nanos(passed));
  }

  /** How much time has passed since this was made, by its clock. */
  public Duration time() {
    return Duration.ofNanos(ticking.nanoTime() - origin);
  }

  /** How many ticks have begun. */
  public long ticks() {
    return ticking.ticks();
  }

  /** How many scripts are alive, those apart that other threads have started since the last tick. */
  public int scripts() {
    return ticking.scripts.live();
  }

  // ---- starting

  /**
   * Starts a script; its first turn is in the next tick. Any thread.
   *
   * @param body what it does
   * @param <T> the type of its result
   * @return the script
   * @throws RejectedExecutionException after {@link #close}
   */
  public <T extends @Nullable Object> Task<T> start(CoroutineCallable<T> body) {
    return Task.start(this, body);
  }

  /**
   * Starts a script without a result; see {@link #start(CoroutineCallable)}.
   *
   * @param body what it does
   * @return the script
   */
  public Task<Void> start(CoroutineRunnable body) {
    return Task.start(this, body);
  }

  /**
   * Starts a script with a name; see {@link #start(CoroutineCallable)}.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @param <T> the type of its result
   * @return the script
   */
  public <T extends @Nullable Object> Task<T> start(String name, CoroutineCallable<T> body) {
    return Task.start(this, name, body);
  }

  /**
   * Starts a script with a name and without a result; see {@link #start(CoroutineCallable)}.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @return the script
   */
  public Task<Void> start(String name, CoroutineRunnable body) {
    return Task.start(this, name, body);
  }

  // ---- as a home

  @Override
  protected Scheduler scheduler() {
    return ticking;
  }

  /** Whether the calling thread ticks this loop now. */
  @Override
  public boolean isHere() {
    return ticking.ticksHere();
  }

  /**
   * Runs a job as the next tick begins. Any thread.
   *
   * @param job must not block; what it throws goes to the thread's handler of uncaught exceptions
   * @throws RejectedExecutionException after {@link #close}
   */
  @Override
  public void execute(Runnable job) {
    Objects.requireNonNull(job, "job");
    ticking.inbox.offer(() -> Uncaught.run(job));
  }

  /**
   * Describes the scripts as they are now; see {@link TaskDump}. Any thread.
   *
   * @return several lines
   */
  public String dump() {
    return TaskDump.of(ticking);
  }

  // ---- the end

  /**
   * Cancels all scripts and ticks until they have ended: their {@code finally} blocks run, on the calling thread. Whatever they wait for there comes about
   * at once if it is time of this loop's own; other threads and clocks are waited for. From now on nothing is started from outside. Does nothing
   * if it has been closed.
   *
   * @throws IllegalStateException within a tick of this loop; while another thread ticks it; or if what is left waits, shielded, for what nobody
   *     can bring about: a condition, or each other. It may be closed again then
   */
  @Override
  public void close() {
    new TickEnd(ticking, time).run();
  }

  @Override
  public String toString() {
    return ticking.toString();
  }
}

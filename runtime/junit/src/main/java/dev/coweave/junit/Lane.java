package dev.coweave.junit;

import dev.coweave.loop.Clock;
import dev.coweave.loop.SteppedLoop;
import dev.coweave.task.Task;
import dev.coweave.task.Timer;
import java.util.concurrent.Executor;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** A loop of a simulation, which hands all that it could do to the engine. */
final class Lane implements SteppedLoop.Steps, Clock {
  /** How a clock differs from the world's time. */
  record Drift(LongUnaryOperator local, LongUnaryOperator world) {
    static final Drift NONE = new Drift(t -> t, t -> t);
  }

  final String name;
  final SteppedLoop loop;
  private final Engine engine;
  private final Drift drift;

  /** Called once, when it has nothing left to do; for a node. */
  @Nullable Runnable whenEmpty;

  /** Its tasks may outlive the test: it is a node's. */
  final boolean daemon;

  /** It has lost its power: nothing of it ever runs again. */
  boolean gone;

  @SuppressWarnings("this-escape") // The loop keeps it for later.
  Lane(Engine engine, String name, Drift drift, boolean daemon) {
    this.engine = engine;
    this.name = name;
    this.drift = drift;
    this.daemon = daemon;
    this.loop = new SteppedLoop(name, this, this);
  }

  @Override
  public long nanoTime() {
    return drift.local.applyAsLong(engine.now());
  }

  // ---- what the loop could do

  @Override
  public void ready(SteppedLoop l, Object what) {
    engine.add(what instanceof Task<?> t ? new Step.Turn(this, t) : new Step.LoopJob(this, what));
  }

  @Override
  public void scheduled(SteppedLoop l, Timer timer, long deadline) {
    Step.Alarm alarm = new Step.Alarm(this, timer);
    timer.handle(engine.at(drift.world.applyAsLong(deadline), alarm));
  }

  @Override
  public void withdrawn(Timer timer) {
    if (timer.handle() instanceof Agenda.Entry e) {
      timer.handle(null);
      engine.withdraw(e);
    }
  }

  // ---- what the tasks meet

  @Override
  public int random(int bound) {
    return engine.choice(bound);
  }

  @Override
  public long nextNumber() {
    return engine.nextNumber();
  }

  @Override
  public Executor workers() {
    return engine::offload;
  }

  @Override
  public void failed(String what, Throwable failure) {
    engine.failed(what, failure);
  }

  @Override
  public String toString() {
    return name;
  }
}

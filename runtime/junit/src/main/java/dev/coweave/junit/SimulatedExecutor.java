package dev.coweave.junit;

import dev.coweave.task.Scheduler;
import dev.coweave.task.SchedulingHome;
import java.util.Objects;

/** An executor whose jobs, and the turns of whose tasks, are steps of a simulation. */
final class SimulatedExecutor extends SchedulingHome {
  private final Engine engine;
  private final Lane lane;

  SimulatedExecutor(Engine engine, Lane lane) {
    this.engine = engine;
    this.lane = lane;
  }

  @Override
  protected Scheduler scheduler() {
    return lane.loop.scheduler();
  }

  @Override
  public boolean isHere() {
    return lane.loop.loop().isHere();
  }

  @Override
  public void execute(Runnable job) {
    Objects.requireNonNull(job, "job");
    Step step = new Step.Event(lane, "a job", () -> run(job));
    engine.outside().execute(() -> engine.add(step));
  }

  private void run(Runnable job) {
    try {
      job.run();
    } catch (Throwable t) {
      engine.failed("a job of " + lane.name + " failed", t);
    }
  }

  @Override
  public String toString() {
    return "executor " + lane.name;
  }
}

package dev.coweave.task;

/**
 * A home whose tasks have turns of their own, which aren't jobs of an executor: a task that is started in it runs as one of its own.
 *
 * @hidden
 */
public abstract class SchedulingHome implements Home {
  /** For those who write schedulers. */
  protected SchedulingHome() {}

  /** Where its tasks run. */
  protected abstract Scheduler scheduler();
}

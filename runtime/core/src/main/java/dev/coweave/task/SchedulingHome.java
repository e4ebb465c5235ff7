package dev.coweave.task;

import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A home whose tasks have turns of their own, which aren't jobs of an executor: a task that is started in it runs as one of its own.
 *
 * @hidden
 */
public abstract class SchedulingHome implements Home {
  /** Of homes that extend another class; null for other executors. */
  private static volatile Function<Executor, @Nullable Scheduler> others = e -> null;

  /** For those who write schedulers. */
  protected SchedulingHome() {}

  /** Where its tasks run. */
  protected abstract Scheduler scheduler();

  /**
   * Adds homes that are no subclasses: event loops.
   *
   * @param schedulers tells where the tasks of an executor run; null if that is none of them
   */
  public static void add(Function<Executor, @Nullable Scheduler> schedulers) {
    others = schedulers;
  }

  /** Where tasks run that are started in an executor; null if they are jobs of it. */
  static @Nullable Scheduler schedulerOf(Executor e) {
    return e instanceof SchedulingHome h ? h.scheduler() : others.apply(e);
  }
}

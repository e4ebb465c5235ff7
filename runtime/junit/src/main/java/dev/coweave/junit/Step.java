package dev.coweave.junit;

import dev.coweave.task.Task;
import dev.coweave.task.Timer;
import org.jspecify.annotations.Nullable;

/** Something that can come next in a simulation, and runs undisturbed once it does. */
abstract sealed class Step {
  /** Where it happens; null for the world around the loops. */
  final @Nullable Lane lane;

  private Step(@Nullable Lane lane) {
    this.lane = lane;
  }

  abstract void run();

  /** Whose it is: the steps of one actor have one priority. */
  abstract Object actor();

  /** How traces call it; the same in each run of a seed. */
  abstract String label();

  /** A task's turn, from a wait to the next. */
  static final class Turn extends Step {
    final Lane where;
    final Task<?> task;

    Turn(Lane lane, Task<?> task) {
      super(lane);
      this.where = lane;
      this.task = task;
    }

    @Override
    void run() {
      where.loop.run(task);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // It is only told from others.
    Object actor() {
      return task;
    }

    @Override
    String label() {
      return task.name();
    }
  }

  /** A job of a loop: its oldest. */
  static final class LoopJob extends Step {
    private final Lane where;
    private final Object mark;

    LoopJob(Lane lane, Object mark) {
      super(lane);
      this.where = lane;
      this.mark = mark;
    }

    @Override
    void run() {
      where.loop.run(mark);
    }

    @Override
    Object actor() {
      return where;
    }

    @Override
    String label() {
      return "a job";
    }
  }

  /** A timer fires: a sleep ends, a time-out expires. */
  static final class Alarm extends Step {
    private final Lane where;
    private final Timer timer;

    Alarm(Lane lane, Timer timer) {
      super(lane);
      this.where = lane;
      this.timer = timer;
    }

    @Override
    void run() {
      timer.handle(null);
      where.loop.fire(timer);
    }

    @Override
    Object actor() {
      return this;
    }

    @Override
    String label() {
      return "a timer";
    }
  }

  /** Something that is no loop's: it happens in the world, on a worker, or as a job of an executor, in no order among its others. */
  static final class Event extends Step {
    private final String label;
    private final Runnable action;

    Event(String label, Runnable action) {
      this(null, label, action);
    }

    Event(@Nullable Lane lane, String label, Runnable action) {
      super(lane);
      this.label = label;
      this.action = action;
    }

    @Override
    void run() {
      action.run();
    }

    @Override
    Object actor() {
      return this;
    }

    @Override
    String label() {
      return label;
    }
  }
}

package dev.coweave.loop;

import dev.coweave.task.Scheduler;
import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import dev.coweave.task.TaskState;
import dev.coweave.task.TaskStatus;
import dev.coweave.task.Timer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RunnableScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * A loop whose every step somebody else orders: which of the ready tasks has the next turn, and when a timer fires. So one thread runs several
 * loops, and a test decides every choice among all that could come next. For those who write test kits; not thread-safe, though its {@link #loop}
 * is.
 *
 * <pre>{@code
 * SteppedLoop a = new SteppedLoop("a", clock, steps);
 * a.loop().start(() -> serve());
 * a.receive();                                // steps.ready(a, task)
 * a.enter();
 * a.run(task);                                // its turn: until it waits
 * a.leave();
 * }</pre>
 */
public final class SteppedLoop {
  // The loop itself is as any other, but for its queue and its heap of timers, which only pass on
  // what is put there; nothing ever calls its cycle.

  /** Orders the steps, and stands for the chance and the threads that the tasks would meet. Called on the loop's thread. */
  public interface Steps {
    /**
     * Something can be {@linkplain SteppedLoop#run run}.
     *
     * @param loop where
     * @param what a {@link Task}, or else a mark for the oldest of the loop's jobs
     */
    void ready(SteppedLoop loop, Object what);

    /**
     * A timer was set.
     *
     * @param loop where it is to be {@linkplain SteppedLoop#fire fired}
     * @param deadline when, by the loop's clock
     */
    void scheduled(SteppedLoop loop, Timer timer, long deadline);

    /**
     * A timer was withdrawn, which may not be set any more.
     *
     * @param timer one that was scheduled
     */
    void withdrawn(Timer timer);

    /**
     * A choice by chance.
     *
     * @param bound of how many; positive
     * @return from 0 to less than the bound
     */
    int random(int bound);

    /** The number of the next task that has no name. */
    long nextNumber();

    /** Returns the executor of calls that may block. */
    Executor workers();

    /**
     * Something failed, and nobody asks for it. Any thread.
     *
     * @param what in words
     * @param failure what was thrown
     */
    void failed(String what, Throwable failure);
  }

  final Steps steps;
  private final LoopScheduler core;

  /**
   * A loop that nobody steps yet.
   *
   * @param name how messages call it
   * @param clock by which its timers go
   * @param steps who orders its steps
   */
  @SuppressWarnings("this-escape") // The core keeps it for later.
  public SteppedLoop(String name, Clock clock, Steps steps) {
    this.steps = steps;
    this.core = new LoopScheduler(clock, name, new Order(), EventLoop::new);
  }

  /** Passes on what the loop asks. */
  private final class Order implements Stepping {
    /** Ready tasks aren't kept here. */
    @Override
    public ReadyQueue queue() {
      return new ReadyQueue() {
        @Override
        void add(Object o) {
          steps.ready(SteppedLoop.this, o);
        }
      };
    }

    /** Timers aren't kept here. */
    @Override
    public TimerHeap timers() {
      return new TimerHeap() {
        @Override
        void add(Timer t, long deadline) {
          steps.scheduled(SteppedLoop.this, t, deadline);
        }

        @Override
        void remove(Timer t) {
          steps.withdrawn(t);
        }
      };
    }

    @Override
    public int random(int bound) {
      return steps.random(bound);
    }

    @Override
    public long nextNumber() {
      return steps.nextNumber();
    }

    @Override
    public Executor workers() {
      return steps.workers();
    }

    @Override
    public void failed(String what, Throwable failure) {
      steps.failed(what, failure);
    }
  }

  /** The loop as its users know it. */
  public EventLoop loop() {
    return (EventLoop) core.face();
  }

  /** Where its tasks run; for executors. */
  public Scheduler scheduler() {
    return core;
  }

  /** Whether {@link #receive} has something to do. Any thread. */
  public boolean isFilled() {
    return core.inbox.isFilled();
  }

  /** Takes what other loops and threads have handed in. */
  public void receive() {
    core.inbox.drain(core);
  }

  /** The calling thread is the loop's from now on. */
  public void enter() {
    core.enterThread();
  }

  /** It isn't any more. */
  public void leave() {
    core.leaveThread();
  }

  /**
   * Gives a task its turn, or runs a job. Entered.
   *
   * @param what of {@link Steps#ready}
   */
  public void run(Object what) {
    core.pulse.step();
    if (what instanceof TaskState<?> t) {
      core.continuation.turn(t);
    } else {
      runJob();
    }
  }

  private void runJob() {
    Runnable job = core.takeJob();
    if (job == null) {
      return;
    }
    try {
      job.run();
    } catch (Throwable t) {
      steps.failed("a job of " + core + " failed", t);
    }
  }

  /**
   * Fires a timer. Entered.
   *
   * @param timer of {@link Steps#scheduled}
   */
  public void fire(Timer timer) {
    core.pulse.step();
    timer.fire();
  }

  /** Its tasks that have not ended, oldest first. */
  public List<TaskState<?>> tasks() {
    return core.allTasks();
  }

  /** Whether nothing is left to do: no task and no job. */
  public boolean isEmpty() {
    return core.nothingIsLeft();
  }

  /** How many calls of its tasks are out on other threads. */
  public int calls() {
    return core.workersNow();
  }

  /** Cancels all tasks, and those that they start from now on. */
  public void cancelAll() {
    core.cancelAll();
  }

  /** Cancels the jobs that would repeat for ever. Returns how many there were. */
  public int cancelRepeating() {
    List<RunnableScheduledFuture<?>> all =
        core.inbox.delayed().stream().filter(RunnableScheduledFuture::isPeriodic).toList();
    all.forEach(job -> job.cancel(false));
    return all.size();
  }

  /** Whether its tasks are being cancelled. */
  public boolean isCancelling() {
    return core.isCancelling();
  }

  /** Nobody can ask for the outcomes of its tasks any more: those that failed unasked are told of. */
  public void end() {
    core.inbox.shutdown();
    core.continuation.reportUnobserved();
  }

  /** Whether all its tasks wait for another: for a lock, a channel, a task. */
  public boolean isStuck() {
    return core.workersNow() == 0 && core.tasks().stream().allMatch(SteppedLoop::isStuck);
  }

  private static boolean isStuck(TaskState<?> t) {
    return TaskStatus.waitsForAnother(t)
        || TaskStatus.waitsForTasksOn(
            t, s -> s instanceof LoopScheduler other && other.isStepped());
  }

  /**
   * Wakes a thread when something is handed in; see {@link java.util.concurrent.locks.LockSupport}.
   *
   * @param sleeper who is about to park; null when it goes on
   */
  public void wakes(@Nullable Thread sleeper) {
    core.inbox.wakes(sleeper);
  }

  /**
   * Describes the tasks of loops; see {@link TaskDump}.
   *
   * @param loops any
   * @return lines without a line break at the end
   */
  public static String dump(List<SteppedLoop> loops) {
    return TaskDump.ofAll(loops.stream().map(l -> l.core).toList());
  }

  @Override
  public String toString() {
    return core.toString();
  }
}

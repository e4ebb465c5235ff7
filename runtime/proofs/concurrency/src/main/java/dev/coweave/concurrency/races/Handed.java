package dev.coweave.concurrency.races;

import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** A job and then a task that one thread hands to a loop, and what became of them. */
final class Handed {
  final EventLoop loop = EventLoop.create(Clock.system());
  private final AtomicInteger jobRan = new AtomicInteger();
  private final AtomicInteger taskRan = new AtomicInteger();
  private boolean jobAccepted;

  /** Null if it was refused. */
  private Task<Void> task;

  void hand() {
    try {
      loop.execute(() -> runs(jobRan));
      jobAccepted = true;
    } catch (RejectedExecutionException e) {
      // what the outcome shows
    }
    try {
      task = loop.start(() -> runs(taskRan));
    } catch (RejectedExecutionException e) {
      // likewise
    }
  }

  private void runs(AtomicInteger count) {
    count.addAndGet(loop.isTerminated() ? 100 : 1);
  }

  String job() {
    return fate(jobAccepted, jobRan.get());
  }

  String task() {
    return task == null || task.isDone() ? fate(task != null, taskRan.get()) : "hangs";
  }

  /** The loop has terminated. */
  private static String fate(boolean accepted, int ran) {
    return accepted && ran == 1 ? "ended" : !accepted && ran == 0 ? "refused" : "lost or late";
  }
}

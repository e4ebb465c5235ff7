package dev.coweave.loop;

import dev.coweave.task.Timer;
import java.util.concurrent.Callable;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A job that a loop runs at a time, once or again and again. */
final class Delayed<V extends @Nullable Object> extends Job<V>
    implements RunnableScheduledFuture<V> {
  /** Nanoseconds: 0 once, positive from start to start, negative from end to start. */
  private final long period;

  final Timer timer =
      new Timer() {
        @Override
        public void fire() {
          run();
        }
      };

  Delayed(JobHost loop, Callable<V> job, long delay, long period) {
    super(loop, job);
    this.period = period;
    timer.deadline = loop.nanoTime() + delay;
  }

  @Override
  public boolean isPeriodic() {
    return period != 0;
  }

  @Override
  public void run() {
    if (!loop.begins(this)) {
      return; // who took it cancels it
    }
    if (period == 0) {
      super.run();
    } else if (runAndReset()) {
      timer.deadline = period > 0 ? timer.deadline + period : loop.nanoTime() - period;
      loop.add(timer);
    } else {
      endInterrupt();
    }
  }

  @Override
  protected void done() {
    loop.ended(this, timer);
  }

  @Override
  public long getDelay(TimeUnit unit) {
    return unit.convert(timer.deadline - loop.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public int compareTo(java.util.concurrent.Delayed other) {
    return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }
}

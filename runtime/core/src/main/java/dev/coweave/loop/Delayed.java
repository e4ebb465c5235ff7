package dev.coweave.loop;

import dev.coweave.task.PlainTimer;
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

  /** When it runs next, by the loop's clock. */
  private long deadline;

  private final Timer timer =
      new PlainTimer() {
        @Override
        public void fire() {
          run();
        }
      };

  Delayed(JobHost loop, Callable<V> job, long delay, long period) {
    super(loop, job);
    this.period = period;
    deadline = loop.nanoTime() + delay;
  }

  /** It runs at its next time. */
  void setTimer() {
    loop.add(timer, deadline);
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
      deadline = period > 0 ? deadline + period : loop.nanoTime() - period;
      setTimer();
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
    return unit.convert(deadline - loop.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public int compareTo(java.util.concurrent.Delayed other) {
    return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }
}

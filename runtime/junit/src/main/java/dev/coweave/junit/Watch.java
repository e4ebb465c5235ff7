package dev.coweave.junit;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Looks after a run now and then, on a thread of its own: a task that never waits is told of. */
final class Watch {
  private static final long PERIOD_MILLIS = 250;

  private static final ScheduledThreadPoolExecutor WATCHMAN = watchman();

  private final ScheduledFuture<?> looks;

  private Watch(ScheduledFuture<?> looks) {
    this.looks = looks;
  }

  private static ScheduledThreadPoolExecutor watchman() {
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(
            1,
            r -> {
              Thread t = new Thread(r, "coweave-junit-watch");
              t.setDaemon(true);
              return t;
            });
    pool.setRemoveOnCancelPolicy(true);
    return pool;
  }

  static Watch over(Outside run) {
    return new Watch(
        WATCHMAN.scheduleWithFixedDelay(
            run::watch, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS));
  }

  void end() {
    looks.cancel(false);
  }
}

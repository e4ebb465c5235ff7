package dev.coweave.loop;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;

/**
 * The sleep of a loop on a worker of a {@link ForkJoinPool}: the pool may let another work meanwhile, as for {@code join()}, for what the
 * loop waits for may be a job of the same pool.
 */
final class ManagedSleep implements ForkJoinPool.ManagedBlocker {
  private final Core core;
  private final long nanos;

  private ManagedSleep(Core core, long nanos) {
    this.core = core;
    this.nanos = nanos;
  }

  /** Sleeps until something comes in or a channel is ready, for a time at most. */
  static void sleep(Core core, long nanos) {
    ManagedSleep s = new ManagedSleep(core, nanos);
    try {
      ForkJoinPool.managedBlock(s);
    } catch (
        RejectedExecutionException e) { // The pool has as many threads as it may: it goes without.
      s.block();
    } catch (InterruptedException e) { // not thrown by block
      throw new AssertionError(e);
    }
  }

  @Override
  public boolean block() {
    core.inbox.sleep(nanos, core.waitedPoller());
    return true; // A cycle of the loop sees what for.
  }

  @Override
  public boolean isReleasable() {
    return core.inbox.isFilled();
  }
}

package dev.coweave.loop;

import dev.coweave.wait.Poller;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The sleep of a loop on a worker of a {@link ForkJoinPool}: the pool may let another work meanwhile, as for {@code join()}, for what the
 * loop waits for may be a job of the same pool.
 */
final class ManagedSleep implements ForkJoinPool.ManagedBlocker {
  private final Inbox inbox;
  private final long nanos;
  private final @Nullable Poller channels;

  private ManagedSleep(Inbox inbox, long nanos, @Nullable Poller channels) {
    this.inbox = inbox;
    this.nanos = nanos;
    this.channels = channels;
  }

  /** Sleeps as {@link Inbox#sleep} does. */
  static void sleep(Inbox inbox, long nanos, @Nullable Poller channels) {
    ManagedSleep s = new ManagedSleep(inbox, nanos, channels);
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
    inbox.sleep(nanos, channels);
    return true; // A cycle of the loop sees what for.
  }

  @Override
  public boolean isReleasable() {
    return inbox.isFilled();
  }
}

package dev.coweave.concurrency.races;

import dev.coweave.Coroutine;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/** A permit, and a lock, are passed to tasks that are cancelled while they wait for them: nothing is lost and nothing doubled. */
@JCStressTest
@Outcome(id = "acquired, 0, locked, true", expect = Expect.ACCEPTABLE, desc = "both passed")
@Outcome(id = "cancelled, 1, locked, true", expect = Expect.ACCEPTABLE, desc = "the lock passed")
@Outcome(
    id = "acquired, 0, cancelled, false",
    expect = Expect.ACCEPTABLE,
    desc = "the permit passed")
@Outcome(id = "cancelled, 1, cancelled, false", expect = Expect.ACCEPTABLE, desc = "neither")
@State
public class PermitOrCancellation {
  private final Semaphore semaphore = new Semaphore(0);
  private final Mutex mutex = new Mutex();
  private final boolean held = mutex.tryLock();
  private final Task<String> acquires = Task.start(Runnable::run, () -> acquire());
  private final Task<String> locks = Task.start(Runnable::run, () -> lock());

  @Coroutine
  private String acquire() {
    semaphore.acquire();
    return "acquired";
  }

  @Coroutine
  private String lock() {
    mutex.lock();
    return "locked";
  }

  /** Passes both on. */
  @Actor
  public void pass() {
    semaphore.release();
    mutex.unlock();
  }

  /** Cancels both. */
  @Actor
  public void cancel() {
    acquires.cancel(false);
    locks.cancel(false);
  }

  /** Looks. */
  @Arbiter
  public void look(LLLL_Result r) {
    r.r1 = Outcomes.of(acquires);
    r.r2 = semaphore.available();
    r.r3 = Outcomes.of(locks);
    r.r4 = held && mutex.isLocked();
  }
}

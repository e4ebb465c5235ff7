package dev.coweave.concurrency.races;

import dev.coweave.task.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** What a task awaits comes, and it is cancelled: it goes on once, with the one or the other. */
@JCStressTest
@Outcome(id = "value, 1", expect = Expect.ACCEPTABLE, desc = "the value came first")
@Outcome(id = "cancelled, 1", expect = Expect.ACCEPTABLE, desc = "the cancellation came first")
@State
public class CompletionOrCancellation {
  private final CompletableFuture<String> future = new CompletableFuture<>();
  private final AtomicInteger ends = new AtomicInteger();
  private final Task<String> task =
      Task.start(
          Runnable::run,
          () -> {
            try {
              return Task.await(future);
            } finally {
              ends.incrementAndGet();
            }
          });

  /** Completes. */
  @Actor
  public void complete() {
    future.complete("value");
  }

  /** Cancels. */
  @Actor
  public void cancel() {
    task.cancel(false);
  }

  /** Looks. */
  @Arbiter
  public void look(LI_Result r) {
    r.r1 = Outcomes.of(task);
    r.r2 = ends.get();
  }
}

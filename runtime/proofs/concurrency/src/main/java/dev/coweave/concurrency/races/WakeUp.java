package dev.coweave.concurrency.races;

import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** Two threads hand something to a loop that has just fallen asleep, or is about to: it wakes up for both. */
@JCStressTest
@Outcome(id = "task, job", expect = Expect.ACCEPTABLE, desc = "both were run")
@State
public class WakeUp {
  private static final EventLoop LOOP = Outcomes.loop();

  private final CompletableFuture<String> future = new CompletableFuture<>();
  private final CompletableFuture<String> job = new CompletableFuture<>();
  private final Task<String> task = LOOP.start(() -> Task.await(future));

  /** Completes what a task awaits. */
  @Actor
  public void complete() {
    future.complete("task");
  }

  /** Hands in a job. */
  @Actor
  public void execute() {
    LOOP.execute(() -> job.complete("job"));
  }

  /** Waits. */
  @Arbiter
  public void look(LL_Result r) {
    r.r1 = outcome(task);
    r.r2 = outcome(job);
  }

  private static String outcome(CompletableFuture<String> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      return e.toString();
    }
  }
}

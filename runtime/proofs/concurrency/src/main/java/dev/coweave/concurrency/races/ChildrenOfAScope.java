package dev.coweave.concurrency.races;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** The last two children of a scope end: who joins it goes on, once, with both. */
@JCStressTest
@Outcome(id = "first second", expect = Expect.ACCEPTABLE, desc = "joined")
@State
public class ChildrenOfAScope {
  private final CompletableFuture<String> first = new CompletableFuture<>();
  private final CompletableFuture<String> second = new CompletableFuture<>();
  private final Task<String> owner = Task.start(Runnable::run, () -> join());

  @Coroutine
  private String join() throws Exception {
    try (TaskScope scope = TaskScope.open()) {
      Task<String> a = scope.fork(() -> Task.await(first));
      Task<String> b = scope.fork(() -> Task.await(second));
      scope.join();
      return a.join() + " " + b.join();
    }
  }

  /** Ends one child. */
  @Actor
  public void endFirst() {
    first.complete("first");
  }

  /** Ends the other. */
  @Actor
  public void endSecond() {
    second.complete("second");
  }

  /** Looks. */
  @Arbiter
  public void look(L_Result r) {
    r.r1 = Outcomes.of(owner);
  }
}

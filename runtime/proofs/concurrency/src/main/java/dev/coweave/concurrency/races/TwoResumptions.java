package dev.coweave.concurrency.races;

import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZL_Result;

/** Two end a wait, one with a value and one with a failure: exactly one is told that it has. */
@JCStressTest
@Outcome(id = "true, false, value", expect = Expect.ACCEPTABLE, desc = "the value came first")
@Outcome(id = "false, true, failed", expect = Expect.ACCEPTABLE, desc = "the failure came first")
@State
public class TwoResumptions {
  private Resumption<String> resumption;
  private final Task<String> task =
      Task.start(Runnable::run, () -> Task.suspend(r -> resumption = r));

  /** Ends it with a value. */
  @Actor
  public void resume(ZZL_Result r) {
    r.r1 = resumption.resume("value");
  }

  /** Ends it with a failure. */
  @Actor
  public void fail(ZZL_Result r) {
    r.r2 = resumption.fail(new IOException());
  }

  /** Looks. */
  @Arbiter
  public void look(ZZL_Result r) {
    r.r3 = Outcomes.of(task);
  }
}

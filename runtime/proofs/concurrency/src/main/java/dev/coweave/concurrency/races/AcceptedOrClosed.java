package dev.coweave.concurrency.races;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLZ_Result;

/** A job and a task are handed to a loop while it is closed, which does what was accepted: nothing is lost, and nothing begins later. */
@JCStressTest
@Outcome(id = "ended, ended, true", expect = Expect.ACCEPTABLE, desc = "both came first")
@Outcome(id = "ended, refused, true", expect = Expect.ACCEPTABLE, desc = "the job came first")
@Outcome(id = "refused, refused, true", expect = Expect.ACCEPTABLE, desc = "neither did")
@State
public class AcceptedOrClosed {
  private final Handed handed = new Handed();

  /** Hands in a job and a task. */
  @Actor
  public void hand() {
    handed.hand();
  }

  /** Closes. */
  @Actor
  public void close() {
    handed.loop.close();
  }

  /** Looks, when all that was accepted has been done. */
  @Arbiter
  public void look(LLZ_Result r) {
    r.r1 = handed.job();
    r.r2 = handed.task();
    r.r3 = handed.loop.isTerminated();
  }
}

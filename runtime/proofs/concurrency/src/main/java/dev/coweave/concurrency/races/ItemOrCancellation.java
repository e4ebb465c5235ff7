package dev.coweave.concurrency.races;

import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZL_Result;

/** An item is sent to a task that is cancelled while it waits to receive: whoever sends it is told whether it was taken. */
@JCStressTest
@Outcome(id = "true, item", expect = Expect.ACCEPTABLE, desc = "the item came first")
@Outcome(id = "false, cancelled", expect = Expect.ACCEPTABLE, desc = "nobody waited any more")
@State
public class ItemOrCancellation {
  private final Channel<String> channel = new Channel<>(0);
  private final Task<String> task = Task.start(Runnable::run, () -> channel.receive());

  /** Sends. */
  @Actor
  public void send(ZL_Result r) {
    r.r1 = channel.trySend("item");
  }

  /** Cancels. */
  @Actor
  public void cancel() {
    task.cancel(false);
  }

  /** Looks. */
  @Arbiter
  public void look(ZL_Result r) {
    r.r2 = Outcomes.of(task);
  }
}

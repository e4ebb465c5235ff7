package dev.coweave.loop;

import dev.coweave.coroutine.Entry;
import dev.coweave.task.ExecutorScheduler;
import dev.coweave.task.NewTask;
import dev.coweave.task.PlainEntry;
import dev.coweave.task.TaskContinuation;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Makes the entries of plain calls and of async calls; found as a service. */
public final class LoopEntries implements Entry.Provider {
  /** For the service loader. */
  public LoopEntries() {}

  @Override
  public Entry plain() {
    Object[] place = TaskContinuation.place();
    TaskContinuation here = TaskContinuation.at(place);
    if (here == null) {
      return new PlainLoop(place);
    }
    return here instanceof ExecutorScheduler ended && ended.letsCallbacksWait()
        ? new CallbackLoop(place, ended)
        : new PlainEntry(here);
  }

  @Override
  public Entry async() {
    TaskContinuation here = TaskContinuation.here();
    return here == null
        ? ExecutorScheduler.beginAsync(HomeLookup.ofThread(), NewTask::asyncCall)
        : here.beginAsync(NewTask::asyncCall);
  }

  @Override
  public @Nullable Executor homeHere() {
    return HomeLookup.ofThread();
  }
}

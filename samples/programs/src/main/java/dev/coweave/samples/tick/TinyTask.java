package dev.coweave.samples.tick;

import dev.coweave.generator.Generator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * A task in fifteen lines: it runs a generator that yields the futures it wants to wait for, and is
 * itself a future for the generator's result. So worked asyncio before Python had the word {@code
 * await}; {@link dev.coweave.task.Task} does more (it can be cancelled, is fair, and knows its
 * loop) and needs no yield for it.
 */
final class TinyTask<T> extends CompletableFuture<T> {
  private final Generator<? extends CompletionStage<?>> body;
  private final Executor executor;

  TinyTask(Executor executor, Generator<? extends CompletionStage<?>> body) {
    this.executor = executor;
    this.body = body;
    executor.execute(() -> step(null, null));
  }

  /**
   * Runs the body to its next yield, handing it the outcome of the future that it yielded before.
   */
  private void step(Object value, Throwable failure) {
    try {
      CompletionStage<?> awaited = failure == null ? body.send(value) : body.raise(failure);
      // The done callback wakes the body up through the executor, never from inside whoever
      // completes the future: each task that ends would run the one that waits for it on top of
      // its own stack.
      awaited.whenCompleteAsync(this::step, executor);
    } catch (NoSuchElementException end) {
      complete(body.result());
    } catch (Throwable t) {
      completeExceptionally(t);
    }
  }
}

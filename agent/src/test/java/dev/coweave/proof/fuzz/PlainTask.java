package dev.coweave.proof.fuzz;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What {@code await} means in the plain run, where nothing waits. An async method that throws throws at its caller there, who awaits it at
 * once: both are the same to him.
 */
public final class PlainTask {
  private PlainTask() {}

  public static Object await(CompletableFuture<?> future) throws Throwable {
    if (future.isCompletedExceptionally()) {
      throw future.handle((value, failure) -> failure).get();
    }
    return future.get();
  }

  public static Object await(CompletionStage<?> stage) throws Throwable {
    return await(stage.toCompletableFuture());
  }
}

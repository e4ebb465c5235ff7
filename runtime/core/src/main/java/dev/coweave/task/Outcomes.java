package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a future that is complete: its value, or its failure as the very object.
 *
 * @hidden
 */
public final class Outcomes {
  private Outcomes() {}

  /** The value of a future that is complete with one; else, or if the value is null, null. One volatile read. */
  static <T extends @Nullable Object> @Nullable T valueIfAny(CompletableFuture<T> future) {
    try {
      return future.getNow(null);
    } catch (CompletionException | CancellationException e) {
      return null;
    }
  }

  /** The value of a complete future; its failure is thrown as it is, checked or not. */
  public static <T extends @Nullable Object> T of(CompletableFuture<T> complete) {
    if (complete.isCompletedExceptionally()) {
      Continuation.<RuntimeException>sneakyThrow(failure(complete));
    }
    return complete.getNow(null);
  }

  static Throwable failure(CompletableFuture<?> failed) {
    // The getters wrap and, in newer JDKs, copy the failure; a dependent sees the object itself.
    Throwable failure = failed.<@Nullable Throwable>handle((value, f) -> f).getNow(null);
    return unwrap(Objects.requireNonNull(failure));
  }

  /** A failure as it was thrown, without what futures wrap it in. */
  static Throwable unwrap(Throwable failure) {
    Throwable t = failure;
    while (t instanceof CompletionException && t.getCause() != null) {
      t = t.getCause();
    }
    return Cancelled.asThrown(t);
  }
}

package dev.coweave.samples.hello;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A remote service that is busy twice before it answers. */
final class Oracle {
  private int calls;

  CompletableFuture<String> ask(String question) {
    return CompletableFuture.supplyAsync(() -> question).thenCompose(this::answer);
  }

  private CompletableFuture<String> answer(String question) {
    return ++calls < 3
        ? CompletableFuture.failedFuture(new IOException("busy"))
        : CompletableFuture.completedFuture(
            "the answer to '" + question + "' is 42, at attempt " + calls);
  }
}

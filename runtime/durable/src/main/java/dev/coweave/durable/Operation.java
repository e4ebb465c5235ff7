package dev.coweave.durable;

import dev.coweave.durable.sql.NewRun;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a run does at the durable wait that it has come to. */
sealed interface Operation {
  record DoStep(String name, Retry retry, Step<?, ?> body) implements Operation {}

  record Transact(String name, Isolation isolation, Step.Transaction<?, ?> body)
      implements Operation {}

  record Sleep(Duration time) implements Operation {}

  /** @param timeout how long; null for as long as it takes */
  record Receive(String name, @Nullable Duration timeout) implements Operation {}

  record Await(String run) implements Operation {}

  record AwaitAll(List<String> runs) implements Operation {}

  record Start(NewRun run) implements Operation {}

  record StartAll(List<NewRun> runs) implements Operation {}

  record Send(String run, String name, @Nullable String messageId, @Nullable Object message)
      implements Operation {}

  record CancelRun(String run) implements Operation {}

  /** A hundred million years, in milliseconds: {@code ChronoUnit.FOREVER} can be added to no time. */
  long FOREVER = Duration.ofDays(36_500_000_000L).toMillis();

  /** In milliseconds, none for a time before now. */
  static long millis(Duration time) {
    return time.isNegative()
        ? 0
        : time.compareTo(Duration.ofMillis(FOREVER)) > 0 ? FOREVER : time.toMillis();
  }
}

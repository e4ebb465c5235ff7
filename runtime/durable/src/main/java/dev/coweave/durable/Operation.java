package dev.coweave.durable;

import dev.coweave.durable.sql.NewRun;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a run does at the durable wait that it has come to. */
sealed interface Operation {
  record DoStep(String name, Retry retry, Step<?, ?> body) implements Operation {}

  record Transact(String name, Step.Transaction<?, ?> body) implements Operation {}

  record Sleep(Duration time) implements Operation {}

  /** @param timeout how long; null for as long as it takes */
  record Receive(String name, Class<?> type, @Nullable Duration timeout) implements Operation {}

  record Await(String run) implements Operation {}

  record AwaitAll(List<String> runs) implements Operation {}

  record Start(NewRun run) implements Operation {}

  record StartAll(List<NewRun> runs) implements Operation {}

  record Send(String run, String name, @Nullable String messageId, @Nullable Object message)
      implements Operation {}

  record CancelRun(String run) implements Operation {}
}

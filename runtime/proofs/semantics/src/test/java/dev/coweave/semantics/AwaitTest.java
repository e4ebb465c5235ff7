package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Awaiting each kind of future: its value, or its failure itself. */
class AwaitTest extends InVirtualTime {
  private final IOException failure = new IOException("theirs");

  @Test
  void ofACompleteFuture_doesNotLetOthersRun() throws Exception {
    run(
        () -> {
          Task.start(() -> log.add("other"));
          log.add(Task.await(CompletableFuture.completedFuture("value")));
        });
    assertLog("value", "other");
  }

  @Test
  void ofAFutureThatIsCompletedLater_givesItsValue_nullToo() throws Exception {
    run(
        () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          CompletableFuture<String> empty = new CompletableFuture<>();
          Task.start(
              () -> {
                sleepFor(1);
                future.complete("value");
                empty.complete(null);
              });
          assertEquals("value", Task.await(future));
          assertNull(Task.await(empty));
          assertNull(Task.await(CompletableFuture.completedFuture((String) null)));
        });
  }

  @Test
  void aFailure_isThrownAsItIs_whetherItIsThereOrComes() throws Exception {
    run(
        () -> {
          CompletableFuture<String> failed = CompletableFuture.failedFuture(failure);
          assertSame(failure, thrown(IOException.class, () -> Task.await(failed)));
          CompletableFuture<String> fails = new CompletableFuture<>();
          Task<IOException> t =
              Task.start(() -> thrown(IOException.class, () -> Task.await(fails)));
          Task.yield();
          fails.completeExceptionally(failure);
          assertSame(failure, Task.await(t));
        });
  }

  @Test
  void wrappersOfTheWay_areTakenOff_howeverManyStagesThereWere() throws Exception {
    run(
        () -> {
          CompletableFuture<String> fails = new CompletableFuture<>();
          CompletableFuture<String> dependent = fails.thenApply(s -> s).thenCompose(s -> fails);
          fails.completeExceptionally(new CompletionException(new CompletionException(failure)));
          assertSame(failure, thrown(IOException.class, () -> Task.await(dependent)));
          assertSame(
              failure,
              thrown(IOException.class, () -> Task.await((CompletionStage<String>) dependent)));
        });
  }

  @Test
  void aCompletionExceptionWithoutACause_isThrownItself() throws Exception {
    CompletionException bare = new CompletionException("bare", null);
    run(
        () ->
            assertSame(
                bare,
                thrown(
                    CompletionException.class,
                    () -> Task.await(CompletableFuture.failedFuture(bare)))));
  }

  @Test
  void withTheFailuresClass_itsCatchClauseCompiles() throws Exception {
    run(() -> assertSame(failure, caught(CompletableFuture.failedFuture(failure))));
  }

  @Coroutine
  private static IOException caught(CompletionStage<String> stage) {
    try {
      throw new AssertionError(Task.await(stage, IOException.class));
    } catch (IOException e) {
      return e;
    }
  }

  @Test
  void aFailureOfAnotherClass_isThrownAllTheSame() throws Exception {
    run(
        () -> {
          IllegalStateException other = new IllegalStateException();
          CompletableFuture<String> failed = CompletableFuture.failedFuture(other);
          assertSame(other, thrown(IllegalStateException.class, () -> caught(failed)));
        });
  }

  @Test
  void ofACancelledFuture_isACancellationException() throws Exception {
    run(
        () -> {
          CompletableFuture<String> cancelled = new CompletableFuture<>();
          cancelled.cancel(true);
          thrown(CancellationException.class, () -> Task.await(cancelled));
          thrown(CancellationException.class, () -> Task.await(cancelled.thenApply(s -> s)));
        });
  }

  @Test
  void ofAStageThatIsNoFuture_waitsForItsCallback() throws Exception {
    run(
        () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          CompletionStage<String> minimal = future.minimalCompletionStage();
          Task<String> t = Task.start(() -> Task.await(minimal));
          Task.yield();
          future.complete("value");
          assertEquals("value", Task.await(t));
          assertEquals("value", Task.await(minimal));
        });
  }

  @Test
  void ofAFutureThatIsNoStage_holdsAWorker_notTheLoop() throws Exception {
    run(
        () -> {
          FutureTask<String> plain = new FutureTask<>(() -> "value");
          Task<String> t = Task.start(() -> Task.await((Future<String>) plain));
          Task.yield();
          log.add("the loop goes on");
          plain.run();
          assertEquals("value", Task.await(t));
          assertEquals("value", Task.await((Future<String>) plain));
        });
    assertLog("the loop goes on");
  }

  @Test
  void ofAFutureThatIsNoStage_failuresAreUnwrappedToo() throws Exception {
    run(
        () -> {
          FutureTask<String> fails =
              new FutureTask<>(
                  () -> {
                    throw failure;
                  });
          Task<IOException> t =
              Task.start(() -> thrown(IOException.class, () -> Task.await((Future<String>) fails)));
          Task.yield();
          fails.run();
          assertSame(failure, Task.await(t));
          assertSame(failure, thrown(IOException.class, () -> Task.await((Future<String>) fails)));
        });
  }

  @Test
  void ofAFutureThatIsNoStage_cancelled_isACancellationException() throws Exception {
    run(
        () -> {
          FutureTask<String> cancelled = new FutureTask<>(() -> "never");
          cancelled.cancel(true);
          thrown(CancellationException.class, () -> Task.await((Future<String>) cancelled));
        });
  }

  @Test
  void ofAFutureTypedAsFuture_thatIsAStage_holdsNoWorker() throws Exception {
    run(
        () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          Future<String> typed = future;
          Task<String> t = Task.start(() -> Task.await(typed));
          Task.yield();
          assertTrue(
              Thread.getAllStackTraces().values().stream()
                  .noneMatch(s -> java.util.Arrays.toString(s).contains("Awaiting.get")));
          future.complete("value");
          assertEquals("value", Task.await(t));
        });
  }

  @Test
  void ofNull_isANullPointerException_inTheCaller() throws Exception {
    run(
        () -> {
          thrown(NullPointerException.class, () -> Task.await((CompletableFuture<String>) null));
          thrown(NullPointerException.class, () -> Task.await((CompletionStage<String>) null));
          thrown(NullPointerException.class, () -> Task.await((Future<String>) null));
        });
  }

  @Test
  void oneFuture_mayBeAwaitedByMany_whoGoOnInTheirOrder() throws Exception {
    run(
        () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          for (String name : new String[] {"a", "b", "c"}) {
            Task.start(() -> log.add(name + Task.await(future)));
          }
          Task.yield();
          future.complete("!");
          sleepFor(1);
        });
    assertEquals(3, log.size());
  }

  @Test
  void aStageWhoseCallbackThrows_failsTheWait() throws Exception {
    run(
        () ->
            assertNotNull(
                thrown(
                    ArithmeticException.class,
                    () -> Task.await(CompletableFuture.completedFuture(0).thenApply(n -> 1 / n)))));
  }

  @Test
  void byGet_theFailureWouldBeWrapped_byAwaitItIsNot() throws Exception {
    run(
        () -> {
          CompletableFuture<String> failed = CompletableFuture.failedFuture(failure);
          assertSame(failure, thrown(ExecutionException.class, () -> failed.get()).getCause());
          assertSame(failure, thrown(IOException.class, () -> Task.await(failed)));
        });
  }
}

package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tasks have names, by which whatever speaks of them calls them. */
class NamesTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  @Coroutine
  private static void fails() {
    Task.sleep(MOMENT);
    throw new IllegalArgumentException("broken");
  }

  @Test
  void aNameGivenAtStart_isTheTasks() throws Exception {
    List<String> names = new ArrayList<>();
    CoroutineRunnable acts = () -> names.add(Task.current().name());
    CoroutineCallable<String> gives = () -> Task.current().name();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          names.add(Task.start("a", gives).await());
          Task.start("b", acts).await();
          names.add(Task.start(Runnable::run, "c", gives).await());
          Task.start(Runnable::run, "d", acts).await();
          try (TaskScope scope = TaskScope.open()) {
            names.add(scope.fork("e", gives).await());
            scope.fork("f", acts).await();
            scope.join();
          }
          names.add(EventLoop.current().start("g", gives).await());
          EventLoop.current().start("h", acts).await();
        });
    assertEquals(List.of("a", "b", "c", "d", "e", "f", "g", "h"), names);
  }

  @Test
  void aNameThatIsNull_isRefused() throws Exception {
    String none = null;
    CoroutineRunnable body = () -> {};
    EventLoop.run(
        new VirtualClock(),
        () -> {
          assertThrows(NullPointerException.class, () -> Task.start(none, body));
          assertThrows(NullPointerException.class, () -> EventLoop.current().start(none, body));
          assertEquals(1, Task.all().size());
        });
  }

  @Test
  void aTaskWithoutAName_getsANumber_andKeepsIt() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task<Void> one = Task.start(() -> Task.sleep(MOMENT));
          Task<Void> other = Task.start(() -> Task.sleep(MOMENT));
          String name = one.name();
          assertTrue(name.matches("task-\\d+"), name);
          assertNotEquals(name, other.name());
          one.await();
          assertEquals(name, one.name());
        });
  }

  @Test
  void toString_saysWhatATaskDoes() throws Exception {
    Channel<String> channel = new Channel<>(0);
    CompletableFuture<String> future = new CompletableFuture<>();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task<String> receiver = Task.start("receiver", () -> channel.receive());
          assertEquals("Task[receiver, ready]", receiver.toString());
          Task<String> awaits = Task.start("awaits", () -> Task.await(receiver));
          Task<String> other = Task.start("other", () -> Task.await(future));
          Task<String> fails = Task.start("fails", () -> Task.<String>await(new Broken()));
          Task<String> itself = Task.start("itself", () -> Task.current().toString());
          Task.yield();
          assertEquals("Task[receiver, waiting in Channel.receive]", receiver.toString());
          assertEquals("Task[awaits, waiting in Task.await of receiver]", awaits.toString());
          assertEquals("Task[other, waiting in Task.await]", other.toString());
          assertEquals("Task[itself, running]", itself.await());
          assertEquals("Task[itself, done]", itself.toString());
          fails.exceptionally(e -> "told");
          assertEquals("Task[fails, failed]", fails.toString());
          other.cancel(false);
          assertEquals("Task[other, ready, to be cancelled]", other.toString());
          Task.yield();
          assertEquals("Task[other, cancelled]", other.toString());
          channel.send("x");
          assertEquals("Task[receiver, ready]", receiver.toString());
          assertEquals("x", awaits.await());
        });
  }

  private static final class Broken extends CompletableFuture<String> {
    Broken() {
      completeExceptionally(new IllegalStateException("broken"));
    }
  }

  @Test
  void logicalStacks_beginWithTheName() throws Exception {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task.start("crawler", () -> fails()).whenComplete((v, e) -> failure.complete(e));
          Task.sleep(MOMENT.multipliedBy(2));
        });
    StackTraceElement[] stack = failure.join().getStackTrace();
    assertEquals(
        "dev.coweave.task.Task.start(crawler)",
        stack[stack.length - 1].toString().replaceAll("^.*//", ""));
  }

  @Test
  void aCancellation_saysWhoWasCancelled() throws Exception {
    List<String> messages = new ArrayList<>();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task<Void> t =
              Task.start(
                  "sleeper",
                  () -> {
                    try {
                      Task.sleep(MOMENT);
                    } catch (TaskCancelled e) {
                      messages.add(e.getMessage());
                      throw e;
                    }
                  });
          Task.yield();
          t.cancel(false);
          Task.yield();
        });
    assertEquals(List.of("Task[sleeper] was cancelled"), messages);
  }
}

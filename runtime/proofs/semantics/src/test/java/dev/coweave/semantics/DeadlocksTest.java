package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.CoroutineRunnable;
import dev.coweave.io.Readiness;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Barrier;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Select;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A loop whose tasks all wait for each other says so; one that something else may still wake does not. */
@Timeout(300)
class DeadlocksTest extends InVirtualTime {
  /** A wait, with the name that a failing test shows. */
  record Wait(String name, CoroutineRunnable body) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final Channel<String> never = new Channel<>(0);

  // ---- in virtual time

  @Test
  void theError_namesEachTask_withItsStack() {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                run(
                    () -> {
                      Task.start("other", () -> never.receive());
                      never.receive();
                    }));
    String[] lines = e.getMessage().split("\n");
    assertEquals(
        "likely deadlock: the event loop is idle, and each of its tasks waits for another",
        lines[0]);
    assertTrue(e.getMessage().contains("other"), e.getMessage());
    assertTrue(e.getMessage().contains("Channel.receive"), e.getMessage());
    assertTrue(e.getMessage().contains("DeadlocksTest.java"), e.getMessage());
  }

  @Test
  void theTasks_areCancelledAndEnded_beforeItIsThrown() {
    CoroutineRunnable waits =
        () -> {
          try {
            never.receive();
          } finally {
            log.add("finally");
          }
        };
    assertThrows(
        IllegalStateException.class,
        () ->
            run(
                () -> {
                  Task.start(waits);
                  waits.run();
                }));
    assertLog("finally", "finally");
  }

  static List<Wait> waitsForOthers() {
    Channel<String> full = new Channel<>(0);
    Mutex mutex = new Mutex();
    return List.of(
        new Wait("send", () -> full.send("item")),
        new Wait("receive", () -> full.receive(item -> false)),
        new Wait(
            "lock",
            () -> {
              mutex.lock(); // the other holds it for ever
              new Signal().await();
            }),
        new Wait("acquire", () -> new Semaphore(0).acquire()),
        new Wait("signal", () -> new Signal().await()),
        new Wait("barrier", () -> new Barrier(3).await()),
        new Wait("select", () -> Select.select(full.onReceive())),
        new Wait("task", () -> Task.start(() -> new Signal().await()).await()),
        new Wait(
            "scope",
            () -> {
              try (TaskScope scope = TaskScope.open()) {
                scope.fork(() -> new Signal().await());
                scope.join();
              }
            }));
  }

  @ParameterizedTest
  @MethodSource("waitsForOthers")
  void whoWaitsForAnother_isPartOfIt(Wait wait) {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                run(
                    () -> {
                      Task.start(wait.body);
                      wait.body.run();
                    }));
    assertTrue(e.getMessage().startsWith("likely deadlock"), e.getMessage());
  }

  // ---- what something else may end

  /** Does something on another thread as soon as the calling one sleeps. */
  private static void whenIdle(Runnable action) {
    Thread loop = Thread.currentThread();
    new Thread(
            () -> {
              while (loop.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait();
              }
              action.run();
            })
        .start();
  }

  static List<Wait> waitsForTheWorld() {
    return List.of(
        new Wait("timer", () -> sleepFor(1)),
        new Wait(
            "future",
            () -> {
              CompletableFuture<String> future = new CompletableFuture<>();
              whenIdle(() -> future.complete("value"));
              Task.await(future);
            }),
        new Wait(
            "resumption",
            () -> {
              AtomicReference<Resumption<String>> waiting = new AtomicReference<>();
              whenIdle(() -> waiting.get().resume("value"));
              Task.suspend((Resumption<String> resumption) -> waiting.set(resumption));
            }),
        new Wait(
            "worker",
            () -> {
              ArrayBlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
              whenIdle(() -> queue.add("value"));
              Task.blocking(() -> queue.take());
            }),
        new Wait(
            "channel of the operating system",
            () -> {
              Pipe pipe = Pipe.open();
              pipe.source().configureBlocking(false);
              Task<Void> reading = Task.start(() -> Readiness.readable(pipe.source()));
              Task.yield();
              Task.blocking(() -> pipe.sink().write(ByteBuffer.allocate(1)));
              reading.await();
              pipe.source().close();
              pipe.sink().close();
            }));
  }

  @ParameterizedTest
  @MethodSource("waitsForTheWorld")
  void whereOneWaitsForTheWorld_itIsNone(Wait wait) throws Exception {
    run(
        () -> {
          Task<String> other = Task.start(() -> never.receive());
          wait.body.run();
          never.send("item");
          assertEquals("item", other.await());
        });
  }

  // ---- by the system's clock

  /** A program that waits for itself. */
  public static final class Stuck {
    public static void main(String[] args) throws Exception {
      EventLoop.run(() -> new Channel<String>(0).receive());
    }
  }

  @Test
  void withThatProperty_runThrowsIt_byAnyClock() throws Exception {
    String out = OwnJvm.output(1, Stuck.class, "-Dcoweave.deadlock=throw");
    assertTrue(out.contains("IllegalStateException: likely deadlock"), out);
  }
}

package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.Readiness;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A loop that its caller runs a cycle at a time. */
@Timeout(300)
class SteppingTest {
  private final VirtualClock clock = new VirtualClock();
  private final EventLoop loop = EventLoop.create(clock);
  private final List<String> log = new ArrayList<>();

  @Coroutine
  private void count(String name, int turns) {
    for (int i = 0; i < turns; i++) {
      log.add(name + i);
      Task.yield();
    }
  }

  @Test
  void aCycle_givesEachThatIsReadyOneTurn() {
    loop.start(() -> count("a", 3));
    loop.start(() -> count("b", 1));
    assertTrue(loop.runNext(Duration.ZERO));
    assertEquals(List.of("a0", "b0"), log);
    assertTrue(loop.runNext(Duration.ZERO));
    assertEquals(List.of("a0", "b0", "a1"), log);
    assertTrue(loop.runNext(Duration.ZERO));
    assertFalse(loop.runNext(Duration.ZERO));
    assertEquals(List.of("a0", "b0", "a1", "a2"), log);
  }

  @Test
  void aLoopWithNothingToDo_doesNotWait() {
    assertFalse(EventLoop.create(dev.coweave.loop.Clock.system()).runNext(Duration.ofDays(1)));
  }

  @Test
  void ifNothingIsReady_itWaitsForTheNextTimer_butNoLongerThanItMay() {
    loop.start(() -> Task.sleep(Duration.ofSeconds(10)));
    assertTrue(loop.runNext(Duration.ofDays(1))); // runs to its sleep: that was ready
    assertEquals(Duration.ZERO, clock.elapsed());
    assertTrue(loop.runNext(Duration.ofSeconds(4)));
    assertEquals(Duration.ofSeconds(4), clock.elapsed());
    assertTrue(loop.runNext(Duration.ZERO));
    assertEquals(Duration.ofSeconds(4), clock.elapsed());
    assertFalse(loop.runNext(Duration.ofDays(1)));
    assertEquals(Duration.ofSeconds(10), clock.elapsed());
  }

  @Test
  void betweenCycles_theCallerIsOutsideTheLoop_andMayHandInWhatTasksWaitFor() {
    Channel<String> channel = new Channel<>(1);
    loop.start(() -> log.add(channel.receive()));
    assertTrue(loop.runNext(Duration.ofDays(1)));
    assertTrue(loop.runNext(Duration.ofDays(1))); // no deadlock: the caller has the item
    assertTrue(channel.trySend("item"));
    assertThrows(IllegalStateException.class, Task::current);
    assertFalse(loop.runNext(Duration.ZERO));
    assertEquals(List.of("item"), log);
  }

  @Test
  void whatWaitsForAChannel_waitsAcrossCycles() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    EventLoop real = EventLoop.create(dev.coweave.loop.Clock.system());
    real.start(
        () -> {
          Readiness.readable(pipe.source());
          log.add("readable");
        });
    assertTrue(real.runNext(Duration.ofDays(1)));
    assertTrue(real.runNext(Duration.ofNanos(1)));
    assertEquals(List.of(), log);
    pipe.sink().write(ByteBuffer.allocate(1));
    assertFalse(real.runNext(Duration.ofDays(1)));
    assertEquals(List.of("readable"), log);
    pipe.sink().close();
    pipe.source().close();
  }

  @Test
  void anotherThread_endsTheWait() throws Exception {
    EventLoop real = EventLoop.create(dev.coweave.loop.Clock.system());
    Task<String> task = real.start(() -> Task.blocking(() -> "from another thread"));
    while (real.runNext(Duration.ofDays(1))) {
      log.add("a cycle");
    }
    assertEquals("from another thread", task.join());
  }

  @Test
  void jobsAndDelayedJobs_areLeftUntilTheyHaveRun() {
    loop.execute(() -> log.add("job"));
    loop.schedule(() -> log.add("delayed"), 1, TimeUnit.MINUTES);
    assertTrue(loop.runNext(Duration.ZERO));
    assertEquals(List.of("job"), log);
    while (loop.runNext(Duration.ofDays(1))) {}
    assertEquals(List.of("job", "delayed"), log);
    assertEquals(Duration.ofMinutes(1), clock.elapsed());
  }

  @Test
  void afterShutdown_theCycleThatLeavesNothing_isTheLast() {
    loop.start(() -> count("a", 1));
    loop.shutdown();
    assertTrue(loop.runNext(Duration.ZERO));
    assertFalse(loop.isTerminated());
    assertFalse(loop.runNext(Duration.ZERO));
    assertTrue(loop.isTerminated());
  }

  @Test
  void aLoopThatHasAThread_orATask_isNoLoopToStep() throws Exception {
    try (EventLoop opened = EventLoop.open("opened")) {
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> opened.runNext(Duration.ZERO));
      assertEquals("EventLoop.runNext of a loop that has a thread of its own", e.getMessage());
    }
    EventLoop.run(
        () -> {
          assertThrows(IllegalStateException.class, () -> loop.runNext(Duration.ZERO));
        });
  }
}

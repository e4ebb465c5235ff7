package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.sync.Barrier;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tasks that wait for each other. */
class BarrierTest {
  @Test
  void nobodyPasses_beforeAllHaveArrived_againAndAgain() throws Exception {
    List<String> log = new ArrayList<>();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Barrier barrier = new Barrier(3);
          try (TaskScope scope = TaskScope.open()) {
            for (int i = 1; i <= 3; i++) {
              int n = i;
              scope.fork(
                  () -> {
                    for (int round = 0; round < 2; round++) {
                      Task.sleep(Duration.ofSeconds(n));
                      log.add("arrived " + round);
                      barrier.await();
                      log.add("passed " + round);
                    }
                  });
            }
            scope.join();
          }
        });
    List<String> expected = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      for (String s :
          List.of("arrived ", "arrived ", "arrived ", "passed ", "passed ", "passed ")) {
        expected.add(s + round);
      }
    }
    assertEquals(expected, log);
  }

  @Test
  void aCancelledTask_hasNotArrived() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Barrier barrier = new Barrier(2);
          Task<Void> cancelled = Task.start(() -> barrier.await());
          Task.yield();
          assertEquals(1, barrier.waiting());
          cancelled.cancel(false);
          Task.yield();
          assertTrue(cancelled.isCancelled());
          assertEquals(0, barrier.waiting());
          Task<Void> other = Task.start(() -> barrier.await());
          Task.yield();
          barrier.await();
          Task.await(other);
        });
  }

  @Test
  void ofNobody_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Barrier(0));
  }
}

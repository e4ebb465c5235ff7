package dev.coweave.tests;

import static dev.coweave.script.Script.doFirst;
import static dev.coweave.script.Script.first;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.script.Script;
import dev.coweave.sync.Channel;
import dev.coweave.sync.ChannelClosed;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Channels and locks, in virtual time. */
class SyncTest {
  private final List<Object> log = new ArrayList<>();
  private Task<?> kept;

  private void run(Script<?> main) throws Exception {
    EventLoop.run(new VirtualClock(), main);
  }

  @Test
  void send_waitsWhileTheChannelIsFull() throws Exception {
    Channel<String> ch = new Channel<>(1);
    run(
        doFirst(
                (v, c) -> {
                  Task.start(
                      doFirst((w, d) -> ch.send("a", d))
                          .thenDo((w, d) -> ch.send("b", d))
                          .thenDo((w, d) -> log.add("sent b")));
                  Task.yield(c);
                })
            .thenDo((v, c) -> log.add("full"))
            .then((v, c) -> ch.receive(c))
            .thenDo((v, c) -> log.add(v))
            .then((v, c) -> ch.receive(c))
            .thenDo(
                (v, c) -> {
                  log.add(v);
                  Task.yield(c);
                }));
    assertEquals(List.of("full", "a", "b", "sent b"), log);
  }

  @Test
  void rendezvous_handsTheItemOver() throws Exception {
    Channel<String> ch = new Channel<>(0);
    run(
        doFirst(
                (v, c) -> {
                  assertFalse(ch.trySend("nobody receives"));
                  Task.start(doFirst((w, d) -> ch.send("a", d)));
                  log.add("receiving");
                  ch.receive(c);
                })
            .then((v, c) -> "never seen")
            .times(1)
            .thenDo((v, c) -> Task.start(doFirst((w, d) -> ch.send("b", d))))
            .then((v, c) -> ch.receive(c))
            .thenDo((v, c) -> log.add(v)));
    assertEquals(List.of("receiving", "b"), log);
  }

  @Test
  void cancelledSend_hasNotHappened() throws Exception {
    Channel<String> ch = new Channel<>(0);
    run(
        doFirst(
                (v, c) -> {
                  kept = Task.start(doFirst((w, d) -> ch.send("cancelled", d)));
                  Task.start(doFirst((w, d) -> ch.send("b", d)));
                  Task.yield(c);
                })
            .then(
                (v, c) -> {
                  kept.cancel(true);
                  return ch.receive(c);
                })
            .thenDo((v, c) -> log.add(v)));
    assertEquals(List.of("b"), log);
  }

  @Test
  void cancelledReceive_takesNoItem() throws Exception {
    Channel<String> ch = new Channel<>(0);
    run(
        doFirst(
                (v, c) -> {
                  kept = Task.start(doFirst((w, d) -> ch.receive(d)));
                  Task.start(first((w, d) -> ch.receive(d)).thenDo((w, d) -> log.add(w)));
                  Task.yield(c);
                })
            .thenDo(
                (v, c) -> {
                  kept.cancel(true);
                  ch.send("a", c);
                })
            .thenDo((v, c) -> Task.yield(c)));
    assertEquals(List.of("a"), log);
  }

  @Test
  void close_failsWaitersOnBothSides_andLeavesTheItems() throws Exception {
    Channel<String> full = new Channel<>(1);
    Channel<String> empty = new Channel<>(1);
    full.trySend("left");
    run(
        doFirst(
                (v, c) -> {
                  Task.start(
                      doFirst((w, d) -> full.send("late", d))
                          .caught((x, d) -> log.add(x.getClass())));
                  Task.start(
                      first((w, d) -> empty.receive(d)).caught((x, d) -> log.add(x.getClass())));
                  Task.yield(c);
                })
            .thenDo(
                (v, c) -> {
                  full.close();
                  empty.close();
                  Task.yield(c);
                }));
    assertEquals(List.of(ChannelClosed.class, ChannelClosed.class), log);
    assertEquals("left", full.tryReceive());
    assertThrows(ChannelClosed.class, full::tryReceive);
    assertThrows(ChannelClosed.class, () -> full.trySend("x"));
  }

  @Test
  void forEach_endsWithTheChannel() throws Exception {
    Channel<Integer> ch = new Channel<>(Channel.UNLIMITED);
    for (int i = 0; i < 1000; i++) {
      assertTrue(ch.trySend(i));
    }
    AtomicLong sum = new AtomicLong();
    run(
        doFirst(
                (v, c) -> {
                  kept =
                      Task.start(
                          doFirst((w, d) -> ch.forEach(i -> sum.addAndGet(i), d))
                              .thenDo((w, d) -> log.add("end")));
                  Task.sleep(Duration.ofSeconds(1), c);
                })
            .thenDo((v, c) -> ch.send(1, c))
            .thenDo(
                (v, c) -> {
                  ch.close();
                  kept.await(c);
                }));
    assertEquals(499_501, sum.get());
    assertEquals(List.of("end"), log);
  }

  @Test
  void channel_worksAcrossLoops() throws Exception {
    Channel<Integer> ch = new Channel<>(1);
    try (EventLoop other = EventLoop.open("other")) {
      int[] next = {0};
      other.start(doFirst((v, c) -> ch.send(next[0]++, c)).times(1000));
      long[] sum = {0};
      EventLoop.run(
          first((v, c) -> ch.receive(c)).thenDo((v, c) -> sum[0] += (Integer) v).times(1000));
      assertEquals(499_500, sum[0]);
    }
  }

  @Test
  void mutex_goesFromHandToHand() throws Exception {
    Mutex m = new Mutex();
    run(
        Script.<Object>doFirst((v, c) -> m.lock(c))
            .thenDo(
                (v, c) -> {
                  for (int i = 0; i < 3; i++) {
                    int n = i;
                    Task.start(
                        doFirst((w, d) -> m.lock(d))
                            .thenDo((w, d) -> log.add(n))
                            .thenDo((w, d) -> m.unlock()));
                  }
                  assertThrows(IllegalStateException.class, () -> m.lock(c));
                  kept =
                      Task.start(
                          doFirst((w, d) -> assertThrows(IllegalStateException.class, m::unlock)));
                  Task.yield(c);
                })
            .thenDo(
                (v, c) -> {
                  m.unlock();
                  assertFalse(m.tryLock());
                  kept.await(c);
                })
            .thenDo((v, c) -> Task.sleep(Duration.ofSeconds(1), c)));
    assertEquals(List.of(0, 1, 2), log);
    assertFalse(m.isLocked());
    assertNull(kept.join());
  }

  @Test
  void semaphore_letsAsManyIn() throws Exception {
    Semaphore s = new Semaphore(2);
    run(
        doFirst(
            (v, c) -> {
              for (int i = 0; i < 4; i++) {
                int n = i;
                Task.start(
                    doFirst((w, d) -> s.acquire(d))
                        .thenDo(
                            (w, d) -> {
                              log.add("in " + n);
                              Task.sleep(Duration.ofSeconds(1), d);
                            })
                        .thenDo(
                            (w, d) -> {
                              log.add("out " + n);
                              s.release();
                            }));
              }
              Task.sleep(Duration.ofMinutes(1), c);
            }));
    assertEquals(List.of("in 0", "in 1", "out 0", "out 1", "in 2", "in 3", "out 2", "out 3"), log);
    assertEquals(2, s.available());
  }

  @Test
  void signal_letsAllGoOn() throws Exception {
    Signal s = new Signal();
    run(
        doFirst(
                (v, c) -> {
                  for (int i = 0; i < 2; i++) {
                    Task.start(doFirst((w, d) -> s.await(d)).thenDo((w, d) -> log.add("on")));
                  }
                  Task.yield(c);
                })
            .thenDo(
                (v, c) -> {
                  s.set();
                  s.await(c);
                  Task.yield(c);
                }));
    assertEquals(List.of("on", "on"), log);
    s.clear();
    assertFalse(s.isSet());
  }
}

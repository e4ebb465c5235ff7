package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.sync.Channel;
import dev.coweave.sync.ChannelClosed;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Channels: who gets which item, and what a filter, a priority, a close and a cancellation change. */
class ChannelsTest extends InVirtualTime {
  @Test
  void aFilter_takesTheFirstThatItTakes_andLeavesTheOthersInOrder() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(10);
          for (int i = 1; i <= 5; i++) {
            channel.send(i);
          }
          assertEquals(2, channel.receive(n -> n % 2 == 0));
          assertEquals(4, channel.receive(n -> n % 2 == 0));
          assertEquals(1, channel.receive());
          assertEquals(3, channel.receive());
          assertEquals(5, channel.receive());
          assertNull(channel.tryReceive());
        });
  }

  @Test
  void aFilter_waitsForSuchAnItem_whileOthersPassBy() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(10);
          List<Integer> even = new ArrayList<>();
          List<Integer> any = new ArrayList<>();
          Task<?> filtering = Task.start(() -> even.add(channel.receive(n -> n % 2 == 0)));
          Task.yield();
          Task<Void> taking =
              Task.start(
                  () -> {
                    any.add(channel.receive());
                    any.add(channel.receive());
                  });
          Task.yield();
          channel.send(1);
          channel.send(3);
          channel.send(2);
          Task.await(filtering);
          Task.await(taking);
          assertEquals(List.of(2), even);
          assertEquals(List.of(1, 3), any);
        });
  }

  @Test
  void aFilter_takesFromASenderThatWaits() throws Exception {
    run(
        () -> {
          Channel<String> rendezvous = new Channel<>(0);
          Task<Void> a = Task.start(() -> rendezvous.send("a"));
          Task<Void> b = Task.start(() -> rendezvous.send("b"));
          Task.yield();
          assertEquals("b", rendezvous.receive(s -> s.equals("b")));
          Task.await(b);
          assertEquals("a", rendezvous.receive());
          Task.await(a);
        });
  }

  @Test
  void aFilter_cancelled_hasTakenNothing() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(1);
          assertEquals(TimeoutException.class, timeoutOf(channel).getClass());
          channel.send(7);
          assertEquals(7, channel.receive());
        });
  }

  @Coroutine
  private static Exception timeoutOf(Channel<Integer> channel) {
    try {
      Task.timeout(SECOND, () -> channel.receive(n -> n > 5));
      return new Exception("received");
    } catch (TimeoutException e) {
      return e;
    }
  }

  @Test
  void aFilter_onAClosedChannelWithoutSuchAnItem_isClosed() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(1);
          channel.send(1);
          channel.close();
          assertEquals(ChannelClosed.class, closedOf(channel).getClass());
          assertEquals(1, channel.receive());
        });
  }

  @Coroutine
  private static RuntimeException closedOf(Channel<Integer> channel) {
    try {
      channel.receive(n -> n > 5);
      return new IllegalStateException("received");
    } catch (ChannelClosed e) {
      return e;
    }
  }

  @Test
  void byPriority_theLeastComesFirst_equalOnesInOrder() throws Exception {
    run(
        () -> {
          Channel<String> channel =
              Channel.byPriority(Channel.UNLIMITED, Comparator.comparing(String::length));
          for (String s : List.of("ccc", "bb", "a", "dd", "e")) {
            channel.send(s);
          }
          List<String> received = new ArrayList<>();
          channel.close();
          channel.forEach(s -> received.add(s));
          assertEquals(List.of("a", "e", "bb", "dd", "ccc"), received);
        });
  }

  @Test
  void byPriority_withAFilter() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = Channel.byPriority(10, Comparator.<Integer>naturalOrder());
          for (int i : List.of(5, 3, 4, 1)) {
            channel.send(i);
          }
          assertEquals(3, channel.receive(n -> n > 2));
          assertEquals(1, channel.receive());
          assertEquals(4, channel.receive());
          assertEquals(5, channel.receive());
        });
  }

  @Test
  void byPriority_sendersThatWait_comeInOneByOne_andAreOrderedThen() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = Channel.byPriority(2, Comparator.<Integer>naturalOrder());
          for (int i : List.of(5, 9, 1, 7)) {
            Task.start(() -> channel.send(i));
          }
          Task.yield();
          assertEquals(2, channel.size());
          List<Integer> received = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            received.add(channel.receive());
          }
          assertEquals(List.of(5, 1, 7, 9), received);
        });
  }

  // ---- filters that fail

  @Test
  void aFilterThatFails_failsItsReceiver_notTheSender() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(1);
          Task<Throwable> broken =
              Task.start(() -> failureOf(() -> channel.receive(n -> 1 / n > 0)));
          Task<Integer> any = Task.start(() -> channel.receive());
          Task.yield();
          channel.send(0);
          assertEquals(0, Task.await(any));
          assertEquals(ArithmeticException.class, Task.await(broken).getClass());
          Task<Throwable> again =
              Task.start(() -> failureOf(() -> channel.receive(n -> 1 / n > 0)));
          Task.yield();
          assertEquals(true, channel.trySend(0));
          assertEquals(ArithmeticException.class, Task.await(again).getClass());
          assertEquals(0, channel.tryReceive(n -> n == 0));
        });
  }

  // ---- at the same instant

  @Test
  void anItemThatComesFirst_winsOverTheCancellation() throws Exception {
    run(
        () -> {
          Channel<String> channel = new Channel<>(0);
          Task<String> task = Task.start(() -> channel.receive());
          Task.yield();
          assertEquals(true, channel.trySend("a"));
          task.cancel(false);
          assertEquals("a", Task.await(task));
        });
  }

  @Test
  void aCancellationThatComesFirst_leavesTheItemToTheNext() throws Exception {
    run(
        () -> {
          Channel<String> channel = new Channel<>(0);
          Task<String> task = Task.start(() -> channel.receive());
          Task<String> next = Task.start(() -> channel.receive());
          Task.yield();
          task.cancel(false);
          assertEquals(true, channel.trySend("a"));
          assertEquals(false, channel.trySend("b"));
          assertEquals("a", Task.await(next));
          assertEquals(true, task.isCancelled());
        });
  }

  @Test
  void aSendWhoseTimeIsUp_atTheInstantOfTheReceive_isDoneOrNot() throws Exception {
    for (long seed = 0; seed < 50; seed++) {
      EventLoop.run(
          new VirtualClock(seed),
          () -> {
            Channel<String> channel = new Channel<>(0);
            Task<String> receiving =
                Task.start(
                    () -> {
                      Task.sleep(SECOND);
                      return String.valueOf(channel.tryReceive());
                    });
            String sent = sentWithin(SECOND, channel) ? "a" : "null";
            assertEquals(sent, Task.await(receiving));
            assertNull(channel.tryReceive());
          });
    }
  }

  @Coroutine
  private static boolean sentWithin(Duration time, Channel<String> channel) {
    try {
      Task.timeout(time, () -> channel.send("a"));
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  // ---- closing

  @Test
  void close_withWaitersOnBothSides_failsThemAll_withTheCause() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(0);
          List<Task<Throwable>> waiting = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            int n = i;
            waiting.add(
                Task.start(
                    () ->
                        failureOf(
                            () -> {
                              channel.send(n);
                              return "sent";
                            })));
            waiting.add(Task.start(() -> failureOf(() -> channel.receive(m -> m > 10))));
          }
          Task.yield();
          IllegalStateException cause = new IllegalStateException("lost");
          channel.close(cause);
          channel.close(); // does nothing
          for (Task<Throwable> task : waiting) {
            Throwable failure = Task.await(task);
            assertEquals(ChannelClosed.class, failure.getClass());
            assertEquals(cause, failure.getCause());
          }
          assertEquals(cause, failureOf(() -> channel.receive()).getCause());
        });
  }

  @Test
  void close_leavesTheItems_butNotThoseOfWaitingSenders() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(2);
          Task<Throwable> sending =
              Task.start(
                  () ->
                      failureOf(
                          () -> {
                            for (int i = 1; i <= 3; i++) {
                              channel.send(i);
                            }
                            return "sent";
                          }));
          Task.yield();
          channel.close();
          List<Integer> left = new ArrayList<>();
          channel.forEach(i -> left.add(i));
          assertEquals(List.of(1, 2), left);
          assertEquals(ChannelClosed.class, Task.await(sending).getClass());
        });
  }

  // ---- order

  @Test
  void itemsAndWaiters_areFirstInFirstOut_onBothSides() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(1);
          List<String> log = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            int n = i;
            Task.start(() -> log.add(n + " got " + channel.receive()));
          }
          Task.yield();
          for (int i = 0; i < 5; i++) {
            int n = i;
            Task.start(() -> channel.send(n));
          }
          Task.sleep(SECOND);
          for (int i = 3; i < 5; i++) {
            log.add("then " + channel.receive());
          }
          assertEquals(List.of("0 got 0", "1 got 1", "2 got 2", "then 3", "then 4"), log);
        });
  }

  @Test
  void plainThreads_sendAndReceive_withoutALoop() throws Exception {
    Channel<Integer> channel = new Channel<>(1);
    Thread thread =
        new Thread(
            () -> {
              for (int i = 0; i < 100; i++) {
                channel.send(i); // waits on this thread
              }
              channel.close();
            });
    thread.start();
    List<Integer> received = new ArrayList<>();
    channel.forEach(i -> received.add(i));
    thread.join();
    assertEquals(100, received.size());
    assertEquals(99, received.get(99));
  }

  // ---- capacities

  @Test
  void aRendezvous_handsTheItemOver_neitherSideGoesOnAlone() throws Exception {
    List<String> log = new ArrayList<>();
    run(
        () -> {
          Channel<String> channel = new Channel<>(0);
          Task<Void> sending =
              Task.start(
                  () -> {
                    channel.send("item");
                    log.add("sent");
                  });
          Task.sleep(SECOND);
          assertEquals(List.of(), log);
          assertFalse(channel.trySend("another")); // nobody waits for it
          log.add(channel.receive());
          Task.await(sending);
        });
    assertEquals(List.of("item", "sent"), log);
  }

  @Test
  void aBoundedOne_makesItsSenderWait_untilThereIsRoom() throws Exception {
    List<String> log = new ArrayList<>();
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(2);
          Task<Void> sending =
              Task.start(
                  () -> {
                    for (int i = 0; i < 4; i++) {
                      channel.send(i);
                      log.add("sent " + i);
                    }
                  });
          Task.sleep(SECOND);
          assertEquals(List.of("sent 0", "sent 1"), log);
          assertEquals(0, channel.receive());
          Task.sleep(SECOND);
          assertEquals(List.of("sent 0", "sent 1", "sent 2"), log);
          assertEquals(2, channel.size());
          assertEquals(1, channel.receive());
          Task.await(sending);
        });
  }

  @Test
  void anUnlimitedOne_neverMakesItsSenderWait() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(Channel.UNLIMITED);
          Task<?> other = Task.start(() -> Task.sleep(SECOND));
          for (int i = 0; i < 100_000; i++) {
            assertTrue(channel.trySend(i));
          }
          assertFalse(other.isDone());
          for (int i = 0; i < 100_000; i++) {
            assertEquals(i, channel.receive());
          }
        });
  }

  // ---- the end

  @Test
  void afterClose_whatIsThereIsReceived_andThenChannelClosedIsThrown_withTheCause()
      throws Exception {
    IllegalStateException cause = new IllegalStateException("the producer broke");
    run(
        () -> {
          Channel<String> channel = new Channel<>(2);
          channel.send("last");
          channel.close(cause);
          assertThrows(ChannelClosed.class, () -> channel.send("more"));
          assertThrows(ChannelClosed.class, () -> channel.trySend("more"));
          assertEquals("last", channel.receive());
          RuntimeException closed = assertThrows(ChannelClosed.class, () -> channel.receive());
          assertSame(cause, closed.getCause());
          assertTrue(channel.isClosed());
        });
  }

  @Test
  void forEach_endsWithTheChannel_orThrowsWhatItWasClosedFor() throws Exception {
    List<Integer> received = new ArrayList<>();
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(0);
          Task<Void> sending =
              Task.start(
                  () -> {
                    for (int i = 0; i < 3; i++) {
                      channel.send(i);
                    }
                    channel.close();
                  });
          channel.forEach(
              i -> {
                Task.sleep(SECOND); // its body may wait
                received.add(i);
              });
          Task.await(sending);
          assertEquals(List.of(0, 1, 2), received);

          Channel<Integer> broken = new Channel<>(1);
          broken.send(3);
          broken.close(new IllegalStateException("broke"));
          assertThrows(ChannelClosed.class, () -> broken.forEach(received::add));
          assertEquals(List.of(0, 1, 2, 3), received);
        });
  }

  @Test
  void nothing_canNotBeSent() {
    Channel<String> channel = new Channel<>(1);
    assertThrows(NullPointerException.class, () -> channel.send(null));
    assertThrows(NullPointerException.class, () -> channel.trySend(null));
    assertThrows(IllegalArgumentException.class, () -> new Channel<String>(-1));
    assertEquals(0, channel.size());
  }
}

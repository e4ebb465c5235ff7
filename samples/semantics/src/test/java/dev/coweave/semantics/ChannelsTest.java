package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
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

/** Channels that choose: by a filter, by priority. */
class ChannelsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private static void run(CoroutineRunnable body) throws Exception {
    EventLoop.run(new VirtualClock(), body);
  }

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
}

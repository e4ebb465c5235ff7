package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What users' code does wrong is its own concern: the loop and the other tasks go on. */
@Timeout(300)
class FaultsTest extends InVirtualTime {
  // ---- exceptions and stages

  private static final class Mute extends RuntimeException {
    @Override
    public String getMessage() {
      throw new IllegalStateException("no message");
    }
  }

  @Test
  void aFailureThatHasNoMessage_isThrownWhereItIsAwaited() throws Exception {
    Mute failure = new Mute();
    run(
        () -> {
          Task<Void> t = Task.start(() -> fails(failure));
          assertSame(failure, thrown(Mute.class, () -> Task.await(t)));
        });
  }

  @Coroutine
  private static void fails(RuntimeException failure) {
    Task.yield();
    throw failure;
  }

  @Test
  void aFailureThatHasNoMessage_endsNoLoop_andIsToldToAll() throws Exception {
    Mute failure = new Mute();
    run(
        () -> {
          Task<Void> t = Task.start(() -> fails(failure));
          for (int i = 0; i < 3; i++) {
            int n = i;
            t.whenComplete((value, f) -> log.add("told " + n));
          }
          Task.yield();
          Task.yield();
          log.add("goes on");
        });
    assertEquals(List.of("told 0", "told 1", "told 2"), log.stream().sorted().skip(1).toList());
    assertEquals("goes on", log.get(3));
  }

  /** A stage that calls back at once, and then throws. */
  @SuppressWarnings("unchecked")
  private static CompletionStage<String> throwsAfterItCalledBack() {
    return (CompletionStage<String>)
        Proxy.newProxyInstance(
            FaultsTest.class.getClassLoader(),
            new Class<?>[] {CompletionStage.class},
            (self, method, arguments) -> {
              ((BiConsumer<String, Throwable>) arguments[0]).accept("value", null);
              throw new IllegalStateException("late");
            });
  }

  @Test
  void aStageThatFailsAfterItCalledBack_hasGivenItsValue_andEndsNoLaterWait() throws Exception {
    try (Reports reports = new Reports()) {
      run(
          () -> {
            assertEquals("value", Task.await(throwsAfterItCalledBack()));
            Task.sleep(SECOND);
            assertThrowsTimeout();
          });
      assertTrue(reports.messages().get(0).contains("failed after it had called back"));
    }
    assertElapsed(SECOND.multipliedBy(2));
  }

  @Coroutine
  private static void assertThrowsTimeout() {
    thrown(
        TimeoutException.class,
        () -> Task.timeout(SECOND, () -> Task.suspend((Resumption<String> never) -> {})));
  }

  // ---- jobs

  @Test
  void aJobThatIsAlwaysLate_leavesTimeForTheOthers() throws Exception {
    AtomicLong now = new AtomicLong();
    try (EventLoop loop = EventLoop.open("late", now::get)) {
      Future<?> late = loop.scheduleAtFixedRate(() -> now.addAndGet(2), 0, 1, TimeUnit.NANOSECONDS);
      assertEquals("ran", loop.start(() -> "ran").get(300, TimeUnit.SECONDS));
      late.cancel(false);
    }
  }

  @Test
  void aJobThatHandsItselfInAgain_leavesTimeForTheOthers() throws Exception {
    run(
        () -> {
          EventLoop loop = EventLoop.current();
          AtomicBoolean enough = new AtomicBoolean();
          Runnable again =
              new Runnable() {
                @Override
                public void run() {
                  if (!enough.get()) {
                    loop.schedule(this, 0, TimeUnit.SECONDS);
                  }
                }
              };
          loop.schedule(again, 0, TimeUnit.SECONDS);
          for (int i = 0; i < 10; i++) {
            Task.yield();
          }
          enough.set(true);
        });
  }

  @Test
  void theLongestPeriod_isNoTimeInThePast() throws Exception {
    AtomicLong now = new AtomicLong();
    CountDownLatch second = new CountDownLatch(1);
    try (EventLoop loop = EventLoop.open("far", now::get)) {
      loop.execute(
          () -> {
            loop.schedule(second::countDown, 1, TimeUnit.NANOSECONDS);
            loop.scheduleWithFixedDelay(() -> {}, 0, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            now.addAndGet(2); // so that the second is overdue when the other is set again
          });
      assertTrue(second.await(300, TimeUnit.SECONDS));
      loop.shutdownNow();
    }
  }

  @Test
  void cancellingAJobThatRuns_interruptsTheJobAlone() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    EventLoop.run(
        () -> {
          Future<?> job =
              EventLoop.current()
                  .submit(
                      () -> {
                        begun.countDown();
                        while (!Thread.currentThread().isInterrupted()) {
                          Thread.onSpinWait();
                        }
                      });
          boolean cancelled =
              Task.blocking(
                  () -> {
                    begun.await();
                    return job.cancel(true);
                  });
          assertTrue(cancelled);
          Task.sleep(Duration.ofMillis(1)); // The loop looks for interrupts.
        });
    assertFalse(Thread.interrupted());
  }

  // ---- clocks and limits

  @Test
  void aClockThatThrows_endsNoLoop() throws Exception {
    AtomicInteger failures = new AtomicInteger();
    Clock broken =
        () -> {
          if (Thread.currentThread().getName().equals("broken")
              && failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            throw new IllegalStateException("no time");
          }
          return System.nanoTime();
        };
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("broken", broken)) {
      loop.schedule(() -> {}, 1, TimeUnit.HOURS);
      CompletableFuture<String> later = new CompletableFuture<>();
      Task<String> t =
          loop.start(
              () -> {
                failures.set(3);
                return Task.await(later);
              });
      while (!t.isDone() && (failures.get() > 0 || !later.complete("goes on"))) {
        Thread.onSpinWait();
      }
      assertEquals("goes on", t.get(300, TimeUnit.SECONDS));
      assertEquals(1, reports.await("failed in its own work, and goes on").size());
      loop.shutdownNow();
    }
  }

  @Test
  void aClockThatThrowsBetweenTwoTurns_costsNoneOfThem() throws Exception {
    for (Throwable failure :
        List.of(new IllegalStateException("no time"), new OutOfMemoryError())) {
      AtomicInteger failures = new AtomicInteger();
      Clock broken =
          () -> {
            if (failures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
              throw FaultsTest.<RuntimeException>sneaky(failure);
            }
            return System.nanoTime();
          };
      try (Reports reports = new Reports()) {
        EventLoop loop = EventLoop.open("broken", broken); // not closed: that waits for lost turns
        loop.schedule(() -> {}, 1, TimeUnit.HOURS); // for which each look reads the clock
        Task<Void> busy = loop.start(() -> computesBetweenYields(failures));
        Task<Void> other = loop.start(() -> computesBetweenYields(new AtomicInteger()));
        busy.get(300, TimeUnit.SECONDS);
        other.get(300, TimeUnit.SECONDS);
        assertEquals(0, failures.get(), "it has thrown");
        reports.await("failed in its own work, and goes on");
        loop.shutdownNow();
      }
    }
  }

  // ---- calls that block

  @Test
  void whatACancelledCallThrows_isSuppressedByTheCancellation() throws Exception {
    assertEquals("[half written]", suppressed(new IllegalStateException("half written")));
    assertEquals("[half written]", suppressed(new AssertionError("half written")));
    assertEquals("[]", suppressed(new InterruptedException()));
    assertEquals("[]", suppressed(new IllegalStateException(new InterruptedException())));
    assertEquals(
        "[]", suppressed(new java.io.UncheckedIOException(new java.io.InterruptedIOException())));
  }

  /** What the cancellation of a task suppresses whose blocking call throws when it is interrupted. */
  private static String suppressed(Throwable failure) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    return EventLoop.run(
        () -> {
          Task<Void> t = Task.start(() -> blocks(begun, failure));
          while (begun.getCount() > 0) {
            Task.yield();
          }
          t.cancel(false);
          try {
            t.await();
            return "no cancellation";
          } catch (java.util.concurrent.CancellationException e) {
            List<String> messages = new ArrayList<>();
            for (Throwable c = e; c != null; c = c.getCause()) {
              for (Throwable s : c.getSuppressed()) {
                messages.add(s.getMessage());
              }
            }
            return messages.toString();
          }
        });
  }

  @Coroutine
  private static Void blocks(CountDownLatch begun, Throwable failure) {
    return Task.blocking(
        () -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            throw FaultsTest.<RuntimeException>sneaky(failure);
          }
          return null;
        });
  }

  // ---- futures

  /** The first cancelled await leaves a callback there that serves the next. */
  @Test
  void cancelledAwaits_leaveAtMostOneCallback_atAPlainFuture() throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    run(
        () -> {
          for (int i = 0; i < 100; i++) {
            thrown(
                TimeoutException.class,
                () -> Task.timeout(Duration.ofMillis(1), () -> Task.await(future)));
            assertTrue(future.getNumberOfDependents() <= 1, () -> "after a time-out: " + future);
          }
          Task<String> last = Task.start(() -> Task.await(future));
          Task.yield();
          future.complete("goes on");
          assertEquals("goes on", last.await());
        });
  }

  @Coroutine
  private static void computesBetweenYields(AtomicInteger failures) {
    for (int i = 0; i < 100; i++) {
      for (long end = System.nanoTime() + 50_000; System.nanoTime() < end; ) {
        Thread.onSpinWait();
      }
      failures.compareAndSet(0, i == 50 ? 1 : 0);
      Task.yield();
    }
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> X sneaky(Throwable t) throws X {
    throw (X) t;
  }

  @Test
  void timePastTheClocksEnd_goesOn() throws Exception {
    run(
        () -> {
          for (int i = 0; i < 5; i++) {
            Task.sleep(Duration.ofSeconds(Long.MAX_VALUE));
          }
        });
  }

  @Test
  void aLimitOfAnyLength_isALimit() {
    try (EventLoop loop = EventLoop.create(clock)) {
      loop.reportSlowSteps(Duration.ofSeconds(Long.MAX_VALUE));
    }
  }

  // ---- channels

  @Test
  void anItemThatCanNotBeCompared_isItsSendersConcern() throws Exception {
    @SuppressWarnings("unchecked")
    Comparator<Object> natural = (a, b) -> ((Comparable<Object>) a).compareTo(b);
    Channel<Object> channel = Channel.byPriority(2, natural);
    run(
        () -> {
          channel.send("a");
          channel.send("b");
          thrown(ClassCastException.class, () -> channel.send(17));
          assertEquals("a", channel.receive());
          assertEquals("b", channel.receive());
        });
  }

  /** A heap asks again when an item is taken, and leaves one out and another twice when it can't go on. */
  @Test
  void anOrderThatFailsAtAnyOfItsQuestions_losesAndDoublesNoItem() throws Exception {
    for (int good = 0; good < 40; good++) {
      AtomicInteger left = new AtomicInteger(good);
      Comparator<Integer> order =
          (a, b) -> {
            if (left.getAndDecrement() == 0) {
              throw new IllegalStateException("no order");
            }
            return a - b;
          };
      run(
          () -> {
            Channel<Integer> channel = Channel.byPriority(100, order);
            List<Integer> sent = new ArrayList<>();
            for (int i : List.of(8, 3, 5, 1, 9, 7, 2, 6, 4)) {
              try {
                channel.send(i);
                sent.add(i);
              } catch (IllegalStateException e) {
                // It was not sent.
              }
            }
            List<Integer> received = new ArrayList<>();
            while (channel.size() > 0) {
              received.add(channel.receive());
            }
            assertEquals(sent.stream().sorted().toList(), received);
          });
    }
  }

  // ---- class loaders

  /** Needs each of the runtime's threads for the first time, from a thread with a class loader of its own. */
  public static final class Deployed {
    public static void main(String[] args) throws Exception {
      Thread me = Thread.currentThread();
      ClassLoader systems = me.getContextClassLoader();
      try (URLClassLoader own = new URLClassLoader(new URL[0], systems)) {
        me.setContextClassLoader(own);
        Task.start(Runnable::run, () -> Task.sleep(Duration.ofMillis(1))).get();
        Task.start(Runnable::run, Deployed::receives).get();
        EventLoop.run(
            () -> {
              boolean same =
                  Task.blocking(() -> Thread.currentThread().getContextClassLoader() == own);
              System.out.println("a call has its caller's: " + same);
            });
        me.setContextClassLoader(systems);
        List<String> others = new ArrayList<>();
        for (Thread t : Thread.getAllStackTraces().keySet()) {
          if (t.getContextClassLoader() == own) {
            others.add(t.getName());
          }
        }
        System.out.println("threads that keep it: " + others);
      }
    }

    @Coroutine
    private static void receives() throws Exception {
      try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress("localhost", 0))) {
        Task<?> receiver = Task.start(Runnable::run, () -> socket.receive(ByteBuffer.allocate(1)));
        Task.yield(); // It waits now.
        socket.send(ByteBuffer.allocate(1), socket.localAddress());
        Task.await(receiver);
      }
    }
  }

  @Test
  void theRuntimesThreads_keepNoClassLoader() throws Exception {
    assertEquals(
        "a call has its caller's: true\nthreads that keep it: []\n",
        OwnJvm.output(0, Deployed.class));
  }
}

package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Barrier;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Held;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels, locks and tasks, used by tasks of two loops, of a pool and by a plain thread at once. */
@Timeout(300)
class AcrossLoopsTest {
  private static final int TIMES = 1_000;

  private final EventLoop one = EventLoop.open("one");
  private final EventLoop other = EventLoop.open("other");
  private final ExecutorService pool = Executors.newFixedThreadPool(2);

  @AfterEach
  void close() {
    one.close();
    other.close();
    pool.shutdown();
  }

  /** Runs a body in two tasks of each loop, in two of the pool, and on this thread. */
  private void everywhere(CoroutineRunnable body) throws Exception {
    List<Future<?>> tasks = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      tasks.add(one.start(body));
      tasks.add(other.start(body));
      tasks.add(Task.start(pool, body));
    }
    body.run();
    for (Future<?> t : tasks) {
      t.get();
    }
  }

  private static final int PARTIES = 7;

  private int unguarded;

  @Test
  void aMutex_guards_andHandsOnWhatItGuards() throws Exception {
    Mutex mutex = new Mutex();
    everywhere(
        () -> {
          for (int i = 0; i < TIMES; i++) {
            try (Held held = mutex.hold()) {
              unguarded++;
            }
          }
        });
    assertEquals(PARTIES * TIMES, unguarded);
    assertNull(mutex.owner());
  }

  @Test
  void aSemaphore_letsInNoMoreThanItHasPermits() throws Exception {
    Semaphore semaphore = new Semaphore(3);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    everywhere(
        () -> {
          for (int i = 0; i < TIMES; i++) {
            semaphore.acquire();
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            Thread.yield();
            inside.decrementAndGet();
            semaphore.release();
          }
        });
    assertTrue(most.get() <= 3, "inside at once: " + most);
    assertEquals(3, semaphore.available());
  }

  @Test
  void aChannel_losesAndDoublesNothing() throws Exception {
    for (int capacity : new int[] {0, 1, Channel.UNLIMITED}) {
      Channel<Integer> channel = new Channel<>(capacity);
      ConcurrentLinkedQueue<Integer> received = new ConcurrentLinkedQueue<>();
      Task<Void> receiving = one.start(() -> channel.forEach(received::add));
      Task<Void> also = other.start(() -> channel.forEach(received::add));
      everywhere(
          () -> {
            for (int i = 0; i < TIMES; i++) {
              channel.send(i);
            }
          });
      channel.close();
      receiving.get();
      also.get();
      assertEquals(PARTIES * TIMES, received.size());
      assertEquals(
          (long) PARTIES * TIMES * (TIMES - 1) / 2,
          received.stream().mapToLong(Integer::longValue).sum());
    }
  }

  @Test
  void aSignal_letsAllGoOn() throws Exception {
    Signal signal = new Signal();
    AtomicInteger gone = new AtomicInteger();
    Task<Void> setting = one.start(() -> signal.set());
    everywhere(
        () -> {
          signal.await();
          gone.incrementAndGet();
        });
    setting.get();
    assertEquals(PARTIES, gone.get());
  }

  @Test
  void aBarrier_holdsUntilAllHaveArrived() throws Exception {
    Barrier barrier = new Barrier(PARTIES);
    AtomicInteger arrived = new AtomicInteger();
    everywhere(
        () -> {
          for (int round = 1; round <= 100; round++) {
            arrived.incrementAndGet();
            barrier.await();
            assertTrue(arrived.get() >= round * PARTIES);
            barrier.await();
          }
        });
    assertEquals(100 * PARTIES, arrived.get());
  }

  @Coroutine
  private static Thread waitFor(Task<?> task) {
    Task.await(task);
    return Thread.currentThread();
  }

  @Test
  void aTask_isAwaitedFromAnywhere_andEachGoesOnWhereItIs() throws Exception {
    Signal go = new Signal();
    Task<Thread> task =
        one.start(
            () -> {
              go.await();
              return Thread.currentThread();
            });
    Task<Thread> there = other.start(() -> waitFor(task));
    Task<Thread> here = one.start(() -> waitFor(task));
    go.set();
    assertEquals("one", task.get().getName());
    assertEquals("one", here.get().getName());
    assertEquals("other", there.get().getName());
    assertSame(Thread.currentThread(), waitFor(task));
  }

  @Test
  void aTask_isCancelledFromAnotherLoop_whichMayAwaitItsEnd() throws Exception {
    Signal cleaned = new Signal();
    Task<Void> task =
        one.start(
            () -> {
              try {
                Task.sleep(Duration.ofDays(1));
              } catch (TaskCancelled e) {
                Task.shield(() -> Task.sleep(Duration.ofMillis(1)));
                cleaned.set();
                throw e;
              }
            });
    Task<Boolean> cancelling =
        other.start(
            () -> {
              task.cancel(false);
              try {
                task.await();
                return false;
              } catch (CancellationException e) {
                return cleaned.isSet();
              }
            });
    assertTrue(cancelling.get());
  }

  @Test
  void aFailure_isTheSameObjectEverywhere() throws Exception {
    IllegalStateException failure = new IllegalStateException("on one loop");
    Task<String> task =
        one.start(
            () -> {
              Task.yield();
              throw failure;
            });
    Task<Throwable> seen =
        other.start(
            () -> {
              try {
                task.await();
                return new AssertionError("no failure");
              } catch (IllegalStateException e) {
                return e;
              }
            });
    assertSame(failure, seen.get());
    try {
      task.get();
    } catch (ExecutionException e) {
      assertSame(failure, e.getCause());
    }
  }
}

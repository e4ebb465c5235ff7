package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.CoroutineRunnable;
import dev.coweave.sync.Barrier;
import dev.coweave.sync.Held;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutexes, semaphores, signals and barriers: who is served when, and what a cancellation leaves behind. */
@Timeout(300)
class LocksTest extends InVirtualTime {
  private final List<Object> log = new ArrayList<>();

  // ---- mutex

  @Test
  void hold_unlocksHoweverTheBlockEnds() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          Task<Throwable> failing =
              Task.start(
                  () ->
                      failureOf(
                          () -> {
                            try (Held held = mutex.hold()) {
                              assertSame(Task.current(), mutex.owner());
                              Task.sleep(SECOND);
                              throw new IllegalArgumentException("failed");
                            }
                          }));
          Task.yield();
          try (Held held = mutex.hold()) { // waits
            assertTrue(failing.isDone());
            assertSame(Task.current(), mutex.owner());
          }
          assertFalse(mutex.isLocked());
          assertNull(mutex.owner());
          assertEquals("failed", Task.await(failing).getMessage());
        });
  }

  @Test
  void aMutex_ofItsOwnTask_isAnErrorThatChangesNothing() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          mutex.lock();
          assertInstanceOf(IllegalStateException.class, failureOf(mutex::hold));
          assertFalse(mutex.tryLock());
          assertSame(Task.current(), mutex.owner());
          mutex.unlock();
          assertFalse(mutex.isLocked());
        });
  }

  @Test
  void aMutexThatIsGranted_atTheInstantOfTheCancellation_isHeld() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          mutex.lock();
          Task<Void> task =
              Task.start(
                  () -> {
                    try (Held held = mutex.hold()) {
                      log.add("held");
                      Task.sleep(SECOND);
                      log.add("slept");
                    }
                  });
          Task.yield();
          mutex.unlock();
          task.cancel(false);
          assertTrue(mutex.isLocked());
          Task.yield();
          Task.yield();
          assertTrue(task.isCancelled());
          assertFalse(mutex.isLocked());
          assertEquals(List.of("held"), log);
        });
  }

  @Test
  void aMutexThatIsCancelled_atTheInstantOfTheUnlock_goesToTheNext() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          mutex.lock();
          Task<Void> cancelled = Task.start(() -> mutex.lock());
          Task<Void> next =
              Task.start(
                  () -> {
                    mutex.lock();
                    log.add("next");
                    mutex.unlock();
                  });
          Task.yield();
          cancelled.cancel(false);
          mutex.unlock();
          Task.await(next);
          assertTrue(cancelled.isCancelled());
          assertFalse(mutex.isLocked());
          assertEquals(List.of("next"), log);
        });
  }

  @Test
  void aLoopOfLocksThatNeverWait_letsOthersRun_andCanBeCancelled() throws Exception {
    Mutex mutex = new Mutex();
    Semaphore semaphore = new Semaphore(1);
    Signal signal = new Signal();
    Barrier barrier = new Barrier(1);
    signal.set();
    List<CoroutineRunnable> operations =
        List.of(
            () -> {
              mutex.lock();
              mutex.unlock();
            },
            () -> mutex.hold().close(),
            () -> {
              semaphore.acquire();
              semaphore.release();
            },
            () -> semaphore.hold().close(),
            () -> signal.await(),
            () -> barrier.await());
    for (CoroutineRunnable operation : operations) {
      run(
          () -> {
            Task<Void> busy =
                Task.start(
                    () -> {
                      while (true) {
                        operation.run();
                      }
                    });
            Task.yield();
            busy.cancel(false);
            Task.yield();
            Task.yield();
            assertTrue(busy.isCancelled());
          });
    }
    assertFalse(mutex.isLocked());
    assertEquals(1, semaphore.available());
  }

  // ---- semaphore

  @Test
  void aBigRequest_isNotPassedBySmallOnes() throws Exception {
    run(
        () -> {
          Semaphore semaphore = new Semaphore(2);
          Task<Void> big =
              Task.start(
                  () -> {
                    semaphore.acquire(3);
                    log.add("big");
                    semaphore.release(3);
                  });
          Task.yield();
          Task<Void> small =
              Task.start(
                  () -> {
                    semaphore.acquire();
                    log.add("small");
                    semaphore.release();
                  });
          Task.yield();
          assertFalse(semaphore.tryAcquire());
          assertEquals(List.of(), log);
          assertEquals(2, semaphore.available());
          semaphore.release();
          Task.await(big);
          Task.await(small);
          assertEquals(List.of("big", "small"), log);
          assertEquals(3, semaphore.available());
        });
  }

  @Test
  void aBigRequestThatIsCancelled_letsTheSmallOnesPass() throws Exception {
    run(
        () -> {
          Semaphore semaphore = new Semaphore(2);
          Task<Void> big = Task.start(() -> semaphore.acquire(3));
          Task<Void> small = Task.start(() -> semaphore.acquire());
          Task<Void> other = Task.start(() -> semaphore.acquire());
          Task.yield();
          assertFalse(small.isDone());
          big.cancel(false);
          Task.await(small);
          Task.await(other);
          assertTrue(big.isCancelled());
          assertEquals(0, semaphore.available());
          assertFalse(semaphore.tryAcquire());
        });
  }

  @Test
  void oneRelease_servesAllThatItIsEnoughFor() throws Exception {
    run(
        () -> {
          Semaphore semaphore = new Semaphore(0);
          for (int n : new int[] {1, 2, 4, 1}) {
            Task.start(
                () -> {
                  semaphore.acquire(n);
                  log.add(n);
                });
          }
          Task.yield();
          semaphore.release(6);
          Task.sleep(SECOND);
          assertEquals(List.of(1, 2), log);
          assertEquals(3, semaphore.available());
          semaphore.release(2);
          Task.sleep(SECOND);
          assertEquals(List.of(1, 2, 4, 1), log);
          assertEquals(0, semaphore.available());
        });
  }

  @Test
  void aTimedOutAcquire_hasTakenNothing() throws Exception {
    run(
        () -> {
          Semaphore semaphore = new Semaphore(1);
          Throwable failure =
              failureOf(
                  () ->
                      Task.timeout(
                          SECOND,
                          () -> {
                            semaphore.acquire(2);
                            return "acquired";
                          }));
          assertInstanceOf(TimeoutException.class, failure);
          assertEquals(1, semaphore.available());
          try (Held held = semaphore.hold()) {
            assertEquals(0, semaphore.available());
          }
          assertEquals(1, semaphore.available());
        });
  }

  @Test
  void numbersOfPermits_thatMakeNoSense_areRefused() {
    Semaphore semaphore = new Semaphore(1);
    assertThrows(IllegalArgumentException.class, () -> new Semaphore(-1));
    assertThrows(IllegalArgumentException.class, () -> semaphore.release(0));
    assertThrows(IllegalArgumentException.class, () -> semaphore.tryAcquire(-1));
    assertThrows(IllegalArgumentException.class, () -> semaphore.acquire(0));
    assertEquals(1, semaphore.available());
  }

  // ---- signal

  @Test
  void aPulse_letsThoseGoOnWhoWait_andNobodyElse() throws Exception {
    run(
        () -> {
          Signal signal = new Signal();
          Task<Void> early = Task.start(() -> signal.await());
          Task.yield();
          signal.pulse();
          Task<Void> late = Task.start(() -> signal.await());
          Task.sleep(SECOND);
          assertTrue(early.isDone());
          assertFalse(late.isDone());
          signal.set();
          Task.await(late);
          assertTrue(signal.isSet());
        });
  }

  @Test
  void aSignalThatIsSetAndClearedAtOnce_stillLetsGo() throws Exception {
    run(
        () -> {
          Signal signal = new Signal();
          Task<Void> waiting = Task.start(() -> signal.await());
          Task.yield();
          signal.set();
          signal.clear();
          Task.await(waiting);
          assertFalse(signal.isSet());
        });
  }

  // ---- barrier

  /** An executor that runs the cancelled task inside the call that cancels it, before that call has done anything else. */
  @Test
  void aTaskThatIsCancelledAtTheBarrier_hasLeftIt_whenItRuns() throws Exception {
    Barrier barrier = new Barrier(2);
    Task<Void> task =
        Task.start(
            Runnable::run,
            () -> {
              try {
                barrier.await();
              } catch (TaskCancelled e) {
                log.add(barrier.waiting());
                Task.shield(() -> barrier.await());
                log.add("passed");
              }
            });
    task.cancel(false);
    assertEquals(List.of(0), log);
    run(() -> barrier.await());
    assertEquals(List.of(0, "passed"), log);
    assertTrue(task.isDone());
  }

  // ---- turns

  @Test
  void aMutex_isHandedOnInTheOrderOfAsking_andNobodyPasses() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          mutex.lock();
          List<Task<Void>> tasks = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            int n = i;
            tasks.add(
                Task.start(
                    () -> {
                      mutex.lock();
                      log.add(n);
                      Task.sleep(SECOND);
                      mutex.unlock();
                    }));
          }
          Task.yield();
          mutex.unlock();
          assertFalse(mutex.tryLock()); // it is the first one's already, who hasn't run yet
          mutex.lock();
          assertEquals(List.of(0, 1, 2), log);
          mutex.unlock();
          for (Task<Void> t : tasks) {
            Task.await(t);
          }
        });
  }

  @Test
  void aMutex_isUnlockedByItsTaskOnly() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          assertEquals(
              "Mutex.unlock: nobody holds it",
              assertThrows(IllegalStateException.class, mutex::unlock).getMessage());
          mutex.lock();
          Task<Void> other = Task.start(() -> mutex.unlock());
          assertEquals(
              "Mutex.unlock by another task than the one that holds it",
              failureOf(() -> Task.await(other)).getMessage());
          assertSame(Task.current(), mutex.owner());
          mutex.unlock();
        });
  }

  @Test
  void aSemaphore_servesInTheOrderOfAsking() throws Exception {
    run(
        () -> {
          Semaphore semaphore = new Semaphore(2);
          for (int i = 0; i < 5; i++) {
            int n = i;
            Task.start(
                () -> {
                  semaphore.acquire();
                  log.add(n);
                });
          }
          Task.sleep(SECOND);
          assertEquals(List.of(0, 1), log);
          semaphore.release();
          Task.sleep(SECOND);
          assertEquals(List.of(0, 1, 2), log);
          semaphore.release(2);
          Task.sleep(SECOND);
          assertEquals(List.of(0, 1, 2, 3, 4), log);
        });
  }

  @Test
  void aSignalThatIsSet_holdsUpNobody_untilItIsCleared() throws Exception {
    run(
        () -> {
          Signal signal = new Signal();
          signal.set();
          Task<?> other = Task.start(() -> log.add("other"));
          signal.await();
          signal.await();
          assertEquals(List.of(), log); // they didn't wait
          signal.clear();
          Task<Void> waiting = Task.start(() -> signal.await());
          Task.sleep(SECOND);
          assertFalse(waiting.isDone());
          waiting.cancel(false);
          Task.await(other);
        });
  }
}

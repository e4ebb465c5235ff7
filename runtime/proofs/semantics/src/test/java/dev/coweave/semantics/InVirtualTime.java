package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What tests of tasks share: a loop in virtual time, and a log of what happened in what order. */
abstract class InVirtualTime {
  static final Duration SECOND = Duration.ofSeconds(1);
  static final Duration HOUR = Duration.ofHours(1);

  final VirtualClock clock = new VirtualClock();
  final List<String> log = new ArrayList<>();

  final void run(CoroutineRunnable body) throws Exception {
    EventLoop.run(clock, body);
  }

  /** What a body throws. The lambda of assertThrows is a plain one, which can't wait. */
  @Coroutine
  static <X extends Throwable> X thrown(Class<X> type, CoroutineRunnable body) {
    try {
      body.run();
    } catch (Throwable t) {
      if (type == t.getClass()) {
        return type.cast(t);
      }
      throw new AssertionError("not " + type, t);
    }
    throw new AssertionError("nothing was thrown, where " + type + " should be");
  }

  /** What a body throws, of whatever class. */
  @Coroutine
  static Throwable failureOf(CoroutineCallable<?> body) {
    try {
      return new AssertionError("gave " + body.call());
    } catch (Throwable t) {
      return t;
    }
  }

  @Coroutine
  static void sleepFor(int seconds) {
    Task.sleep(Duration.ofSeconds(seconds));
  }

  @Coroutine
  final void sleeps(int seconds) {
    try {
      sleepFor(seconds);
      log.add("slept " + seconds);
    } finally {
      log.add("ended " + seconds);
    }
  }

  @Coroutine
  static void failsAfter(int seconds, RuntimeException failure) {
    sleepFor(seconds);
    throw failure;
  }

  final void assertLog(String... expected) {
    assertEquals(List.of(expected), log);
  }

  final void assertElapsed(Duration expected) {
    assertEquals(expected, clock.elapsed());
  }
}

package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What fails while a generator is closed is heard by whoever closes it: in a body, an operator, a child task or an iterator. */
class ClosedSequencesTest extends InVirtualTime {
  /** Fails as it is closed. */
  private record Resource(List<String> log) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      log.add("closed");
      throw new IOException("as it was closed");
    }
  }

  @Coroutine
  private static AsyncGenerator<Integer> failsInFinally(String message) {
    try {
      for (int i = 0; ; i++) {
        Task.yield();
        Generator.yield(i);
      }
    } finally {
      failed(message);
    }
  }

  private static void failed(String message) {
    throw new IllegalStateException(message);
  }

  @Coroutine
  private AsyncGenerator<Integer> withResource() throws IOException {
    try (Resource r = new Resource(log)) {
      for (int i = 0; ; i++) {
        Task.yield();
        Generator.yield(i);
      }
    }
  }

  @Coroutine
  private Generator<Integer> plainWithResource() throws IOException {
    try (Resource r = new Resource(log)) {
      for (int i = 0; ; i++) {
        Generator.yield(i);
      }
    }
  }

  /** What its close throws, once it has given an element. */
  @Coroutine
  private static Throwable inClose(AsyncGenerator<?> g) {
    g.next();
    Throwable failure = failureOf(() -> close(g));
    assertFalse(g.hasNext());
    return failure;
  }

  @Coroutine
  private static String close(AsyncGenerator<?> g) {
    g.close();
    return "nothing";
  }

  @Test
  void whatFailsInABody_passesThroughOperators() throws Exception {
    run(
        () -> {
          assertEquals("a", inClose(failsInFinally("a").map(i -> i)).getMessage());
          assertEquals("b", inClose(failsInFinally("b").filter(i -> true)).getMessage());
          assertEquals("c", inClose(failsInFinally("c").timeout(HOUR)).getMessage());
          assertEquals("d", inClose(failsInFinally("d").take(9).map(i -> i)).getMessage());
        });
  }

  @Test
  void ofSeveralThatFail_theFirstSuppressesTheOthers() throws Exception {
    run(
        () -> {
          Throwable both = inClose(failsInFinally("a").zip(failsInFinally("b"), (x, y) -> x));
          assertEquals("a", both.getMessage());
          assertEquals("b", both.getSuppressed()[0].getMessage());
          Throwable merged = inClose(failsInFinally("a").merge(failsInFinally("b")));
          assertEquals("a", merged.getMessage());
          assertEquals("b", merged.getSuppressed()[0].getMessage());
        });
  }

  @Test
  void aResourceThatFails_isNotSuppressedByTheClosing() throws Exception {
    run(
        () -> {
          assertEquals("as it was closed", inClose(withResource()).getMessage());
          assertEquals("as it was closed", inClose(withResource().map(i -> i)).getMessage());
          assertEquals("as it was closed", inClose(withResource().buffer(3)).getMessage());
          Generator<Integer> plain = plainWithResource();
          plain.next();
          assertEquals("as it was closed", thrown(IOException.class, plain::close).getMessage());
          assertLog("closed", "closed", "closed", "closed");
        });
  }

  @Test
  void aChildThatFailsWhileItIsCancelled_isHeardOf() throws Exception {
    run(
        () -> {
          assertEquals("a", inClose(failsInFinally("a").buffer(2)).getMessage());
          assertEquals(1, Task.all().size());
        });
  }

  @Test
  void aFailureThatAFinallyBlockThrowsAgain_isThrownOnce() throws Exception {
    run(
        () -> {
          IllegalStateException shared = new IllegalStateException("shared");
          Throwable t = failureOf(() -> consume(throwsInFinally(shared), shared));
          assertSame(shared, t);
        });
  }

  @Coroutine
  private static String consume(AsyncGenerator<?> g, RuntimeException failure) {
    g.forEach(
        i -> {
          throw failure;
        });
    return "nothing";
  }

  @Coroutine
  private static AsyncGenerator<Integer> throwsInFinally(RuntimeException failure) {
    try {
      Generator.yield(1);
    } finally {
      throwIt(failure);
    }
    return AsyncGenerator.end();
  }

  private static void throwIt(RuntimeException failure) {
    throw failure;
  }

  // ---- iterators

  /** Closeable numbers. */
  private final class Numbers implements Iterator<Integer>, AutoCloseable {
    private final int most;
    private final boolean fails;
    private int next;

    Numbers(int most, boolean fails) {
      this.most = most;
      this.fails = fails;
    }

    @Override
    public boolean hasNext() {
      return next < most;
    }

    @Override
    public Integer next() {
      if (fails && next == 1) {
        throw new IllegalStateException("next");
      }
      return next++;
    }

    @Override
    public void close() throws IOException {
      log.add("closed");
      if (fails) {
        throw new IOException("as it was closed");
      }
    }
  }

  @Coroutine
  private static AsyncGenerator<Integer> yieldsAll(Iterator<Integer> all) {
    Generator.yieldAll(all);
    return AsyncGenerator.end();
  }

  @Test
  void anIterator_isClosedHoweverItsGeneratorEnds() throws Exception {
    run(
        () -> {
          AsyncGenerator.of(() -> new Numbers(1, false)).forEach(i -> {});
          assertLog("closed");
          AsyncGenerator<Integer> fails = AsyncGenerator.of(() -> new Numbers(2, true));
          fails.next();
          IllegalStateException e = thrown(IllegalStateException.class, fails::next);
          assertEquals("as it was closed", e.getSuppressed()[0].getMessage());
          assertLog("closed", "closed");
          fails.close();
          AsyncGenerator<Integer> closed = AsyncGenerator.of(() -> new Numbers(9, false));
          closed.next();
          closed.close();
          closed.close();
          assertLog("closed", "closed", "closed");
        });
  }

  @Test
  void anIteratorThatFailsToClose_isHeardOf() throws Exception {
    run(
        () -> {
          AsyncGenerator<Integer> of = AsyncGenerator.of(() -> new Numbers(9, true));
          assertEquals("as it was closed", inClose(of).getMessage());
          AsyncGenerator<Integer> all = yieldsAll(new Numbers(9, true));
          assertEquals("as it was closed", inClose(all).getMessage());
        });
  }

  // ---- children that can't be started

  @Coroutine
  private AsyncGenerator<Integer> named(String name) {
    try {
      while (true) {
        Task.yield();
        Generator.yield(0);
      }
    } finally {
      log.add(name);
    }
  }

  /** Refuses one job, after so many others. */
  private record Refusing(Executor pool, AtomicInteger left) implements Executor {
    @Override
    public void execute(Runnable job) {
      if (left.getAndDecrement() == 0) {
        throw new RejectedExecutionException("no more");
      }
      pool.execute(job);
    }
  }

  @Test
  void whereAChildIsRefused_thoseBeforeItEnd_andTheOtherSourcesAreClosed() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    CoroutineRunnable merges =
        () -> {
          AsyncGenerator<Integer> last = named("last");
          last.next(); // it has begun, so that it is to be closed
          AsyncGenerator<Integer> all = named("first").merge(named("second"), last);
          left.set(1);
          RejectedExecutionException e = thrown(RejectedExecutionException.class, all::next);
          assertEquals("no more", e.getMessage());
        };
    try {
      Task.start(new Refusing(pool, left), merges).get();
      assertLog("first", "last");
    } finally {
      pool.shutdown();
    }
  }
}

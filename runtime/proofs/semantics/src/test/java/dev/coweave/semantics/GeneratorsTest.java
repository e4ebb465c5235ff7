package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How generators end: used up, closed, or abandoned by their consumer. */
class GeneratorsTest {
  private static final List<String> LOG = new ArrayList<>();

  GeneratorsTest() {
    LOG.clear();
  }

  @Coroutine
  private static Generator<Integer> twoElements() {
    try {
      Generator.yield(1);
      Generator.yield(2);
      return Generator.end();
    } finally {
      LOG.add("finally");
    }
  }

  @Test
  void close_runsFinallyBlocks() {
    Generator<Integer> g = twoElements();
    assertEquals(1, g.next());
    g.close();
    assertEquals(List.of("finally"), LOG);
    assertFalse(g.hasNext());
  }

  @Test
  void close_ofAFreshOne_runsNothing() {
    Generator<Integer> g = twoElements();
    g.close();
    assertEquals(List.of(), LOG);
    assertFalse(g.hasNext());
  }

  @Test
  void close_ofAFinishedOne_runsNothingAgain() {
    Generator<Integer> g = twoElements();
    while (g.hasNext()) {
      g.next();
    }
    g.close();
    assertEquals(List.of("finally"), LOG);
  }

  // ---- abandoned by their consumer

  @Test
  void abandonedInALoop_nothingRuns_untilItIsClosed() {
    Generator<Integer> g = twoElements();
    for (int n : g) {
      assertEquals(1, n);
      break;
    }
    assertEquals(List.of(), LOG);
    assertEquals(2, g.next()); // it may be gone on with
    g.close();
    assertEquals(List.of("finally"), LOG);
  }

  @Test
  void tryWithResources_closesWhatALoopLeaves_byBreakOrByException() {
    try (Generator<Integer> g = twoElements()) {
      for (int n : g) {
        LOG.add("element " + n);
        break;
      }
    }
    assertEquals(List.of("element 1", "finally"), LOG);
    assertThrows(
        ArithmeticException.class,
        () -> {
          try (Generator<Integer> g = twoElements()) {
            g.forEachRemaining(
                n -> {
                  throw new ArithmeticException("of element " + n);
                });
          }
        });
    assertEquals(List.of("element 1", "finally", "finally"), LOG);
  }

  @Test
  void aStream_closesIt_whenItIsClosed_andNotBefore() {
    try (Stream<Integer> elements = twoElements().stream()) {
      assertEquals(1, elements.findFirst().orElseThrow());
      assertEquals(List.of(), LOG);
    }
    assertEquals(List.of("finally"), LOG);
  }

  @Test
  void ofAnIterable_eachIteratorIsOnItsOwn() {
    Iterable<Integer> numbers = restartable(3);
    Iterator<Integer> abandoned = numbers.iterator();
    assertEquals(1, abandoned.next());
    List<Integer> all = new ArrayList<>();
    numbers.forEach(all::add);
    assertEquals(List.of(1, 2, 3), all);
    assertEquals(2, abandoned.next());
  }

  @Coroutine
  private static Iterable<Integer> restartable(int n) {
    for (int i = 1; i <= n; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Coroutine
  private static Generator<Object> holding(Object local) {
    Generator.yield(1);
    Generator.yield(local);
    return Generator.end();
  }

  private static void assertGarbage(WeakReference<?> r) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (r.get() != null) {
      assertTrue(System.nanoTime() < deadline, "something holds " + r.get());
      System.gc();
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  static List<Consumer<Generator<Object>>> ends() {
    return List.of(
        Generator::close,
        g -> {
          g.next();
          g.close();
        },
        g -> g.forEachRemaining(e -> {}),
        g -> {
          g.next();
          assertThrows(ArithmeticException.class, () -> g.raise(new ArithmeticException()));
        });
  }

  @ParameterizedTest
  @MethodSource("ends")
  void onceEnded_itHoldsNothingOfItsLocals(Consumer<Generator<Object>> end) throws Exception {
    Object local = new Object();
    WeakReference<Object> held = new WeakReference<>(local);
    Generator<Object> g = holding(local);
    local = null;
    end.accept(g);
    assertGarbage(held);
    assertFalse(g.hasNext()); // and is itself alive until here
  }

  @Test
  void abandonedForGood_itIsGarbage_asAnyIterator() throws Exception {
    Generator<Integer> g = twoElements();
    g.next();
    WeakReference<Generator<Integer>> abandoned = new WeakReference<>(g);
    g = null;
    assertGarbage(abandoned);
    assertEquals(List.of(), LOG); // no thread runs what its owner didn't ask for
  }

  // ---- closed through what they delegate to

  @Coroutine
  private static Generator<Integer> nested(int depth) {
    try {
      if (depth > 0) {
        Generator.yieldAll(nested(depth - 1));
      }
      Generator.yield(depth);
      return Generator.end();
    } finally {
      LOG.add("finally " + depth);
    }
  }

  @Test
  void close_reachesTheInnermost_andRunsFinallyBlocksFromThere() {
    Generator<Integer> g = nested(3);
    assertEquals(0, g.next());
    g.close();
    assertEquals(List.of("finally 0", "finally 1", "finally 2", "finally 3"), LOG);
  }

  @Coroutine
  private static void yieldInCalls(int depth) {
    try {
      if (depth == 0) {
        Generator.yield("leaf");
      } else {
        yieldInCalls(depth - 1);
      }
    } finally {
      LOG.add("call " + depth);
    }
  }

  @Test
  void close_atAYieldInNestedCalls_endsEachOfThem() {
    Generator<String> g = Generator.of(() -> yieldInCalls(2));
    assertEquals("leaf", g.next());
    g.close();
    assertEquals(List.of("call 0", "call 1", "call 2"), LOG);
  }

  /** An iterator that isn't a generator, and wants to be closed. */
  private static final class Lines implements Iterator<String>, AutoCloseable {
    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public String next() {
      return "line";
    }

    @Override
    public void close() {
      LOG.add("closed");
    }
  }

  @Test
  void close_closesTheIteratorThatItGivesTheElementsOf() {
    Generator<String> g = Generator.of(() -> Generator.yieldAll(new Lines()));
    assertEquals("line", g.next());
    g.close();
    assertEquals(List.of("closed"), LOG);
  }

  // ---- bodies that resist

  @Coroutine
  private static Generator<Integer> resisting() {
    try {
      Generator.yield(1);
    } finally {
      Generator.yield(2);
    }
    return Generator.end();
  }

  @Test
  void close_ofABodyThatYieldsOnceMore_isAnError_whichSaysWhy() {
    Generator<Integer> g = resisting();
    g.next();
    IllegalStateException e = assertThrows(IllegalStateException.class, g::close);
    assertEquals(
        "the generator yielded while it was closed; don't yield in a finally block or catch"
            + " Throwable around a yield",
        e.getMessage());
  }

  @Test
  void close_isNotCaughtByCatchException() {
    Generator<Integer> g =
        Generator.of(
            () -> {
              try {
                Generator.yield(1);
              } catch (Exception e) {
                LOG.add("caught");
              }
              LOG.add("went on");
            });
    g.next();
    g.close();
    assertEquals(List.of(), LOG);
  }

  @Test
  void close_throwsWhatAFinallyBlockThrows_andTheGeneratorIsFinished() {
    Generator<Integer> g =
        Generator.of(
            () -> {
              try {
                Generator.yield(1);
              } finally {
                LOG.add(String.valueOf(1 / LOG.size()));
              }
            });
    g.next();
    assertThrows(ArithmeticException.class, g::close);
    assertFalse(g.hasNext());
    g.close();
  }

  // ---- in tasks

  @Test
  void aTaskThatIsCancelled_closesTheGeneratorThatItConsumes() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task<Void> consuming =
              Task.start(
                  () -> {
                    try (Generator<Integer> g = twoElements()) {
                      for (int n : g) {
                        LOG.add("element " + n);
                        Task.sleep(Duration.ofHours(1));
                      }
                    }
                  });
          Task.yield();
          consuming.cancel(false);
        });
    assertEquals(List.of("element 1", "finally"), LOG);
  }

  @Test
  void aGeneratorsBody_mayAwaitWhatIsComplete_andNothingElse() {
    CompletableFuture<Integer> pending = new CompletableFuture<>();
    Generator<Integer> g =
        Generator.of(
            () -> {
              Generator.yield(Task.await(CompletableFuture.completedFuture(1)));
              Generator.yield(Task.await(pending));
            });
    assertEquals(1, g.next());
    assertThrows(IllegalStateException.class, g::next);
    assertFalse(g.hasNext());
  }

  @Test
  void itMayBeHandedFromThreadToThread() throws Exception {
    Generator<Integer> g = nested(2);
    List<Integer> elements = new ArrayList<>();
    while (g.hasNext()) {
      Thread thread = new Thread(() -> elements.add(g.next()));
      thread.start();
      thread.join();
    }
    assertEquals(List.of(0, 1, 2), elements);
  }

  @Test
  void whoAsksItFromItsOwnBody_isToldSo() {
    AtomicReference<Generator<Integer>> self = new AtomicReference<>();
    self.set(Generator.of(() -> Generator.yield(self.get().next())));
    assertThrows(IllegalStateException.class, () -> self.get().next());
  }

  // ---- delegates that ignore a close: PEP 380 raises the error in the generator that yields all
  // of them

  @Coroutine
  private static Generator<Object> ignoresClose() {
    try {
      Generator.yield("a");
    } catch (Throwable t) {
      LOG.add("ignored");
      Generator.yield("b");
      LOG.add("went on");
    }
    return Generator.end();
  }

  @Coroutine
  private static void nested(Generator<?> inner) {
    Generator.yieldAll(inner);
    LOG.add("nested went on");
  }

  @Coroutine
  private static Generator<Object> delegates(Generator<?> inner, boolean catches) {
    try {
      nested(inner);
      LOG.add("outer went on");
    } catch (IllegalStateException e) {
      LOG.add("failed");
      if (!catches) {
        throw e;
      }
    } finally {
      LOG.add("finally");
    }
    return Generator.end("result");
  }

  @Test
  void close_ofADelegateThatIgnoresIt_failsTheOuterWhereItDelegates() {
    Generator<Object> inner = ignoresClose();
    Generator<Object> g = delegates(inner, false);
    g.next();
    assertThrows(IllegalStateException.class, g::close);
    assertEquals(List.of("ignored", "failed", "finally"), LOG);
    assertFalse(g.hasNext());
    assertFalse(inner.hasNext());
    assertEquals(List.of("ignored", "failed", "finally", "went on"), LOG);
  }

  @Test
  void close_ofADelegateThatIgnoresIt_isOverWhereTheOuterCatchesTheError() {
    Generator<Object> g = delegates(ignoresClose(), true);
    g.next();
    g.close();
    assertEquals(List.of("ignored", "failed", "finally"), LOG);
    assertFalse(g.hasNext());
    assertEquals("result", g.result());
  }

  @Test
  void close_ofADelegateThatIgnoresIt_failsEachOuterInTurn() {
    Generator<Object> g = delegates(delegates(ignoresClose(), false), false);
    g.next();
    assertThrows(IllegalStateException.class, g::close);
    assertEquals(List.of("ignored", "failed", "finally", "failed", "finally"), LOG);
  }
}

package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Async generators: what they hold, how they are cancelled, and their publishers. */
class SequencesTest extends InVirtualTime {
  private static final int MILLION = 1_000_000;

  @Coroutine
  private static AsyncGenerator<Object> large(int n, boolean nested) {
    Object local = new byte[100];
    for (int i = 0; i < n; i++) {
      if (nested) {
        emit(local);
      } else {
        Generator.yield(local);
      }
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private static void emit(Object value) {
    Task.yield();
    Generator.yield(value);
  }

  @Coroutine
  private AsyncGenerator<Integer> ticking() {
    try {
      for (int i = 0; ; i++) {
        Task.sleep(SECOND);
        Generator.yield(i);
      }
    } finally {
      Task.shield(() -> sleepFor(5));
      log.add("finally");
    }
  }

  @Test
  void aMillionElements_inConstantMemory() throws Exception {
    EventLoop.run(
        () -> {
          for (boolean nested : new boolean[] {false, true}) {
            AsyncGenerator<Object> g = large(MILLION, nested);
            long used = 0;
            int n = 0;
            for (; g.hasNext(); n++) {
              g.next();
              if (n == 10_000) {
                used = heap();
              }
            }
            assertEquals(MILLION, n);
            long more = heap() - used;
            // Were each element or step kept, it would be 16 bytes a piece at least.
            assertTrue(more < 8 * MILLION, nested + ": " + more);
          }
        });
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void abandoned_itIsGarbage_andItsFinallyBlocksDoNotRun() throws Exception {
    run(
        () -> {
          WeakReference<Object> g = new WeakReference<>(abandoned());
          Task.yield(); // until the next wait, a task may hold the frames of its last
          for (int i = 0; i < 50 && g.get() != null; i++) {
            System.gc();
          }
          assertNull(g.get());
          assertLog();
        });
  }

  @Coroutine
  private Object abandoned() {
    AsyncGenerator<Integer> g = ticking();
    g.next();
    return g;
  }

  @Test
  void ended_itHoldsNothing_norDoesOneThatIsParkedHoldItsConsumer() throws Exception {
    run(
        () -> {
          AsyncGenerator<Integer> parked = ticking();
          WeakReference<Object> consumer = consumed(parked);
          Task.yield();
          for (int i = 0; i < 50 && consumer.get() != null; i++) {
            System.gc();
          }
          assertNull(consumer.get());
          parked.close();
        });
  }

  @Coroutine
  private static WeakReference<Object> consumed(AsyncGenerator<Integer> g) {
    Object local = new Object();
    g.next();
    return new WeakReference<>(local);
  }

  @Test
  void cancellingTheConsumer_reachesTheBodysWait_whoseFinallyMayWaitShielded() throws Exception {
    run(
        () -> {
          Task<Void> consumer = Task.start(() -> ticking().forEach(i -> log.add("got " + i)));
          Task.sleep(Duration.ofMillis(1500));
          consumer.cancel(false);
          assertTrue(failureOf(() -> consumer.await()) instanceof CancellationException);
          assertLog("got 0", "finally");
          assertElapsed(Duration.ofMillis(6500));
        });
  }

  @Test
  void failingInFinally_isWhatCloseThrows() throws Exception {
    run(
        () -> {
          AsyncGenerator<Integer> g = failsInFinally();
          g.next();
          IllegalStateException e = thrown(IllegalStateException.class, g::close);
          assertEquals("in finally", e.getMessage());
          assertFalse(g.hasNext());
        });
  }

  @Coroutine
  private static AsyncGenerator<Integer> failsInFinally() {
    try {
      Generator.yield(1);
    } finally {
      sleepFor(1);
      throwInFinally();
    }
    return AsyncGenerator.end();
  }

  private static void throwInFinally() {
    throw new IllegalStateException("in finally");
  }

  @Test
  void timeout_boundsEachElement() throws Exception {
    run(
        () -> {
          List<Integer> got = new ArrayList<>();
          AsyncGenerator<Integer> slower =
              AsyncGenerator.of(List.of(1, 2, 9, 1))
                  .map(
                      i -> {
                        sleepFor(i);
                        return i;
                      });
          thrown(
              TimeoutException.class,
              () -> slower.timeout(Duration.ofSeconds(3)).forEach(got::add));
          assertEquals(List.of(1, 2), got);
          assertElapsed(Duration.ofSeconds(6));
        });
  }

  @Test
  void buffer_runsAhead_byAsManyAsItSays() throws Exception {
    run(
        () -> {
          int[] made = {0};
          AsyncGenerator<Integer> g =
              AsyncGenerator.of(List.of(1, 2, 3, 4, 5, 6, 7, 8))
                  .map(
                      i -> {
                        made[0]++;
                        Task.yield();
                        return i;
                      })
                  .buffer(3);
          assertEquals(0, made[0]);
          assertEquals(1, g.next());
          sleepFor(1);
          assertEquals(4, made[0]);
          assertEquals(2, g.next());
          sleepFor(1);
          assertEquals(5, made[0]);
          g.close();
          assertFalse(g.hasNext());
          assertEquals(1, Task.all().size());
        });
  }

  @Test
  void buffer_letsOthersRun_howeverFarAheadItMayBe() throws Exception {
    run(
        () -> {
          int[] made = {0};
          Iterable<Integer> many = IntStream.generate(() -> made[0]++).limit(MILLION)::iterator;
          AsyncGenerator<Integer> g = AsyncGenerator.of(many).buffer(Integer.MAX_VALUE);
          assertEquals(0, g.next());
          assertTrue(made[0] < 1000, made[0] + " were made before the first was taken");
          int[] turns = {0};
          Task<Void> other =
              Task.start(
                  () -> {
                    while (true) {
                      turns[0]++;
                      Task.yield();
                    }
                  });
          for (int i = 1; i < 10_000; i++) {
            assertEquals(i, g.next());
          }
          assertTrue(turns[0] > 10, turns[0] + " turns of another task");
          g.close();
          other.cancel(false);
        });
  }

  @Test
  void merge_endsWithTheFirstFailure_andItsChildrenEnd() throws Exception {
    run(
        () -> {
          AsyncGenerator<Integer> fails =
              AsyncGenerator.of(List.of(1))
                  .map(
                      i -> {
                        sleepFor(3);
                        throw new IllegalStateException("boom");
                      });
          IllegalStateException e =
              thrown(
                  IllegalStateException.class,
                  () -> ticking().merge(fails).forEach(i -> log.add("got " + i)));
          assertEquals("boom", e.getMessage());
          assertTrue(log.contains("finally"), log.toString());
          assertEquals(1, Task.all().size());
        });
  }

  @Test
  void takeAndZip_closeTheirSources() throws Exception {
    run(
        () -> {
          List<String> got = new ArrayList<>();
          ticking().take(2).zip(ticking(), (a, b) -> a + "" + b).forEach(got::add);
          assertEquals(List.of("00", "11"), got);
          assertLog("finally", "finally");
        });
  }

  @Test
  void aPublisher_runsNoFasterThanRequested_andAfreshForEachSubscriber() throws Exception {
    run(
        () -> {
          int[] made = {0};
          Flow.Publisher<Integer> p = counting(made, 5);
          Probe first = new Probe();
          p.subscribe(first);
          sleepFor(1);
          assertEquals(0, made[0]);
          first.subscription.request(2);
          sleepFor(1);
          assertEquals(2, made[0]);
          assertEquals(List.of(5, 6), first.got);
          Probe second = new Probe();
          p.subscribe(second);
          second.subscription.request(9);
          sleepFor(1);
          assertEquals(List.of(5, 6, 7, "end"), second.got);
          first.subscription.cancel();
          sleepFor(1);
          first.subscription.request(9);
          sleepFor(1);
          assertEquals(List.of(5, 6), first.got);
          assertEquals(1, Task.all().size());
        });
  }

  @Coroutine
  private static Flow.Publisher<Integer> counting(int[] made, int from) {
    for (int i = 0; i < 3; i++) {
      made[0]++;
      Task.yield();
      Generator.yield(from++);
    }
    return AsyncGenerator.end();
  }

  @Test
  void cancellingASubscription_reachesTheBodysWait() throws Exception {
    run(
        () -> {
          Probe probe = new Probe();
          ticking().publisher().subscribe(probe);
          probe.subscription.request(5);
          Task.sleep(Duration.ofMillis(1500));
          probe.subscription.cancel();
          sleepFor(9);
          assertEquals(List.of(0), probe.got);
          assertLog("finally");
          assertEquals(1, Task.all().size());
        });
  }

  @Test
  void aSubscriptionOfUnlimitedDemand_letsOthersRun_whoMayCancelIt() throws Exception {
    run(
        () -> {
          int[] made = {0};
          Iterable<Integer> many = IntStream.generate(() -> made[0]++).limit(MILLION)::iterator;
          Probe probe = new Probe();
          AsyncGenerator.of(many).publisher().subscribe(probe);
          probe.subscription.request(Long.MAX_VALUE);
          for (int i = 0; i < 5; i++) {
            Task.yield();
          }
          probe.subscription.cancel();
          assertTrue(made[0] > 0 && made[0] < 10_000, made[0] + " were made");
          Task.yield();
          int last = made[0];
          Task.yield();
          assertEquals(last, made[0]);
          assertEquals(1, Task.all().size());
        });
  }

  /** Never gives an element, and breaks the rule that cancelling returns normally. */
  private static final class Stubborn implements Flow.Publisher<Integer>, Flow.Subscription {
    @Override
    public void subscribe(Flow.Subscriber<? super Integer> s) {
      s.onSubscribe(this);
    }

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {
      throw new AssertionError("can't be cancelled");
    }
  }

  @Test
  void aSubscriptionThatCannotBeCancelled_doesNotHideTheCancellation() throws Exception {
    run(
        () -> {
          AsyncGenerator<Integer> g = AsyncGenerator.of(new Stubborn());
          TimeoutException e =
              thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> g.next()));
          assertEquals("can't be cancelled", e.getCause().getSuppressed()[0].getMessage());
        });
  }

  @Coroutine
  private Flow.Publisher<Integer> oneThenNever() {
    try {
      Generator.yield(1);
      Task.await(new CompletableFuture<Void>());
    } finally {
      log.add("finally");
    }
    return AsyncGenerator.end();
  }

  @Test
  void aBadRequest_reachesTheBodysWait_andEndsTheSubscription() throws Exception {
    run(
        () -> {
          Probe probe = new Probe();
          oneThenNever().subscribe(probe);
          probe.subscription.request(2);
          sleepFor(1);
          probe.subscription.request(0);
          sleepFor(1);
          assertEquals(2, probe.got.size(), probe.got.toString());
          assertTrue(probe.got.get(1) instanceof IllegalArgumentException, probe.got.toString());
          assertLog("finally");
          assertEquals(1, Task.all().size());
        });
  }

  private static final class Probe implements Flow.Subscriber<Object> {
    final List<Object> got = new ArrayList<>();
    Flow.Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription s) {
      subscription = s;
    }

    @Override
    public void onNext(Object item) {
      got.add(item);
    }

    @Override
    public void onError(Throwable t) {
      got.add(t);
    }

    @Override
    public void onComplete() {
      got.add("end");
    }
  }

  @Test
  void aReadyElement_allocatesNothing_notEvenItsBox() throws Exception {
    assertEquals("0 B an element\n", OwnJvm.output(0, ReadyElements.class));
  }

  // ---- traces

  @Coroutine
  private static AsyncGenerator<Integer> failsLater(boolean waits) {
    Generator.yield(1);
    if (waits) {
      Task.yield();
    }
    throw new IllegalStateException("failed");
  }

  @Coroutine
  private static AsyncGenerator<Integer> yieldsAll(boolean waits) {
    Generator.yieldAll(failsLater(waits));
    return AsyncGenerator.end();
  }

  @Coroutine
  private static int consumes(AsyncGenerator<Integer> all) {
    int sum = 0;
    while (all.hasNext()) {
      sum += all.next();
    }
    return sum;
  }

  @Coroutine
  private static Generator<Integer> failsPlainly() {
    Generator.yield(1);
    throw new IllegalStateException("failed");
  }

  /** The users' lines of a trace, down to the consumer. */
  private static String lines(Throwable t) {
    StringBuilder lines = new StringBuilder();
    for (StackTraceElement e : t.getStackTrace()) {
      if (!e.getClassName().startsWith("dev.coweave.semantics.")) {
        continue;
      }
      lines.append(e.getClassName().replaceAll(".*\\.", "")).append('.').append(e.getMethodName());
      if (e.getMethodName().startsWith("consumes")) {
        break;
      }
      lines.append(' ');
    }
    return lines.toString();
  }

  @Test
  void aBodysFailure_readsAsIfTheConsumerHadCalledIt() {
    for (boolean waits : new boolean[] {false, true}) {
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> consumes(failsLater(waits)));
      assertEquals("SequencesTest.failsLater SequencesTest.consumes", lines(e));
      e = assertThrows(IllegalStateException.class, () -> consumes(yieldsAll(waits)));
      assertEquals(
          "SequencesTest.failsLater SequencesTest.yieldsAll SequencesTest.consumes", lines(e));
    }
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> consumesPlainly(failsPlainly()));
    assertEquals("SequencesTest.failsPlainly SequencesTest.consumesPlainly", lines(e));
  }

  private static void consumesPlainly(Generator<Integer> all) {
    for (int i : all) {
      assertEquals(1, i);
    }
  }

  @Coroutine
  private static void fails() {
    Generator.yield(1);
    throw new IllegalStateException("failed");
  }

  @Coroutine
  private static Generator<Integer> callsWhatFails() {
    fails();
    return Generator.end();
  }

  @Coroutine
  private static Generator<Integer> yieldsAllOfWhatFails() {
    Generator.yieldAll(callsWhatFails());
    return Generator.end();
  }

  /** Its consumer is the same method. */
  @SuppressWarnings("InfiniteRecursion") // until it fails
  @Coroutine
  private static Generator<Integer> recurs(int depth) {
    if (depth == 0) {
      fails();
    }
    for (int i : recurs(depth - 1)) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Test
  void aNestedCallsFailure_showsTheBodiesThatAreBetween() {
    assertEquals(
        "SequencesTest.fails SequencesTest.callsWhatFails SequencesTest.consumesPlainly",
        linesOfFailure(callsWhatFails()));
    assertEquals(
        "SequencesTest.fails SequencesTest.callsWhatFails SequencesTest.yieldsAllOfWhatFails"
            + " SequencesTest.consumesPlainly",
        linesOfFailure(yieldsAllOfWhatFails()));
    assertEquals(
        "SequencesTest.fails SequencesTest.recurs SequencesTest.recurs"
            + " SequencesTest.consumesPlainly",
        linesOfFailure(recurs(1)));
  }

  private static String linesOfFailure(Generator<Integer> failing) {
    return lines(assertThrows(IllegalStateException.class, () -> consumesPlainly(failing)));
  }

  @Coroutine
  private static AsyncGenerator<Integer> failsInTheEnd() {
    Generator.yield(1);
    throw new IllegalStateException("failed");
  }

  @Coroutine
  private static int consumesSlowly(AsyncGenerator<Integer> all) {
    int sum = 0;
    while (all.hasNext()) {
      sum += all.next();
      Task.sleep(Duration.ofMillis(1)); // and the child ends
    }
    return sum;
  }

  @Test
  void aChildsFailure_showsWhoConsumes_whetherItComesOrIsThere() {
    for (boolean waits : new boolean[] {false, true}) {
      assertEquals(
          "SequencesTest.failsLater SequencesTest.consumes",
          lines(thrown(() -> consumes(failsLater(waits).buffer(2)))));
      assertEquals(
          "SequencesTest.failsLater SequencesTest.consumes",
          lines(thrown(() -> consumes(failsLater(waits).merge(failsLater(true))))));
    }
    assertEquals(
        "SequencesTest.failsInTheEnd SequencesTest.consumesSlowly",
        lines(thrown(() -> consumesSlowly(failsInTheEnd().buffer(2)))));
  }

  private static IllegalStateException thrown(Executable body) {
    return assertThrows(IllegalStateException.class, body);
  }
}

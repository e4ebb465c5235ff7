package dev.coweave.weave.programs;

import static dev.coweave.task.Task.await;
import static dev.coweave.task.Task.sleep;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;

/** Async generators: their forms, where they wait and yield, how they end. */
public class AsyncGenerators {
  private static final Duration BIT = Duration.ofMillis(1);

  private final StringBuilder log = new StringBuilder();

  // ---- bodies

  @Coroutine
  static AsyncGenerator<Integer> range(int n) {
    for (int i = 0; i < n; i++) {
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  static AsyncGenerator<Long> slow(int n) {
    for (long i = 0; i < n; i++) {
      sleep(BIT);
      Generator.yield(i);
    }
    return null;
  }

  @Coroutine
  AsyncGenerator<String> words(String... words) {
    try {
      for (String w : words) {
        Task.yield();
        Generator.yield(w);
      }
    } finally {
      Task.yield();
      log.append("finally ");
    }
    return Generator.end();
  }

  @Coroutine
  static Flow.Publisher<Integer> published(int from, int to) {
    for (int i = from; i < to; i++) {
      Task.yield();
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private static void emit(Object value, boolean waits) {
    if (waits) {
      Task.yield();
    }
    Generator.yield(value);
    if (waits) {
      Task.yield();
    }
  }

  @Coroutine
  static AsyncGenerator<Integer> nested(int n, boolean waits) {
    for (int i = 0; i < n; i++) {
      emit(i, waits);
      Generator.yield(-i);
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private static Object emitTail(Object value) {
    return Generator.yield(value);
  }

  @Coroutine
  static AsyncGenerator<Integer> tail(int n) {
    for (int i = 0; i < n; i++) {
      emitTail(i);
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private static void walk(int depth, boolean waits) {
    if (depth > 0) {
      walk(depth - 1, waits);
      if (waits) {
        Task.yield();
      }
      Generator.yield(depth);
    }
  }

  @Coroutine
  static AsyncGenerator<Integer> deep(int depth, boolean waits) {
    walk(depth, waits);
    return AsyncGenerator.end();
  }

  @Coroutine
  static AsyncGenerator<Integer> delegating(int depth) {
    if (depth > 0) {
      Generator.yieldAll(delegating(depth - 1));
      Generator.yield(depth);
    }
    return AsyncGenerator.end();
  }

  // ---- consumers

  @Coroutine
  private static String all(AsyncGenerator<?> g) {
    StringBuilder s = new StringBuilder();
    while (g.hasNext()) {
      s.append(g.next()).append(' ');
    }
    return s.toString().trim();
  }

  @Coroutine
  private static long sum(AsyncGenerator<? extends Number> g) {
    long sum = 0;
    while (g.hasNext()) {
      sum += g.next().longValue();
    }
    return sum;
  }

  @Gives("0 1 2")
  @Coroutine
  String ready() {
    return all(range(3));
  }

  @Gives("0 1 2")
  @Coroutine
  String waiting() {
    return all(slow(3));
  }

  @Gives("0 1 2")
  @Coroutine
  String byNextAlone() {
    AsyncGenerator<Long> g = slow(3);
    StringBuilder s = new StringBuilder();
    try {
      while (true) {
        s.append(g.next()).append(' ');
      }
    } catch (NoSuchElementException e) {
      return s.toString().trim();
    }
  }

  @Gives("0 0 1 -1 2 -2|0 0 1 -1 2 -2|0 1 2")
  @Coroutine
  String fromNestedCalls() {
    return all(nested(3, false)) + "|" + all(nested(3, true)) + "|" + all(tail(3));
  }

  @Gives("1 2 3|1 2 3|1 2 3")
  @Coroutine
  String recursion() {
    return all(deep(3, false)) + "|" + all(deep(3, true)) + "|" + all(delegating(3));
  }

  @Gives("5000050000 5000050000 50005000")
  @Coroutine
  String aHundredThousandDeep() {
    return sum(deep(100_000, false))
        + " "
        + sum(deep(100_000, true))
        + " "
        + sum(delegating(10_000));
  }

  @Coroutine
  static AsyncGenerator<Integer> sieve(AsyncGenerator<Integer> inner) {
    while (inner.hasNext()) {
      Generator.yield(inner.next());
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  static AsyncGenerator<Integer> sieveByCalls(AsyncGenerator<Integer> inner) {
    while (inner.hasNext()) {
      emit(inner.next(), false);
    }
    return AsyncGenerator.end();
  }

  @Gives("3 3 0 0 1 -1 2 -2 2")
  @Coroutine
  String generatorsOfGenerators() {
    AsyncGenerator<Integer> g = range(3);
    AsyncGenerator<Long> unused = slow(1);
    AsyncGenerator<Integer> n = nested(3, true);
    AsyncGenerator<Integer> m = range(3);
    for (int i = 0; i < 20_000; i++) {
      g = sieve(g);
    }
    for (int i = 0; i < 500; i++) {
      n = i % 2 == 0 ? sieveByCalls(n) : sieve(n);
      m = sieveByCalls(m);
    }
    return sum(g) + " " + sum(m) + " " + all(n) + " " + (unused.hasNext() ? 2 : 0);
  }

  @Coroutine
  private AsyncGenerator<Object> mixed() {
    Generator.yieldAll(List.of("a", "b"));
    Generator.yieldAll(plain());
    AsyncGenerator<Integer> ahead = range(3);
    ahead.hasNext();
    Generator.yieldAll(ahead);
    AsyncGenerator<Integer> aheadNested = nested(2, true);
    aheadNested.next();
    aheadNested.hasNext();
    Generator.yieldAll(aheadNested);
    yieldAllNested();
    Generator.yieldAll(range(0));
    Object result = Generator.yieldAll(withResult());
    Generator.yield(result);
    return AsyncGenerator.end();
  }

  @Coroutine
  private static void yieldAllNested() {
    Generator.yieldAll(slow(2));
    Task.yield();
  }

  @Coroutine
  private static Generator<String> plain() {
    Generator.yield("c");
    return Generator.end();
  }

  @Coroutine
  private static AsyncGenerator<String> withResult() {
    Task.yield();
    Generator.yield("w");
    return Generator.end("result");
  }

  @Gives("a b c 0 1 2 0 1 -1 0 1 w result")
  @Coroutine
  String yieldsAllOfAnything() {
    return all(mixed());
  }

  @Gives("a finally closed, false")
  @Coroutine
  String closing_runsFinallyBlocksThatWait() {
    AsyncGenerator<String> g = words("a", "b");
    try (g) {
      log.append(g.next()).append(' ');
    }
    return log + "closed, " + g.hasNext();
  }

  @Gives("false")
  @Coroutine
  String closingAFreshOne_runsNothing() {
    AsyncGenerator<String> g = words("a", "b");
    g.close();
    g.close();
    return log + "" + g.hasNext();
  }

  @Coroutine
  private AsyncGenerator<Object> around(boolean nested) {
    try {
      if (nested) {
        closable();
      } else {
        Generator.yieldAll(words("x", "y"));
      }
      log.append("not reached ");
    } finally {
      Task.yield();
      log.append("outer ");
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private void closable() {
    try {
      Generator.yield("n");
    } finally {
      Task.yield();
      log.append("nested ");
    }
  }

  @Gives("x finally outer n nested outer ")
  @Coroutine
  String closing_reachesNestedCallsAndDelegates() {
    for (boolean nested : new boolean[] {false, true}) {
      AsyncGenerator<Object> g = around(nested);
      log.append(g.next()).append(' ');
      g.close();
    }
    return log.toString();
  }

  @Coroutine
  private AsyncGenerator<String> stubborn() {
    try {
      Generator.yield("a");
    } finally {
      Task.yield();
      Generator.yield("b");
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private AsyncGenerator<String> swallowing() {
    try {
      Generator.yield("a");
    } catch (Throwable t) {
      log.append("swallowed ");
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private AsyncGenerator<String> aroundSwallowing() {
    Generator.yieldAll(swallowing());
    log.append("ran on ");
    Generator.yield("c");
    return AsyncGenerator.end();
  }

  @Gives(
      "swallowed the generator yielded while it was closed; don't yield in a finally block or catch"
          + " Throwable around a yield")
  @Coroutine
  String closing_isNotToBeSwallowed() {
    AsyncGenerator<String> s = aroundSwallowing();
    s.next();
    s.close();
    AsyncGenerator<String> g = stubborn();
    g.next();
    try {
      g.close();
      return "closed";
    } catch (IllegalStateException e) {
      return log + e.getMessage();
    }
  }

  @Coroutine
  private AsyncGenerator<String> failing(boolean waits) throws Exception {
    if (waits) {
      Task.yield();
    }
    Generator.yield("a");
    if (waits) {
      Task.yield();
    }
    throw new Exception("body");
  }

  @Gives("a body false a body false ")
  @Coroutine
  String failures_areTheConsumers() {
    for (boolean waits : new boolean[] {false, true}) {
      AsyncGenerator<String> g = null;
      try {
        g = failing(waits);
        while (g.hasNext()) {
          log.append(g.next()).append(' ');
        }
      } catch (Exception e) {
        log.append(e.getMessage()).append(' ').append(g.hasNext()).append(' ');
      }
    }
    return log.toString();
  }

  @Gives(
      "java.lang.IllegalStateException: the generator's body threw"
          + " java.util.NoSuchElementException")
  @Coroutine
  String ownNoSuchElement_isWrapped() {
    try {
      return all(exhausting());
    } catch (IllegalStateException e) {
      return e.toString();
    }
  }

  @Coroutine
  private static AsyncGenerator<String> exhausting() {
    Task.yield();
    Iterator<String> none = new ArrayList<String>().iterator();
    Generator.yield(none.next());
    return AsyncGenerator.end();
  }

  @Gives("cancelled in the wait: finally timeout ended false")
  @Coroutine
  String cancellation_reachesTheBodysWait() {
    AsyncGenerator<String> g = stuck();
    try {
      Task.timeout(BIT, () -> log.append(g.next()));
    } catch (TimeoutException e) {
      log.append("timeout ");
    }
    return log + "ended " + g.hasNext();
  }

  @Coroutine
  private AsyncGenerator<String> stuck() {
    try {
      await(new CompletableFuture<>());
    } finally {
      log.append("cancelled in the wait: finally ");
    }
    Generator.yield("never");
    return AsyncGenerator.end();
  }

  @Gives("the async generator is in use, then 0 1")
  @Coroutine
  String twoTasksInside_isAnError() {
    AsyncGenerator<Long> g = slow(2);
    try (TaskScope scope = TaskScope.open()) {
      Task<Long> first = scope.fork(() -> g.next());
      Task<String> second =
          scope.fork(
              () -> {
                try {
                  return "" + g.hasNext();
                } catch (IllegalStateException e) {
                  return e.getMessage().lines().findFirst().orElseThrow();
                }
              });
      scope.join();
      log.append(second.join()).append(", then ").append(first.join());
    }
    return log + " " + g.next();
  }

  @Gives("0 1 2 3")
  @Coroutine
  String handedFromTaskToTask() throws Exception {
    AsyncGenerator<Integer> g = nestedSlow();
    for (int i = 0; i < 4; i++) {
      Task<Integer> t = Task.start(() -> g.next());
      log.append(t.await()).append(' ');
    }
    return log.toString().trim();
  }

  @Coroutine
  private static AsyncGenerator<Integer> nestedSlow() {
    for (int i = 0; i < 5; i++) {
      emit(i, true);
    }
    return AsyncGenerator.end();
  }

  @Gives("Generator.yield in a Task.timeout, Task.shield or TaskLocal.where, 1")
  @Coroutine
  String yieldInATimeout_isRefused() throws Exception {
    AsyncGenerator<Object> g = timed();
    return g.next() + ", " + g.next();
  }

  @Coroutine
  private static AsyncGenerator<Object> timed() throws TimeoutException {
    try {
      Task.timeout(Duration.ofDays(1), () -> Generator.yield("x"));
    } catch (IllegalStateException e) {
      Generator.yield(e.getMessage().lines().findFirst().orElseThrow());
    }
    Generator.yield(Task.timeout(Duration.ofDays(1), () -> range(3).map(i -> i + 1).next()));
    return AsyncGenerator.end();
  }

  @Gives("Generator.yield outside a generator")
  @Coroutine
  String yieldOutside_isRefused() {
    try {
      emit("x", true);
      return "yielded";
    } catch (IllegalStateException e) {
      return e.getMessage().lines().findFirst().orElseThrow();
    }
  }

  @Gives("0 1 2 sum 3")
  @Coroutine
  String forEach_awaitsItsBody() {
    int[] sum = {0};
    slow(3)
        .forEach(
            i -> {
              Task.yield();
              sum[0] += i.intValue();
              log.append(i).append(' ');
            });
    return log + "sum " + sum[0];
  }

  @Gives("a finally boom")
  @Coroutine
  String forEach_closesIfItsBodyFails() {
    try {
      words("a", "b")
          .forEach(
              w -> {
                log.append(w).append(' ');
                Task.yield();
                throw new IllegalStateException("boom");
              });
    } catch (IllegalStateException e) {
      log.append(e.getMessage());
    }
    return log.toString();
  }

  @Gives("[10, 30, 50] finally [a, b] 1:x 2:y")
  @Coroutine
  String operators() {
    AsyncGenerator<Integer> odd =
        range(100)
            .filter(
                i -> {
                  Task.yield();
                  return i % 2 == 1;
                })
            .map(i -> i * 10)
            .take(3);
    List<Object> out = new ArrayList<>();
    odd.forEach(out::add);
    log.append(out).append(' ');
    List<Object> two = new ArrayList<>();
    words("a", "b", "c").take(2).forEach(two::add);
    log.append(two).append(' ');
    AsyncGenerator<String> zipped =
        AsyncGenerator.of(List.of(1, 2, 3))
            .zip(AsyncGenerator.of(List.of("x", "y")), (n, s) -> n + ":" + s);
    return log + all(zipped);
  }

  @Gives("0 1 2 3 4 sum 10 | 20 | TimeoutException")
  @Coroutine
  String operatorsWithTasks() {
    String buffered = all(slow(5).buffer(2));
    long merged = sum(slow(5).merge(slow(5)));
    String timeout;
    try {
      timeout = all(stuck().timeout(BIT));
    } catch (Throwable e) {
      timeout = e.getClass().getSimpleName();
    }
    return buffered + " sum 10 | " + merged + " | " + timeout;
  }

  @Gives("1 2 3 | 1 2 3 | 1 2")
  @Coroutine
  String publishers() {
    Flow.Publisher<Integer> p = published(1, 4);
    String first = all(AsyncGenerator.of(p));
    String second = all(AsyncGenerator.of(p));
    AsyncGenerator<Integer> some = AsyncGenerator.of(AsyncGenerator.of(p).publisher());
    return first + " | " + second + " | " + some.next() + " " + some.next();
  }

  /** What was ready is taken without a wait, what isn't with one; operands, new objects and handlers are around both. */
  @Gives("[a0b1, a2b3, 9+4=13, 0.5, caught java.util.NoSuchElementException]")
  @Coroutine
  String nextAmongOperands() {
    AsyncGenerator<Long> slow = slow(5);
    List<String> out = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      boolean runsAhead = i == 1 && slow.hasNext();
      out.add(new StringBuilder("a").append(slow.next()).append("b" + slow.next()).toString());
    }
    int nine = 9;
    out.add(nine + "+4=" + (nine + (slow.hasNext() ? slow.next() : 0)));
    AsyncGenerator<Double> half = halves();
    double d = half.hasNext() ? half.next() : -1;
    out.add("" + d);
    try {
      out.add("?" + slow.next());
    } catch (NoSuchElementException e) {
      out.add("caught " + e.getClass().getName());
    }
    return out.toString();
  }

  @Coroutine
  private static AsyncGenerator<Double> halves() {
    Generator.yield(0.5);
    return AsyncGenerator.end();
  }

  @Gives("0 1 2")
  String fromPlainCode() {
    AsyncGenerator<Long> g = slow(3);
    StringBuilder s = new StringBuilder();
    while (g.hasNext()) {
      s.append(g.next()).append(' ');
    }
    g.close();
    return s.toString().trim();
  }

  @Gives("[0, 1, 2, 0, 0, 1, -1]")
  @Coroutine
  String inAPlainGenerator_readyElements() {
    List<Object> out = new ArrayList<>();
    plainOver(range(3)).forEachRemaining(out::add);
    plainOver(nested(2, false)).forEachRemaining(out::add);
    return out.toString();
  }

  @Coroutine
  private static Generator<Object> plainOver(AsyncGenerator<?> g) {
    while (g.hasNext()) {
      Generator.yield(g.next());
    }
    return Generator.end();
  }

  @Coroutine
  private static AsyncGenerator<Long> noted(Channel<Long> notes, int n) {
    for (long i = 0; i < n; i++) {
      notes.send(i); // boxes right before a call that only waits
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  @Gives("0 1 | 0 1")
  @Coroutine
  String aBoxedArgument_besideYieldsOfPrimitives() {
    Channel<Long> notes = new Channel<>(2);
    StringBuilder s = new StringBuilder();
    AsyncGenerator<Long> g = noted(notes, 2);
    while (g.hasNext()) {
      s.append(g.next()).append(' ');
    }
    return s + "| " + notes.receive() + " " + notes.receive();
  }
}

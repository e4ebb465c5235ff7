package dev.coweave.weave.programs;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** What a method becomes follows from its signature and its own body. */
public class Kinds {
  @Coroutine
  static <T> T later(T value) {
    Task.yield();
    return value;
  }

  static String failure(CompletionStage<?> stage) {
    return stage
        .handle(
            (v, t) -> t == null ? "gave " + v : t.getClass().getSimpleName() + " " + t.getMessage())
        .toCompletableFuture()
        .join();
  }

  // ---- generators

  @Coroutine
  static Iterator<String> iterator() {
    Generator.yield("a");
    return null;
  }

  @Coroutine
  static Stream<String> stream() {
    Generator.yield("b");
    return Generator.end("ignored");
  }

  @Coroutine
  static Iterable<String> endsAtOnce() {
    return Generator.end();
  }

  @Gives("a b 0")
  static String generators_ofAllReturnTypes() {
    return iterator().next() + " " + stream().toList().get(0) + " " + count(endsAtOnce());
  }

  static int count(Iterable<?> i) {
    int n = 0;
    for (Object o : i) {
      n += o == null ? 0 : 1;
    }
    return n;
  }

  /** It yields only in a lambda: not its own body. */
  @Coroutine
  static Generator<String> ofALambda(String s) {
    later(s);
    return Generator.of(() -> Generator.yield(s));
  }

  @Coroutine
  static Iterator<String> suspending() {
    return List.of(later("x")).iterator();
  }

  @Gives("lambda x")
  @Coroutine
  static String methodsThatReturnASequenceButDoNotYield_suspend() {
    return ofALambda("lambda").next() + " " + suspending().next();
  }

  @Coroutine
  static Generator<Integer> tree(int depth) {
    if (depth > 0) {
      Generator.yieldAll(tree(depth - 1));
      Generator.yield(depth);
      Generator.yieldAll(tree(depth - 1));
    }
    return null;
  }

  @Gives("[1, 2, 1, 3, 1, 2, 1]")
  @Coroutine
  static String recursiveGenerators() {
    later("");
    return tree(3).stream().toList().toString();
  }

  @Gives("[0, 1] 2")
  @Coroutine
  static String aGeneratorUsedByACoroutine_thatSuspendsInBetween() {
    Generator<Integer> g =
        Generator.of(
            () -> {
              for (int i = 0; i < 3; i++) {
                Generator.yield(i);
              }
            });
    List<Integer> got = new ArrayList<>();
    while (got.size() < 2) {
      got.add(later(g).next());
    }
    return got + " " + g.next();
  }

  // ---- async methods

  @Coroutine
  static CompletableFuture<Integer> plus(int n) throws IOException {
    if (n < 0) {
      throw new IOException("negative");
    }
    if (n == 0) {
      return null;
    }
    if (n > 100) {
      return CompletableFuture.failedFuture(new IOException("large"));
    }
    later(n);
    if (n > 50) {
      throw new IOException("late");
    }
    return CompletableFuture.completedFuture(n + 1);
  }

  @Coroutine
  static Task<String> task() {
    return Task.start(() -> later("task"));
  }

  @Gives(
      "IOException negative, NullPointerException an async method returned null instead of a future, IOException large")
  static String async_failsItsFuture_neverItsCaller() throws IOException {
    return failure(plus(-1)) + ", " + failure(plus(0)) + ", " + failure(plus(101));
  }

  @Gives("gave 2, IOException late")
  static String async_fromPlainCode() throws IOException {
    return failure(plus(1)) + ", " + failure(plus(51));
  }

  @Gives("2 late task")
  @Coroutine
  static String async_awaited() throws IOException {
    String late = "?";
    try {
      await(plus(51));
    } catch (Exception e) {
      late = e.getMessage();
    }
    return await(plus(1)) + " " + late + " " + await(task());
  }

  @Coroutine
  static CompletableFuture<String> threads(CompletableFuture<String> f, List<Thread> seen) {
    seen.add(Thread.currentThread());
    String s = await(f);
    seen.add(Thread.currentThread());
    return CompletableFuture.completedFuture(s);
  }

  @Gives("caller completer v")
  static String async_outsideALoop_resumesOnTheThreadThatCompletes() throws Exception {
    CompletableFuture<String> f = new CompletableFuture<>();
    List<Thread> seen = new ArrayList<>();
    CompletableFuture<String> r = threads(f, seen);
    Thread completer = new Thread(() -> f.complete("v"));
    completer.start();
    String v = r.join();
    return (seen.get(0) == Thread.currentThread() ? "caller " : "? ")
        + (seen.get(1) == completer ? "completer " : "? ")
        + v;
  }

  @Gives("true v")
  @Coroutine
  static String async_onALoop_resumesThere() {
    List<Thread> seen = new ArrayList<>();
    Thread here = Thread.currentThread();
    String v = await(threads(CompletableFuture.supplyAsync(() -> "v"), seen));
    return (seen.get(0) == here && seen.get(1) == here && Thread.currentThread() == here) + " " + v;
  }

  // ---- suspending methods

  private static final List<String> LOG = new ArrayList<>();

  @Coroutine
  public static void main(String[] args) throws IOException {
    LOG.add(later("main " + args.length));
  }

  @Coroutine
  static void startsTasks() {
    Task.start(
        () -> {
          try {
            Task.sleep(java.time.Duration.ofDays(1));
          } finally {
            LOG.add("ended");
          }
        });
    Task.yield();
    LOG.add("left");
  }

  @Gives("[main 2]")
  static String main_calledAsTheJvmDoes() throws Exception {
    LOG.clear();
    Kinds.class.getMethod("main", String[].class).invoke(null, (Object) new String[2]);
    return LOG.toString();
  }

  @Gives("[left, ended]")
  static String outermostPlainCall_endsTheTasksThatItStarted() {
    LOG.clear();
    startsTasks();
    return LOG.toString();
  }

  @Gives("1 c 2 3.0 4.0 5 6 true null")
  static String allReturnTypes_fromPlainCode() {
    nothing();
    return i() + " " + c() + " " + j() + " " + f() + " " + d() + " " + s() + " " + b() + " " + z()
        + " " + o();
  }

  @Gives("1 c 2 3.0 4.0 5 6 true null")
  @Coroutine
  static String allReturnTypes() {
    nothing();
    return i() + " " + c() + " " + j() + " " + f() + " " + d() + " " + s() + " " + b() + " " + z()
        + " " + o();
  }

  @Coroutine
  static void nothing() {
    Task.yield();
  }

  @Coroutine
  static int i() {
    return later(1);
  }

  @Coroutine
  static char c() {
    return later('c');
  }

  @Coroutine
  static long j() {
    return later(2L);
  }

  @Coroutine
  static float f() {
    return later(3f);
  }

  @Coroutine
  static double d() {
    return later(4d);
  }

  @Coroutine
  static short s() {
    return later((short) 5);
  }

  @Coroutine
  static byte b() {
    return later((byte) 6);
  }

  @Coroutine
  static boolean z() {
    return later(true);
  }

  @Coroutine
  static Object o() {
    return later(null);
  }

  @Gives("IOException thrown IOException thrown")
  static String checkedExceptions() {
    return thrownBy(() -> fails()) + " " + thrownBy(() -> EventLoop.run(() -> fails()));
  }

  interface Act {
    void run() throws Exception;
  }

  static String thrownBy(Act a) {
    try {
      a.run();
      return "nothing";
    } catch (Exception e) {
      return e.getClass().getSimpleName() + " " + e.getMessage();
    }
  }

  @Coroutine
  static void fails() throws IOException {
    Task.yield();
    throw new IOException("thrown");
  }

  /** The same by way of twins: yields of a suspending method reach the generator that called it. */
  @Gives("[1, 2, 3, end]")
  @Coroutine
  static String yieldsInSuspendingMethods_reachTheGenerator() {
    later("");
    return Generator.of(
            () -> {
              yieldThree();
              Generator.yield("end");
            })
        .stream()
        .toList()
        .toString();
  }

  @Coroutine
  static void yieldThree() {
    for (int i = 1; i <= 3; i++) {
      yieldOne(i);
    }
  }

  @Coroutine
  static void yieldOne(int i) {
    Generator.yield(i);
  }
}

package dev.coweave.weave.programs;

import static dev.coweave.task.Task.await;
import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.io.Serializable;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/** Bridges and accessors are what they lead to, for plain code and for coroutines. */
public class Forwarders {
  /** Calls as plain code does, wherever it is called. */
  static <T> T plainly(Supplier<T> s) {
    return s.get();
  }

  /** The future of an async method that still waits, once it no longer has to. */
  static <T> String ended(Supplier<? extends CompletionStage<T>> start, CompletableFuture<?> gate) {
    CompletionStage<T> stage = start.get();
    boolean waits = !stage.toCompletableFuture().isDone();
    gate.complete(null);
    return (waits ? "waits, " : "at once, ") + stage.toCompletableFuture().join();
  }

  static final class Async
      implements Supplier<CompletableFuture<Integer>>,
          Callable<CompletableFuture<Integer>>,
          Function<Integer, CompletionStage<Integer>> {
    final CompletableFuture<Void> gate = new CompletableFuture<>();

    @Override
    @Coroutine
    public CompletableFuture<Integer> get() {
      await(gate);
      return completedFuture(1);
    }

    @Override
    @Coroutine
    public CompletableFuture<Integer> call() {
      await(gate);
      return completedFuture(2);
    }

    @Override
    @Coroutine
    public CompletionStage<Integer> apply(Integer x) {
      await(gate);
      return completedFuture(x + 1);
    }
  }

  @Gives("waits, 1 waits, 2 waits, 3 waits, 6")
  static String asyncMethods_throughBridgesOfTheJdksInterfaces() {
    Async a = new Async();
    Async b = new Async();
    Async c = new Async();
    Async d = new Async();
    return String.join(
        " ",
        ended(a, a.gate),
        ended(() -> called(b), b.gate),
        ended(() -> ((Function<Integer, CompletionStage<Integer>>) c).apply(2), c.gate),
        ended(() -> completedFuture(5).thenCompose(d), d.gate));
  }

  static <T> T called(Callable<T> c) {
    try {
      return c.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  interface AsyncSupplier<T> extends Supplier<CompletableFuture<T>> {
    @Override
    @Coroutine
    CompletableFuture<T> get();
  }

  @Gives("waits, 7 waits, 1")
  static String asyncLambdas_throughBridges() {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    AsyncSupplier<Integer> lambda =
        () -> {
          await(gate);
          return completedFuture(7);
        };
    Async a = new Async();
    AsyncSupplier<Integer> reference = a::get;
    return ended((Supplier<CompletableFuture<Integer>>) lambda, gate)
        + " "
        + ended((Supplier<CompletableFuture<Integer>>) reference, a.gate);
  }

  abstract static class Base {
    abstract CompletionStage<String> go(CompletableFuture<?> gate);
  }

  static class Covariant extends Base {
    @Override
    @Coroutine
    Task<String> go(CompletableFuture<?> gate) {
      await(gate);
      return Task.start(() -> "task");
    }
  }

  @Gives("a task true")
  @Coroutine
  static String anAsyncMethod_throughACovariantBridge_isTheTaskItself() {
    CompletionStage<String> stage = ((Base) new Covariant()).go(completedFuture(null));
    return "a " + await(stage) + " " + (stage instanceof Task);
  }

  // ---- an interface of unknown kind, implemented by each kind

  interface Step<T> {
    @Coroutine
    T run();
  }

  static class Suspends implements Step<Integer> {
    @Override
    @Coroutine
    public Integer run() {
      Task.yield();
      return 1;
    }
  }

  static class Starts implements Step<CompletableFuture<Integer>> {
    final CompletableFuture<Void> gate = new CompletableFuture<>();

    @Override
    @Coroutine
    public CompletableFuture<Integer> run() {
      await(gate);
      return completedFuture(2);
    }
  }

  static class Yields implements Step<Generator<Integer>> {
    @Override
    @Coroutine
    public Generator<Integer> run() {
      Generator.yield(3);
      return Generator.end();
    }
  }

  @Coroutine
  static <T> T through(Step<T> step) {
    return step.run();
  }

  @Gives("1 2 3")
  @Coroutine
  static String eachKind_throughOneInterface() {
    int one = through(new Suspends());
    Starts starts = new Starts();
    CompletableFuture<Integer> two = through(starts);
    starts.gate.complete(null);
    return one + " " + await(two) + " " + through(new Yields()).next();
  }

  @Gives("1 waits, 2 3")
  static String eachKind_throughOneInterface_calledByPlainCode() {
    Step<?> suspends = new Suspends();
    Starts starts = new Starts();
    Step<CompletableFuture<Integer>> step = starts;
    Step<Generator<Integer>> yields = new Yields();
    return suspends.run() + " " + ended(step::run, starts.gate) + " " + yields.run().next();
  }

  static class Sequence implements Iterable<Integer> {
    @Override
    @Coroutine
    public Generator<Integer> iterator() {
      Generator.yield(1);
      Generator.yield(2);
      return Generator.end();
    }
  }

  @Gives("3 1")
  @Coroutine
  static String aGenerator_throughACovariantBridge() {
    int sum = 0;
    for (int i : (Iterable<Integer>) new Sequence()) {
      Task.yield();
      sum += i;
    }
    Iterator<Integer> plain = plainly(((Iterable<Integer>) new Sequence())::iterator);
    return sum + " " + plain.next();
  }

  static class Calls implements CoroutineCallable<String>, Callable<String> {
    @Override
    @Coroutine
    public String call() {
      Task.yield();
      return "called";
    }
  }

  @Gives("called called")
  @Coroutine
  static String aSuspendingMethod_throughABridge() throws Exception {
    CoroutineCallable<String> c = new Calls();
    return c.call() + " " + await(Task.start(c));
  }

  @Gives("called called")
  static String aSuspendingMethod_throughABridge_calledByPlainCode() throws Exception {
    CoroutineCallable<String> c = new Calls();
    return c.call() + " " + called(new Calls());
  }

  // ---- what is not accessible otherwise

  static class Hidden {
    @Coroutine
    public String get() {
      Task.yield();
      return "hidden";
    }

    @Coroutine
    public CompletableFuture<String> start(CompletableFuture<?> gate) {
      await(gate);
      return completedFuture("started");
    }
  }

  /** javac gives it bridges to the methods of its superclass, which reflection couldn't call otherwise. */
  public static class Visible extends Hidden {}

  @Gives("hidden hidden")
  @Coroutine
  static String aBridgeForVisibility() {
    Visible v = new Visible();
    String direct = v.get();
    Task.yield();
    return direct + " " + v.get();
  }

  @Gives("hidden waits, started")
  static String aBridgeForVisibility_calledByPlainCode() {
    Visible v = new Visible();
    CompletableFuture<Void> gate = new CompletableFuture<>();
    return v.get() + " " + ended(() -> v.start(gate), gate);
  }

  static class Overrides extends Hidden {
    final CompletableFuture<Void> gate = new CompletableFuture<>();

    @Override
    @Coroutine
    public String get() {
      CoroutineCallable<String> inherited = super::get;
      try {
        return "over " + inherited.call();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    Supplier<CompletableFuture<String>> starts() {
      return () -> super.start(gate);
    }
  }

  @Gives("over hidden")
  @Coroutine
  static String aReferenceToASuperclasssMethod() {
    return new Overrides().get();
  }

  @Gives("waits, started")
  static String aLambdaThatCallsASuperclasssAsyncMethod() {
    Overrides o = new Overrides();
    return ended(o.starts(), o.gate);
  }

  // ---- enums and records

  enum Op implements Supplier<CompletableFuture<String>> {
    SLOW {
      @Override
      @Coroutine
      public CompletableFuture<String> get() {
        Task.yield();
        return completedFuture(name());
      }
    }
  }

  record Named(String name, CompletableFuture<Void> gate)
      implements Supplier<CompletableFuture<String>> {
    @Override
    @Coroutine
    public CompletableFuture<String> get() {
      await(gate);
      return completedFuture(name());
    }
  }

  @Gives("SLOW waits, r")
  static String constantsOfEnums_andRecords() {
    Named r = new Named("r", new CompletableFuture<>());
    return plainly(Op.SLOW).join() + " " + ended(r, r.gate());
  }

  // ---- lambdas that inherit coroutines

  interface Source<T> {
    T value();

    @Coroutine
    default T later() {
      Task.yield();
      return value();
    }

    @Coroutine
    default T twice() {
      later();
      return later();
    }
  }

  interface More extends Source<Integer> {}

  interface SerializableSource<T> extends Source<T>, Serializable {}

  /** Its lambdas' method is async; a default method suspends. */
  interface Begins {
    @Coroutine
    CompletableFuture<Integer> start();

    @Coroutine
    default int result() {
      return await(start());
    }
  }

  interface Mixin {
    @Coroutine
    default String mixed() {
      Task.yield();
      return "mixed";
    }
  }

  /** Its lambdas' method is a coroutine, as are references to plain methods. */
  interface Both {
    @Coroutine
    String one() throws Exception;

    @Coroutine
    default String two() throws Exception {
      Task.yield();
      return one() + one();
    }
  }

  private final int three = 3;

  private int three() {
    return three;
  }

  @Gives("1 l x 3 7 9 mixed xx aa ss")
  @Coroutine
  String defaultMethodsThatSuspend_onLambdas() throws Exception {
    Source<Integer> lambda = () -> 1;
    Source<String> captures = "l"::toString;
    SerializableSource<String> serializable = () -> "x";
    More inherits = this::three;
    Begins async =
        () -> {
          Task.yield();
          return completedFuture(7);
        };
    Source<Integer> counter = new AtomicInteger(8)::incrementAndGet;
    Supplier<String> mixin = (Supplier<String> & Mixin) () -> "plain";
    Both plainReference = "x"::toString;
    Both suspends =
        () -> {
          Task.yield();
          return "a";
        };
    Both constructs = new StringBuilder("s")::toString;
    return String.join(
        " ",
        "" + lambda.twice(),
        captures.later(),
        serializable.twice(),
        "" + inherits.later(),
        "" + async.result(),
        "" + counter.later(),
        ((Mixin) mixin).mixed(),
        plainReference.two(),
        suspends.two(),
        constructs.two());
  }

  @Gives("1 7 mixed aa")
  String defaultMethodsThatSuspend_onLambdas_calledByPlainCode() throws Exception {
    Source<Integer> lambda = () -> 1;
    Begins async = () -> completedFuture(7);
    Supplier<String> mixin = (Supplier<String> & Mixin) () -> "plain";
    Both suspends = () -> "a";
    return lambda.twice()
        + " "
        + async.result()
        + " "
        + ((Mixin) mixin).mixed()
        + " "
        + suspends.two();
  }
}

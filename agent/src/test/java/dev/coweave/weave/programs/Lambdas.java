package dev.coweave.weave.programs;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lambdas and method references of functional interfaces whose method is a coroutine. */
public class Lambdas {
  private int field = 7;

  @Coroutine
  static <T> T later(T value) {
    Task.yield();
    return value;
  }

  @Coroutine
  static <T> T call(CoroutineCallable<T> c) throws Exception {
    return later(c.call());
  }

  interface Fun<A, B> {
    @Coroutine
    B apply(A a) throws Exception;
  }

  interface StringFun extends Fun<String, String> {
    @Override
    @Coroutine
    String apply(String s) throws Exception;
  }

  interface SameFun<T> extends Fun<T, T> {}

  interface Wide {
    @Coroutine
    double sum(long a, double b, int c) throws Exception;
  }

  interface Maker<T> {
    @Coroutine
    Generator<T> make(int n) throws Exception;
  }

  interface Async<T> {
    @Coroutine
    CompletionStage<T> start(int n) throws Exception;
  }

  interface Marker {}

  static class Box {
    final Object value;

    Box(Object value) {
      this.value = value;
    }

    @Coroutine
    Object get() {
      return later(value);
    }

    @Coroutine
    private Object getPrivately() {
      return later(value) + "p";
    }

    @Override
    public String toString() {
      return "Box " + value;
    }
  }

  @Coroutine
  static String twice(String s) {
    return later(s) + s;
  }

  @Coroutine
  private static String thrice(String s) {
    return later(s) + s + s;
  }

  @Coroutine
  String field(String s) {
    return later(s) + field;
  }

  @Coroutine
  static String join(String... parts) {
    return later(String.join("+", parts));
  }

  static String plain(String s) {
    return "plain " + s;
  }

  // ---- method references

  @Gives("aa aaa")
  @Coroutine
  static String reference_static() throws Exception {
    Fun<String, String> f = Lambdas::twice;
    Fun<String, String> g = Lambdas::thrice;
    return f.apply("a") + " " + g.apply("a");
  }

  @Gives("a7 1 1p")
  @Coroutine
  String reference_bound() throws Exception {
    Fun<String, String> f = this::field;
    Box b = new Box(1);
    CoroutineCallable<Object> g = b::get;
    CoroutineCallable<Object> h = b::getPrivately;
    return f.apply("a") + " " + g.call() + " " + h.call();
  }

  @Gives("1 1p a7")
  @Coroutine
  String reference_unbound() throws Exception {
    Fun<Box, Object> f = Box::get;
    Fun<Box, Object> g = Box::getPrivately;
    Fun<Lambdas, String> h = l -> l.field("a");
    return f.apply(new Box(1)) + " " + g.apply(new Box(1)) + " " + h.apply(this);
  }

  @Gives("Box 1 [null, null] 2")
  @Coroutine
  static String reference_constructor() throws Exception {
    Fun<Object, Box> f = Box::new;
    Fun<Integer, String[]> g = String[]::new;
    Fun<Box, Integer> h = later(b -> 2);
    return f.apply(1)
        + " "
        + List.of("[null, null]").get(g.apply(2).length - 2)
        + " "
        + h.apply(null);
  }

  @Gives("a+b a 0")
  @Coroutine
  static String reference_varargs() throws Exception {
    Fun<String[], String> f = Lambdas::join;
    Fun<String, String> g = Lambdas::join;
    CoroutineCallable<String> h = Lambdas::join;
    return f.apply(new String[] {"a", "b"}) + " " + g.apply("a") + " " + h.call().length();
  }

  @Gives("x y")
  @Coroutine
  static String reference_toAwaitItself() throws Exception {
    Fun<CompletableFuture<String>, String> f = Task::await;
    Task<String> t = Task.start(() -> later("y"));
    CoroutineCallable<String> g = t::await;
    return f.apply(CompletableFuture.completedFuture("x")) + " " + call(g);
  }

  @Gives("plain a 1 A")
  @Coroutine
  static String reference_toPlainMethods() throws Exception {
    Fun<String, String> f = Lambdas::plain;
    Fun<String, Integer> g = String::length;
    StringFun h = String::toUpperCase;
    return f.apply(later("a")) + " " + g.apply("a") + " " + h.apply(later("a"));
  }

  interface Speaker {
    @Coroutine
    default String speak(String s) {
      return "said " + later(s);
    }
  }

  static class Parrot implements Speaker {
    @Override
    @Coroutine
    public String speak(String s) {
      Fun<String, String> up = Speaker.super::speak;
      try {
        return up.apply(s + s);
      } catch (Exception e) {
        return e.toString();
      }
    }
  }

  static class PlainSpeaker implements Speaker {
    @Override
    public String speak(String s) {
      return "plainly " + s;
    }
  }

  @Gives("said aa plainly b said cc")
  @Coroutine
  static String reference_toInterfaceMethods_andSuper() throws Exception {
    Speaker p = new Parrot();
    Fun<String, String> f = p::speak;
    Fun<String, String> g = new PlainSpeaker()::speak;
    Fun<Speaker, String> h = s -> s.speak("c");
    return f.apply("a") + " " + g.apply("b") + " " + h.apply(new Parrot());
  }

  // ---- captures

  @Gives("10.5 abc7 7.25")
  @Coroutine
  String captures_ofAllTypes() throws Exception {
    long a = 3;
    double b = 4.5;
    float f = 2;
    byte y = 1;
    char c = 'c';
    boolean yes = true;
    String s = "ab";
    CoroutineCallable<Object> sum = () -> later(a) + b + f + y;
    CoroutineCallable<Object> text = () -> later(s) + c + (yes ? field : 0);
    Wide w = (x, z, i) -> later(x) + later(z) + i;
    return call(sum) + " " + call(text) + " " + w.sum(1L, 4.25, 2);
  }

  @Gives("abcd7")
  @Coroutine
  String nestedLambdas() throws Exception {
    String a = "a";
    return call(
        () -> {
          String b = later("b");
          return call(
              () -> {
                String c = later("c");
                Fun<String, String> f = d -> later(a) + b + c + later(d) + field;
                return later(f.apply("d"));
              });
        });
  }

  @Gives("[0, 1, 2] [0, 10, 20]")
  @Coroutine
  static String lambdasInALoop() throws Exception {
    List<CoroutineCallable<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int n = i;
      all.add(() -> later(n));
    }
    List<Integer> got = new ArrayList<>();
    for (CoroutineCallable<Integer> c : all) {
      got.add(c.call());
    }
    Fun<Integer, Integer> ten = i -> later(i) * 10;
    List<Integer> more = new ArrayList<>();
    for (int i : got) {
      more.add(ten.apply(i));
    }
    return got + " " + more;
  }

  // ---- where they stand

  static final CoroutineCallable<String> IN_STATIC_INITIALISER = () -> later("static");
  private final CoroutineCallable<String> inFieldInitialiser = () -> later("field ") + field;

  @Gives("static field 7")
  @Coroutine
  String lambdas_inInitialisers() throws Exception {
    return IN_STATIC_INITIALISER.call() + " " + inFieldInitialiser.call();
  }

  static class NoAnnotation {
    private final String s = "none";

    CoroutineCallable<String> make() {
      return () -> Lambdas.later(s);
    }

    static String run() throws Exception {
      return EventLoop.run(
          () -> {
            Task.sleep(java.time.Duration.ofNanos(1));
            return "ran";
          });
    }
  }

  @Gives("none")
  @Coroutine
  static String lambda_inAClassWithoutAnnotations() throws Exception {
    return new NoAnnotation().make().call();
  }

  @Gives("ran none")
  static String lambda_inAClassWithoutAnnotations_fromPlainCode() throws Exception {
    return NoAnnotation.run() + " " + new NoAnnotation().make().call();
  }

  interface InInterface {
    CoroutineCallable<String> CONSTANT = () -> later("constant");

    default CoroutineCallable<String> make(String s) {
      return () -> later(s) + hidden();
    }

    private String hidden() {
      return "!";
    }
  }

  @Gives("constant a!")
  @Coroutine
  static String lambdas_inInterfaces() throws Exception {
    return InInterface.CONSTANT.call() + " " + new InInterface() {}.make("a").call();
  }

  enum InEnum {
    A(() -> later("a"));

    final CoroutineCallable<String> c;

    InEnum(CoroutineCallable<String> c) {
      this.c = c;
    }
  }

  record InRecord(String s) {
    CoroutineCallable<String> lambda() {
      return () -> later(s);
    }

    CoroutineCallable<String> reference() {
      return this::get;
    }

    @Coroutine
    private String get() {
      return later(s) + "r";
    }
  }

  @Gives("a s sr")
  @Coroutine
  static String lambdas_inEnumsAndRecords() throws Exception {
    return InEnum.A.c.call()
        + " "
        + new InRecord("s").lambda().call()
        + " "
        + new InRecord("s").reference().call();
  }

  static class Parent {
    final String made;

    Parent(CoroutineCallable<String> c) throws Exception {
      made = EventLoop.run(c);
    }
  }

  static class Child extends Parent {
    Child(String s) throws Exception {
      super(() -> later(s) + "!");
    }
  }

  @Gives("a!")
  static String lambda_inASuperCall() throws Exception {
    return new Child("a").made;
  }

  // ---- their interfaces

  @Gives("true b")
  @Coroutine
  static String intersectionWithAMarker() throws Exception {
    Fun<String, String> f = (Fun<String, String> & Marker) s -> later(s);
    return (f instanceof Marker) + " " + f.apply("b");
  }

  @Gives("x! x! y? 3")
  @Coroutine
  static String genericSubinterfaces() throws Exception {
    StringFun f = s -> later(s) + "!";
    Fun<String, String> g = f;
    SameFun<String> h = s -> later(s) + "?";
    Fun<Integer, Integer> i = ((SameFun<Integer>) n -> later(n) + 1);
    return f.apply("x") + " " + g.apply("x") + " " + h.apply("y") + " " + i.apply(2);
  }

  @Gives("ran 1")
  @Coroutine
  static String runnables() throws Exception {
    int[] count = new int[1];
    CoroutineRunnable r = () -> count[0] += later(1);
    CoroutineRunnable ignoresResult = () -> later("x");
    CoroutineRunnable reference = Lambdas::justYield;
    r.run();
    ignoresResult.run();
    reference.run();
    return "ran " + count[0];
  }

  @Coroutine
  static void justYield() {
    Task.yield();
  }

  // ---- their kinds

  @Gives("[0, 1, 2] [0, 1, 2] 3")
  @Coroutine
  static String generatorLambdas_byTheInterfacesDescriptor() throws Exception {
    Maker<Integer> m =
        n -> {
          for (int i = 0; i < n; i++) {
            Generator.yield(i);
          }
          return Generator.end(n);
        };
    Generator<Integer> g = m.make(3);
    return g.stream().toList() + " " + later(m).make(3).stream().toList() + " " + g.result();
  }

  @Gives("true true")
  static String lambdaThatCapturesNothing_isOneObject() throws Exception {
    List<Object> made = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CoroutineCallable<String> nothing = () -> later("one");
      CoroutineCallable<Integer> something = Integer.valueOf(i)::intValue;
      CoroutineCallable<String> reference = Lambdas::one;
      made.add(nothing);
      made.add(reference);
      later(nothing.call() + something.call() + reference.call());
    }
    return (made.get(0) == made.get(2)) + " " + (made.get(1) == made.get(5));
  }

  @Coroutine
  private static String one() {
    return later("one");
  }

  @Gives("[7, 8]")
  static String generatorLambda_thatCapturesThis() throws Exception {
    Lambdas l = new Lambdas();
    return l.counting().make(2).stream().toList().toString();
  }

  Maker<Integer> counting() {
    return n -> {
      for (int i = 0; i < n; i++) {
        Generator.yield(field + i);
      }
      return null;
    };
  }

  /** The descriptor is erased to Object, so this is a suspending lambda that yields to its caller. */
  @Gives("[a, b, c]")
  static String genericInterface_returningAGenerator_isSuspending() {
    Generator<String> g =
        Generator.of(
            () -> {
              Fun<String, Iterator<String>> f =
                  s -> {
                    Generator.yield(s);
                    return List.of("b", "c").iterator();
                  };
              Generator.yieldAll(f.apply("a"));
            });
    return g.stream().toList().toString();
  }

  @Gives("3 failed 4")
  @Coroutine
  static String asyncLambdas_byTheInterfacesDescriptor() throws Exception {
    Async<Integer> f =
        n -> {
          if (n < 0) {
            throw new java.io.IOException("failed");
          }
          return CompletableFuture.completedFuture(later(n) + 1);
        };
    Async<Integer> reference = Lambdas::plus1;
    CompletionStage<Integer> failing = f.start(-1);
    String failure;
    try {
      failure = "" + await(failing);
    } catch (Exception e) {
      failure = e.getMessage();
    }
    return await(f.start(2)) + " " + failure + " " + await(reference.start(3));
  }

  @Coroutine
  static CompletableFuture<Integer> plus1(int n) {
    return CompletableFuture.completedFuture(later(n) + 1);
  }

  // ---- called by plain code in between

  @Gives("1 refused")
  @Coroutine
  static String lambda_calledThroughPlainCode() throws Exception {
    later("");
    CoroutineCallable<String> waits = () -> later("x");
    try {
      return plainly(() -> "1") + " " + plainly(waits);
    } catch (IllegalStateException e) {
      return e.getMessage().contains("would block the coroutine") ? "1 refused" : e.toString();
    }
  }

  static String plainly(CoroutineCallable<String> c) throws Exception {
    return c.call();
  }

  @Gives("caught x finally")
  @Coroutine
  static String exceptions_inLambdas() throws Exception {
    StringBuilder s = new StringBuilder();
    CoroutineCallable<String> c =
        () -> {
          try {
            throw new java.io.IOException(later("x"));
          } finally {
            s.append(later(" finally"));
          }
        };
    try {
      return call(c);
    } catch (java.io.IOException e) {
      return "caught " + e.getMessage() + s;
    }
  }

  @Gives("true Fun 0")
  @Coroutine
  static String classOfALambda() {
    Fun<String, String> f = s -> later(s);
    Class<?> c = f.getClass();
    return c.isSynthetic()
        + " "
        + c.getInterfaces()[0].getSimpleName()
        + " "
        + c.getDeclaredConstructors()[0].getParameterCount();
  }
}

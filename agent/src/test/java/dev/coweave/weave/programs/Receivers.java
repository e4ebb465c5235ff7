package dev.coweave.weave.programs;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Calls of coroutines on receivers of all kinds. A twin is entered only on an object whose exact class the weaver wrote; any
 * other is called by its plain method. Classes whose names begin with Unwoven are left as they were compiled.
 */
public class Receivers {
  @Coroutine
  static <T> T later(T value) {
    Task.yield();
    return value;
  }

  /** What would have to wait under a plain frame fails; what it says is tested elsewhere. */
  static String refused(IllegalStateException e) {
    return e.getMessage().contains("would block the coroutine") ? "refused" : e.toString();
  }

  // ---- implementations of an interface

  interface Greeter {
    @Coroutine
    String greet(String name);

    @Coroutine
    default String greetTwice(String name) {
      return greet(name) + greet(name);
    }
  }

  static class Polite implements Greeter {
    @Override
    @Coroutine
    public String greet(String name) {
      return "dear " + later(name) + " ";
    }
  }

  static class UnwovenGreeter implements Greeter {
    @Override
    public String greet(String name) {
      return "yo " + name + " ";
    }
  }

  static class UnwovenWaiter implements Greeter {
    @Override
    public String greet(String name) {
      return later(name);
    }
  }

  @Gives("dear a dear a ")
  @Coroutine
  static String wovenImplementation() {
    Greeter g = new Polite();
    return g.greetTwice("a");
  }

  @Gives("yo a yo b ")
  @Coroutine
  static String unwovenImplementation() {
    Greeter g = new UnwovenGreeter();
    return later(g.greet("a")) + g.greet("b");
  }

  @Gives("refused")
  @Coroutine
  static String unwovenImplementation_thatWaits() {
    Greeter g = new UnwovenWaiter();
    later("");
    try {
      return g.greet("a");
    } catch (IllegalStateException e) {
      return refused(e);
    }
  }

  @Gives("a")
  static String unwovenImplementation_thatWaits_calledByPlainCode() {
    return new UnwovenWaiter().greet("a");
  }

  @Gives("hi a hi b dear c ")
  @Coroutine
  static String lambdaOfUnwovenCode() {
    Greeter g = UnwovenMaker.lambda();
    return later(g.greet("a")) + g.greet("b") + new Polite().greet("c");
  }

  static class UnwovenMaker {
    static Greeter lambda() {
      return name -> "hi " + name + " ";
    }
  }

  // ---- overrides that bear no annotation

  static class Rude extends Polite {
    @Override
    public String greet(String name) {
      return "hey " + name + " ";
    }
  }

  static class Ruder extends Rude {}

  static class Rudest extends Ruder {
    @Override
    public String greet(String name) {
      return "oi " + super.greet(name);
    }
  }

  static class PoliteAgain extends Rudest {
    @Override
    @Coroutine
    public String greet(String name) {
      return later("sorry ") + super.greet(name);
    }
  }

  @Gives("hey a oi hey a sorry oi hey a ")
  @Coroutine
  static String unannotatedOverride_inSubclassesOfSubclasses() {
    StringBuilder s = new StringBuilder();
    for (Polite p : List.of(new Ruder(), new Rudest(), new PoliteAgain())) {
      s.append(p.greet("a"));
    }
    return s.toString();
  }

  @Gives("hey a hey a hey b ")
  @Coroutine
  static String unannotatedOverride_calledThroughTheInterface() {
    Greeter g = new Rude();
    return g.greetTwice("a") + later(g.greet("b"));
  }

  static class UnwovenSubclass extends Polite {
    @Override
    public String greet(String name) {
      return "sub " + name + " ";
    }
  }

  static class UnwovenPlainSubclass extends Polite {}

  @Gives("sub a sub a sub b ")
  @Coroutine
  static String unwovenSubclass_thatOverrides() {
    Polite p = new UnwovenSubclass();
    return later(p.greetTwice("a")) + p.greet("b");
  }

  @Gives("refused")
  @Coroutine
  static String unwovenSubclass_thatInheritsAMethodThatWaits() {
    later("");
    try {
      return new UnwovenPlainSubclass().greet("a");
    } catch (IllegalStateException e) {
      return refused(e);
    }
  }

  static class UnwovenMiddle extends Polite {
    @Override
    public String greet(String name) {
      return "middle " + name + " ";
    }
  }

  static class UnwovenEmptyMiddle extends Polite {}

  static class WovenLeaf extends UnwovenMiddle {
    @Coroutine
    String other() {
      return later("other ");
    }
  }

  static class WovenCallingLeaf extends UnwovenMiddle {
    @Override
    @Coroutine
    public String greet(String name) {
      return later("leaf ") + super.greet(name);
    }
  }

  static class WovenEmptyLeaf extends UnwovenEmptyMiddle {
    @Override
    @Coroutine
    public String greet(String name) {
      return later("leaf ") + super.greet(name);
    }
  }

  @Gives("middle a middle a other leaf middle a leaf dear a ")
  @Coroutine
  static String wovenSubclassesOfUnwovenOnes() {
    Greeter leaf = new WovenLeaf();
    Polite calling = new WovenCallingLeaf();
    return later(leaf.greetTwice("a"))
        + new WovenLeaf().other()
        + calling.greet("a")
        + new WovenEmptyLeaf().greet("a");
  }

  // ---- overrides of another kind

  abstract static class Several {
    @Coroutine
    abstract Iterator<String> all();

    @Coroutine
    Object one() {
      return later("one");
    }

    @Coroutine
    Iterator<String> yielding() {
      Generator.yield("base");
      return null;
    }
  }

  static class ByGenerator extends Several {
    @Override
    @Coroutine
    Generator<String> all() {
      Generator.yield("generated");
      return null;
    }

    @Override
    @Coroutine
    CompletableFuture<String> one() {
      return CompletableFuture.completedFuture(later("future"));
    }

    @Override
    @Coroutine
    Iterator<String> yielding() {
      return List.of(later("waited")).iterator();
    }
  }

  static class ByList extends Several {
    @Override
    @Coroutine
    Iterator<String> all() {
      return later(List.of("list")).iterator();
    }

    @Override
    @Coroutine
    Generator<String> one() {
      Generator.yield("lazily");
      return null;
    }
  }

  @Gives("generated future waited list lazily base")
  @Coroutine
  static String overridesOfAnotherKind() {
    Several a = new ByGenerator();
    Several b = new ByList();
    return a.all().next()
        + " "
        + Task.await((CompletableFuture<?>) a.one())
        + " "
        + a.yielding().next()
        + " "
        + b.all().next()
        + " "
        + ((Iterator<?>) b.one()).next()
        + " "
        + b.yielding().next();
  }

  interface OtherGreeter {
    @Coroutine
    default String greetTwice(String name) {
      return "other " + later(name);
    }
  }

  static class Diamond implements Greeter, OtherGreeter {
    @Override
    @Coroutine
    public String greet(String name) {
      return later(name);
    }

    @Override
    public String greetTwice(String name) {
      return "plain " + name;
    }
  }

  static class WovenDiamond extends Diamond {
    @Override
    @Coroutine
    public String greetTwice(String name) {
      return later(OtherGreeterOf.call(this, name)) + super.greetTwice(name);
    }
  }

  static class OtherGreeterOf {
    @Coroutine
    static String call(OtherGreeter g, String name) {
      return later("of ") + g.getClass().getSimpleName() + " ";
    }
  }

  @Gives("plain a plain a")
  @Coroutine
  static String defaultMethod_overriddenPlain_inADiamond() {
    Diamond d = new Diamond();
    Greeter g = d;
    OtherGreeter o = d;
    return later(g.greetTwice("a")) + " " + o.greetTwice("a");
  }

  @Gives("of WovenDiamond plain a of WovenDiamond plain a")
  @Coroutine
  static String defaultMethod_overriddenTwice_inADiamond() {
    Greeter g = new WovenDiamond();
    OtherGreeter o = new WovenDiamond();
    return g.greetTwice("a") + " " + o.greetTwice("a");
  }

  @Gives("refused")
  @Coroutine
  static String coroutineThatOverridesAPlainMethod_calledByThat() {
    Diamond d = later(new WovenDiamond());
    try {
      return d.greetTwice("a");
    } catch (IllegalStateException e) {
      return refused(e);
    }
  }

  interface Top {
    @Coroutine
    default String who() {
      return later("top");
    }
  }

  interface Left extends Top {
    @Override
    @Coroutine
    default String who() {
      return later("left") + Top.super.who();
    }
  }

  interface Right extends Top {}

  static class Both implements Right, Left {}

  static class BothPlain implements Right, Left {
    @Override
    public String who() {
      return "plain";
    }
  }

  @Gives("lefttop lefttop plain")
  @Coroutine
  static String diamond_ofDefaultMethods() {
    Top t = new Both();
    Right r = new Both();
    Top p = new BothPlain();
    return t.who() + " " + r.who() + " " + p.who();
  }

  // ---- proxies

  @Gives("[before greet, after greet] dear a ")
  @Coroutine
  static String proxy_runsItsAdviceOnceAroundTheWholeCall() {
    List<String> advice = new ArrayList<>();
    Greeter target =
        new UnwovenGreeter() {
          @Override
          public String greet(String name) {
            return "dear " + name + " ";
          }
        };
    Greeter proxy =
        (Greeter)
            Proxy.newProxyInstance(
                Receivers.class.getClassLoader(),
                new Class<?>[] {Greeter.class},
                (p, method, arguments) -> {
                  advice.add("before " + method.getName());
                  try {
                    return method.invoke(target, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  } finally {
                    advice.add("after " + method.getName());
                  }
                });
    String result = later(proxy.greet("a"));
    return advice + " " + result;
  }

  @Gives("refused [call greet]")
  @Coroutine
  static String proxy_ofATargetThatWaits() {
    List<String> advice = new ArrayList<>();
    Greeter target = new Polite();
    Greeter proxy =
        (Greeter)
            Proxy.newProxyInstance(
                Receivers.class.getClassLoader(),
                new Class<?>[] {Greeter.class},
                (p, method, arguments) -> {
                  advice.add("call " + method.getName());
                  try {
                    return method.invoke(target, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    later("");
    try {
      return proxy.greet("a");
    } catch (IllegalStateException e) {
      return refused(e) + " " + advice;
    }
  }

  // ---- what is inherited

  abstract static class Template {
    @Coroutine
    abstract String step(int i);

    @Coroutine
    final String run() {
      return step(1) + later(step(2));
    }
  }

  static class Steps extends Template {
    @Override
    @Coroutine
    String step(int i) {
      return "s" + later(i);
    }
  }

  static class InheritsAll extends Steps {
    int field = 3;
  }

  static class PlainSteps extends Template {
    @Override
    String step(int i) {
      return "p" + i;
    }
  }

  @Gives("s1s2 s1s2 p1p2 s9")
  @Coroutine
  static String abstractMethods_andAClassThatOnlyInherits() {
    return new Steps().run()
        + " "
        + new InheritsAll().run()
        + " "
        + new PlainSteps().run()
        + " "
        + new InheritsAll().step(9);
  }

  interface Source<T> {
    @Coroutine
    T get() throws Exception;
  }

  static class Numbers implements Source<Integer>, Comparable<Numbers> {
    @Override
    @Coroutine
    public Integer get() {
      return later(41) + 1;
    }

    @Override
    public int compareTo(Numbers other) {
      return 0;
    }
  }

  static class Base<A, B extends Number> {
    @Coroutine
    Object convert(A a, B b) {
      return "base " + later(a) + b;
    }
  }

  static class Derived extends Base<String, Integer> {
    @Override
    @Coroutine
    String convert(String a, Integer b) {
      return "derived " + super.convert(later(a), b);
    }
  }

  static class PlainDerived extends Base<String, Integer> {
    @Override
    String convert(String a, Integer b) {
      return "plain " + a + b;
    }
  }

  @Gives("42 derived base a1 derived base a1 plain a1")
  @Coroutine
  static String bridges_covariantReturns_genericSupers() throws Exception {
    Source<Integer> s = new Numbers();
    Base<String, Integer> b = new Derived();
    Base<String, Integer> p = new PlainDerived();
    return s.get()
        + " "
        + b.convert("a", 1)
        + " "
        + new Derived().convert("a", 1)
        + " "
        + p.convert("a", 1);
  }

  // ---- private, nestmate, final, static

  private int secret = 5;

  @Coroutine
  private int secret(int more) {
    return later(secret) + more;
  }

  @Coroutine
  private static String secretly(String s) {
    return later(s) + "!";
  }

  static class Nestmate {
    @Coroutine
    private long wide(long a, double b) {
      return (long) (later(a) * b);
    }

    @Coroutine
    final String fin() {
      return later("fin");
    }
  }

  @Gives("6 a! 6 fin")
  @Coroutine
  String privateMethods_ofThisAndOfNestmates() {
    Nestmate n = new Nestmate();
    return secret(1) + " " + secretly("a") + " " + n.wide(3, 2.0) + " " + n.fin();
  }

  interface WithPrivates {
    @Coroutine
    private String hidden(String s) {
      return later("hidden ") + s;
    }

    @Coroutine
    private static String hiddenStatic(String s) {
      return later("static ") + s;
    }

    @Coroutine
    static String open(String s) {
      return hiddenStatic(later(s));
    }

    @Coroutine
    default String all() {
      return hidden("a ") + hiddenStatic("b ") + open("c");
    }
  }

  @Gives("hidden a static b static c")
  @Coroutine
  static String interfaceMethods_privateAndStatic() {
    return new WithPrivates() {}.all();
  }

  // ---- enums, records, inner and anonymous classes

  enum Op {
    PLUS {
      @Override
      @Coroutine
      int apply(int a, int b) {
        return later(a) + b;
      }
    },
    MINUS {
      @Override
      int apply(int a, int b) {
        return a - b;
      }
    };

    @Coroutine
    abstract int apply(int a, int b);

    @Coroutine
    int twice(int a, int b) {
      return apply(apply(a, b), b);
    }
  }

  @Gives("7 -1")
  @Coroutine
  static String enumBodies() {
    return Op.PLUS.twice(3, 2) + " " + Op.MINUS.twice(3, 2);
  }

  record Point(int x, long y) {
    @Coroutine
    long sum() {
      return later(x) + later(y);
    }

    @Coroutine
    static Point of(int x) {
      return new Point(later(x), later(2L));
    }
  }

  @Gives("3 Point[x=1, y=2]")
  @Coroutine
  static String records() {
    Point p = Point.of(1);
    return p.sum() + " " + p;
  }

  class Inner {
    final int own = 2;

    class Innermost {
      @Coroutine
      String all() {
        return later(secret) + "," + own + "," + secret(1);
      }
    }
  }

  @Gives("5,2,6 anonymous 5 a")
  @Coroutine
  String innerAndAnonymousClasses() throws Exception {
    String captured = "a";
    Source<String> s =
        new Source<>() {
          @Override
          @Coroutine
          public String get() {
            return "anonymous " + later(secret) + " " + captured;
          }
        };
    return new Inner().new Innermost().all() + " " + s.get();
  }

  @Gives("local 1 2")
  @Coroutine
  static String localClasses() {
    int captured = later(1);
    class Local {
      @Coroutine
      String get(int i) {
        return "local " + later(captured) + " " + i;
      }
    }
    return new Local().get(2);
  }

  // ---- mixed

  static class JdkSuper extends ArrayList<String> implements Source<String> {
    private static final long serialVersionUID = 1;

    @Override
    @Coroutine
    public String get() {
      return later("n") + size();
    }
  }

  @Gives("n0")
  @Coroutine
  static String classesThatExtendTheJdks() throws Exception {
    Source<String> s = new JdkSuper();
    return s.get();
  }

  static class GenericBox<T extends Comparable<T>> {
    @Coroutine
    <X extends Exception> T max(T a, T b, Class<X> failure) throws X {
      return later(a).compareTo(b) >= 0 ? later(a) : later(b);
    }
  }

  @Gives("b")
  @Coroutine
  static String genericMethods_withGenericExceptions() {
    return new GenericBox<String>().max("a", "b", RuntimeException.class);
  }

  static class ArraysAndVarargs {
    @Coroutine
    int[] fill(int n, int... values) {
      int[] a = new int[n];
      for (int i = 0; i < n; i++) {
        a[i] = later(values[i % values.length]);
      }
      return a;
    }

    @Coroutine
    boolean flags(boolean a, byte b, char c, short d, float e) {
      return later(a) && later(b) == 1 && later(c) == 'c' && later(d) == 2 && later(e) == 3f;
    }
  }

  @Gives("3 true 1")
  @Coroutine
  static String allTypesOfArgumentsAndResults() {
    ArraysAndVarargs a = new ArraysAndVarargs();
    return a.fill(3, 1, 2).length
        + " "
        + a.flags(true, (byte) 1, 'c', (short) 2, 3f)
        + " "
        + a.fill(3, 1, 2)[2];
  }

  @Gives("null receiver")
  @Coroutine
  static String nullReceivers_throwAsPlainCallsDo() {
    Greeter none = later(null);
    Polite nobody = later(null);
    try {
      return none.greet("a");
    } catch (NullPointerException e) {
      try {
        return nobody.greet("b");
      } catch (NullPointerException f) {
        return "null receiver";
      }
    }
  }

  static class Overloads {
    @Coroutine
    String f(int i) {
      return "int " + later(i);
    }

    @Coroutine
    String f(long i) {
      return "long " + later(i);
    }

    @Coroutine
    static String f(Object o) {
      return "object " + later(o);
    }

    String f(String s) {
      return "plain " + s;
    }
  }

  @Gives("int 1 long 2 object c plain s")
  @Coroutine
  static String overloads() {
    Overloads o = new Overloads();
    return o.f(1) + " " + o.f(2L) + " " + Overloads.f((Object) 'c') + " " + o.f("s");
  }
}

package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ObjectStreamClass;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Woven classes as reflection sees them, beside the same ones unwoven. */
class ReflectionTest {
  private static final String SOURCE =
      """
      public class Root {
        static final List<String> LOG = new ArrayList<>();
        public interface Action { @Coroutine int run(int x) throws Exception; }
        public interface Other { @Coroutine int run(int x) throws Exception; }
        public interface Both extends Action, Other {}
        public interface Initialised {
          int N = Root.log("Initialised");
          @Coroutine int run(int x) throws Exception;
        }
        public interface WithDefault {
          int N = Root.log("WithDefault");
          @Coroutine int run(int x) throws Exception;
          default int twice(int x) { return 2 * x; }
        }
        public interface Constants {
          Constants NONE = x -> 0;
          java.util.function.Function<String, Object[]> SPLIT = s -> s.split(" ");
          String NAME = null;
          long MOST = 1L << 40;
          @Coroutine int run(int x) throws Exception;
        }
        public interface MayLack {
          java.util.function.Function<Alone, Integer> LACKS = a -> 1;
          @Coroutine int run(int x) throws Exception;
        }
        public sealed interface Shape permits Circle, Square { @Coroutine int area() throws Exception; }
        public record Circle(int r) implements Shape {
          @Coroutine public int area() { Task.yield(); return 3 * r * r; }
        }
        public record Square(int a) implements Shape { @Coroutine public int area() { Task.yield(); return a * a; } }
        public static class Diamond implements Action, Other {
          @Coroutine public int run(int x) { Task.yield(); return x + 1; }
        }
        public static class Late implements Initialised, java.io.Serializable {
          @Coroutine public int run(int x) { Task.yield(); return x + 2; }
        }
        public static class Sum implements Constants {
          @Coroutine public int run(int x) { Task.yield(); return x + 8; }
        }
        public static class Early implements WithDefault {
          @Coroutine public int run(int x) { Task.yield(); return x + 3; }
        }
        public static abstract class Abstract implements Action {
          @Coroutine public abstract int more(int x) throws Exception;
          @Coroutine public int run(int x) throws Exception { return more(x); }
        }
        public static class Concrete extends Abstract {
          @Coroutine public int more(int x) { Task.yield(); return x + 4; }
        }
        public static class Plain implements Both { public int run(int x) { return x + 5; } }
        public static class Alone { @Coroutine public int run(int x) { Task.yield(); return x + 6; } }
        static int log(String s) { LOG.add(s); return 1; }
        @Coroutine static int twice(Action a) throws Exception { return a.run(1) + a.run(2); }
        @Coroutine static int viaOther(Other o) throws Exception { return o.run(1); }
        @Coroutine static int viaBoth(Both b) throws Exception { return b.run(1); }
        @Coroutine static int viaAbstract(Abstract a) throws Exception { return a.more(1) + a.run(1); }
        @Coroutine static int viaInitialised(Initialised i) throws Exception { return i.run(1); }
        @Coroutine static int viaConstants(Constants c) throws Exception { return c.run(1); }
        @Coroutine static int viaShape(Shape s) throws Exception { return s.area(); }
        public static String calls(Action proxy) throws Exception {
          Both lambda = x -> x + 7;
          return viaConstants(new Sum()) + " " + viaConstants(Constants.NONE) + " " + twice(new Diamond()) + " " + viaOther(new Diamond()) + " " + twice(new Plain()) + " "
              + viaBoth(new Plain()) + " " + viaBoth(lambda) + " " + viaAbstract(new Concrete()) + " "
              + viaInitialised(new Late()) + " " + viaShape(new Circle(2)) + " " + twice(proxy);
        }
      }
      """;
  private static final Compiled COMPILED = Compiled.from(SOURCE);
  private static final List<String> TYPES =
      COMPILED.classFiles.keySet().stream().map(n -> n.replace('/', '.')).toList();

  private final ClassLoader woven = COMPILED.woven(Options.BUILD);
  private final ClassLoader unwoven = COMPILED.unwoven();

  private static Class<?> nested(ClassLoader loader, String name) throws ClassNotFoundException {
    return Class.forName("app.Root$" + name, false, loader);
  }

  @Test
  void interfaces_haveNoAbstractMethodOfTheWeavers() throws Exception {
    for (String name : List.of("Action", "Both", "WithDefault", "Constants", "Shape")) {
      assertEquals(abstracts(nested(unwoven, name)), abstracts(nested(woven, name)), name);
    }
  }

  /** Somebody may notice when they are initialised: by what that does, or by a type that is missing. */
  @ParameterizedTest
  @ValueSource(strings = {"Initialised", "MayLack"})
  void whereAnInitialiserMayBeNoticed_theTwinStaysAbstract(String name) throws Exception {
    assertEquals(1, abstracts(nested(unwoven, name)).size());
    assertEquals(2, abstracts(nested(woven, name)).size());
  }

  private static List<String> abstracts(Class<?> c) {
    return Arrays.stream(c.getMethods())
        .filter(m -> Modifier.isAbstract(m.getModifiers()))
        .map(Method::toString)
        .sorted()
        .toList();
  }

  @Test
  void aMethodHandle_implementsAWovenInterface() throws Exception {
    Class<?> action = nested(woven, "Action");
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    var plusOne =
        lookup.findStatic(
            Math.class, "addExact", MethodType.methodType(int.class, int.class, int.class));
    Object proxy =
        MethodHandleProxies.asInterfaceInstance(
            action, MethodHandles.insertArguments(plusOne, 0, 10));
    assertEquals(15, action.getMethod("run", int.class).invoke(proxy, 5));
  }

  @Test
  void callsThroughInterfaces_reachWhatTheyShould() throws Exception {
    assertEquals("9 0 5 2 13 6 8 10 3 12 23", calls(woven));
    assertEquals("9 0 5 2 13 6 8 10 3 12 23", calls(COMPILED.woven(Options.AGENT)));
  }

  private static String calls(ClassLoader loader) throws Exception {
    Class<?> action = nested(loader, "Action");
    Object proxy =
        Proxy.newProxyInstance(
            loader, new Class<?>[] {action}, (p, method, args) -> (Integer) args[0] + 10);
    return (String) loader.loadClass("app.Root").getMethod("calls", action).invoke(null, proxy);
  }

  /** With a default method, an interface is initialised with each class that implements it (JVMS 5.5). */
  @Test
  void anInterface_isInitialisedWhenItIsUnwoven() throws Exception {
    for (ClassLoader loader : List.of(unwoven, woven)) {
      List<?> log = log(loader);
      nested(loader, "Late").getConstructor().newInstance();
      assertEquals(List.of(), log);
      nested(loader, "Early").getConstructor().newInstance();
      assertEquals(List.of("WithDefault"), log);
    }
  }

  /** As a tool does that loads all classes of a jar by their names. */
  @ParameterizedTest
  @ValueSource(strings = {"Constants", "Constants$$Lambda"})
  void aConstantLambda_isThere_whicheverClassIsInitialisedFirst(String name) throws Exception {
    nested(woven, "Constants");
    Class.forName("app.Root$" + name, true, woven);
    assertEquals("0", calls(woven).split(" ")[1]);
  }

  private static List<?> log(ClassLoader loader) throws Exception {
    var field = loader.loadClass("app.Root").getDeclaredField("LOG");
    field.setAccessible(true);
    return (List<?>) field.get(null);
  }

  @Test
  void allThatIsAdded_isSynthetic() throws Exception {
    for (String name : TYPES) {
      Class<?> before = Class.forName(name, false, unwoven);
      Class<?> after = Class.forName(name, false, woven);
      assertEquals(users(before), users(after), name);
      assertEquals(before.isSealed(), after.isSealed());
      assertEquals(before.isRecord(), after.isRecord());
      assertEquals(before.getModifiers(), after.getModifiers());
    }
  }

  /** The members that are not synthetic. */
  private static TreeSet<String> users(Class<?> c) {
    TreeSet<String> result = new TreeSet<>();
    Stream.of(c.getDeclaredMethods(), c.getDeclaredFields(), c.getDeclaredConstructors())
        .flatMap(Arrays::<Member>stream)
        .filter(m -> !m.isSynthetic())
        .forEach(m -> result.add(m.toString()));
    return result;
  }

  /** A twin and a resume copy for each coroutine that has a body, a twin for each other, the answer that the guard asks for, and what a hidden class is refused by. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Action: run(int,Continuation)",
        "Both:",
        "Initialised: run(int,Continuation)",
        "Diamond: coweave$cannotBeHidden() coweave$class() run($Diamond$$run,Continuation)"
            + " run(int,Continuation)",
        "Abstract: coweave$cannotBeHidden() coweave$class() more(int,Continuation)"
            + " run($Abstract$$run,Continuation) run(int,Continuation)",
        "Plain: coweave$cannotBeHidden() coweave$class() run(int,Continuation)",
        "Circle: area($Circle$$area,Continuation) area(Continuation) coweave$cannotBeHidden()"
            + " coweave$class()"
      })
  void noMoreIsAdded_thanMustBe(String expected) throws Exception {
    String name = expected.substring(0, expected.indexOf(':'));
    TreeSet<String> added = new TreeSet<>();
    for (Method m : nested(woven, name).getDeclaredMethods()) {
      if (m.isSynthetic()) {
        List<String> parameters =
            Arrays.stream(m.getParameterTypes())
                .map(p -> p.getName().replaceAll("app\\.Root|.*\\.", ""))
                .toList();
        added.add(m.getName() + "(" + String.join(",", parameters) + ")");
      }
    }
    assertEquals(expected, (name + ": " + String.join(" ", added)).trim());
  }

  @Test
  void serialVersionUid_staysTheDefault() throws Exception {
    assertEquals(
        ObjectStreamClass.lookup(nested(unwoven, "Late")).getSerialVersionUID(),
        ObjectStreamClass.lookup(nested(woven, "Late")).getSerialVersionUID());
  }

  @Test
  void sealedInterfaces_permitWhatTheyDid() throws Exception {
    Class<?> shape = nested(woven, "Shape");
    assertTrue(shape.isSealed());
    assertEquals(2, shape.getPermittedSubclasses().length);
  }
}

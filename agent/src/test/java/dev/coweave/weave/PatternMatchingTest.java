package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** What the Java language has got since 17, in classes of those versions: by the compiler of the JDK that runs the tests. */
@Tag("woven")
class PatternMatchingTest {
  private static final String LATER =
      " @Coroutine static <T> T later(T t) { Task.yield(); return t; } }";

  private static void assertGives(String expected, String release, String source) throws Exception {
    Compiled c = Compiled.from(source + LATER, "--release", release);
    for (Options options : List.of(Options.BUILD, Options.AGENT)) {
      Method run = c.woven(options).loadClass("app.A").getDeclaredMethod("run");
      run.setAccessible(true);
      assertEquals(expected, run.invoke(null));
    }
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void switchesOverPatterns_withGuardsThatSuspend() throws Exception {
    assertGives(
        "null -1 0 3 square 4 6 text ab other c RED",
        "21",
        """
        class A {
          sealed interface Shape permits Square, Box, Nothing {}
          record Square(int side) implements Shape {}
          record Box(int width, int height) implements Shape {}
          enum Nothing implements Shape { RED }
          @Coroutine static String of(Object o) {
            return switch (later(o)) {
              case null -> later("null");
              case Integer i when later(i) < 0 -> "-" + later(-i);
              case Integer i when i == later(0) -> later("0");
              case Integer i -> String.valueOf(later(i));
              case Square s when later(s).side() > 3 -> "square " + later(s.side());
              case Shape s -> area(s);
              case CharSequence s when later(s).length() == 2 -> "text " + s;
              default -> "other " + later(o);
            };
          }
          @Coroutine static String area(Shape s) {
            switch (later(s)) {
              case Square q: return "" + q.side() * later(q.side());
              case Box b: { int w = later(b.width()); return "" + w * b.height(); }
              case Nothing.RED: return later("RED");
            }
          }
          @Coroutine static String run() {
            StringBuilder s = new StringBuilder();
            Object[] all = {null, -1, 0, 3, new Square(4), new Box(2, 3), "ab", 'c', Nothing.RED};
            for (Object o : all) s.append(s.isEmpty() ? "" : " ").append(of(o));
            return s.toString();
          }
        """);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void recordPatterns_nestedAndGeneric() throws Exception {
    assertGives(
        "1+2+3 x+4 leaf 7 MatchException: down 10",
        "21",
        """
        class A {
          record Pair<X, Y>(X left, Y right) {}
          record Bad(int i) { public int i() { throw new IllegalStateException("down"); } }
          @Coroutine static String of(Object o) {
            if (later(o) instanceof Pair<?, ?>(Pair<?, ?>(Integer a, Integer b), Integer c) && later(a) == 1) {
              return a + "+" + later(b) + "+" + c;
            }
            return switch (o) {
              case Pair<?, ?>(String s, var n) when later(n) != null -> later(s) + "+" + n;
              case Pair<?, ?>(Pair<?, ?>(var a, var b), var c) -> "?" + later(a) + b + c;
              case Pair<?, ?>(var a, var b) -> later("leaf ") + b;
              case Bad(int i) -> "bad" + later(i);
              default -> later("?");
            };
          }
          @Coroutine static int sum(Pair<Integer, Pair<Integer, Long>> p) {
            var Pair = later(p);
            if (Pair instanceof Pair<Integer, Pair<Integer, Long>>(var a, Pair<Integer, Long>(var b, var c))) {
              return later(a) + later(b) + (int) (long) later(c);
            }
            return 0;
          }
          @Coroutine static String run() {
            String s = of(new Pair<>(new Pair<>(1, 2), 3)) + " " + of(new Pair<>("x", 4)) + " " + of(new Pair<>(1, 7)); // ecj 3.46 takes null for no match
            try {
              s += of(new Bad(1));
            } catch (MatchException e) {
              s += " MatchException: " + later(e).getCause().getMessage();
            }
            return s + " " + sum(new Pair<>(2, new Pair<>(3, 5L)));
          }
        """);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_25)
  void unnamedPatterns_andStatementsBeforeTheCallOfAConstructor() throws Exception {
    assertGives(
        "one 3 9 caught",
        "25",
        """
        class A {
          record Pair(Object left, Object right) {}
          final int square;
          A(int n) { int twice = n * n; if (n < 0) throw new IllegalArgumentException(); this.square = twice; super(); }
          @Coroutine static String of(Object o) {
            return switch (later(o)) {
              case Pair(Integer _, String _) -> later("one");
              case Pair(var a, Pair(_, var b)) when later(b) != null -> "" + ((Integer) a + (Integer) later(b));
              case Pair _, String _ -> later("two");
              default -> "?";
            };
          }
          @Coroutine static String run() {
            String s = of(new Pair(1, "")) + " " + of(new Pair(1, new Pair("", 2))) + " " + new A(later(3)).square;
            try {
              return s + new A(later(-1));
            } catch (IllegalArgumentException _) {
              return later(s) + " caught";
            }
          }
        """);
  }
}

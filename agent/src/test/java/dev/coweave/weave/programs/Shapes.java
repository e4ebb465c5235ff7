package dev.coweave.weave.programs;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The shapes of bodies: what stands on the operand stack, in locals and in handlers where a coroutine suspends. */
public class Shapes {
  private static final List<String> LOG = new ArrayList<>();
  private int field = 1;
  private long[] wide = {1, 2, 3};

  @Coroutine
  static <T> T later(T value) {
    Task.yield();
    return value;
  }

  @Coroutine
  static long laterLong(long value) {
    Task.yield();
    return value;
  }

  @Coroutine
  static double laterDouble(double value) {
    Task.yield();
    return value;
  }

  @Coroutine
  static boolean is(boolean value) {
    Task.yield();
    return value;
  }

  @Coroutine
  static int fail(String message) throws IOException {
    Task.yield();
    throw new IOException(message);
  }

  static String log(String s) {
    LOG.add(s);
    return s;
  }

  // ---- operands

  static class Pair {
    static {
      log("Pair initialised");
    }

    final Object a;
    final Object b;

    Pair(Object a, Object b) {
      this.a = a;
      this.b = b;
    }

    Pair(long a, double b, Pair c) {
      this(a + "L", b + "D" + c);
    }

    @Override
    public String toString() {
      return "(" + a + "," + b + ")";
    }
  }

  @Gives("(1,((2L,3.0D(x,y)),(z,4)))")
  @Coroutine
  static String newObjects_withArgumentsThatSuspend() {
    return new Pair(
            later(1),
            new Pair(
                new Pair(laterLong(2), laterDouble(3), new Pair(later("x"), "y")),
                new Pair("z", later(4))))
        .toString();
  }

  @Gives("((c,t),2) ((c,f),2)")
  @Coroutine
  static String newObjects_withConditionsAmongTheArguments() {
    StringBuilder s = new StringBuilder();
    for (boolean b : new boolean[] {true, false}) {
      s.append(
              new Pair(
                  new Pair("c", is(b) ? later("t") : later("f")), later(1) + (b ? 1 : later(1))))
          .append(b ? " " : "");
    }
    return s.toString();
  }

  @Gives("(caught,(x,1))")
  @Coroutine
  static String newObjects_whoseArgumentsFail() {
    Pair p = new Pair("x", later(1));
    try {
      p = new Pair(later(1), new Pair(fail("a"), 2));
    } catch (IOException e) {
      p = new Pair(later("caught"), p);
    }
    return p.toString();
  }

  @Gives("[1, 5, 3] [a, b] 6 2.5")
  @Coroutine
  static String arrays() {
    int[] a = {later(1), 2, later(3)};
    a[later(1)] += later(3);
    String[] s = {later("a"), later("b")};
    long[][] l = {{laterLong(1)}, {2, laterLong(3)}};
    l[later(1)][later(0)]++;
    double[] d = {0.5};
    d[0] += laterDouble(2);
    return java.util.Arrays.toString(a) + " " + List.of(s) + " " + (l[1][0] + l[1][1]) + " " + d[0];
  }

  @Gives("7 [1, 12, 3] 3 5")
  @Coroutine
  String fieldsAndCompoundAssignments() {
    field += later(5) + field;
    int before = field;
    wide[1] += laterLong(10);
    int i = 3;
    int j = i++ + later(i) - i--;
    i = i + later(2);
    return before + " " + java.util.Arrays.toString(wide) + " " + j + " " + i;
  }

  @Gives("1a2.5btrue null c")
  @Coroutine
  static String concatenations() {
    char c = 'c';
    return later(1) + "a" + laterDouble(2.5) + "b" + is(true) + " " + later(null) + " " + c;
  }

  @Gives("14 17.0 true")
  @Coroutine
  static String longsAndDoublesBelow() {
    long a = 2;
    double d = 3;
    long r = a * (laterLong(3) + a * laterLong(2));
    double e = d + d * laterDouble(4) + a;
    return r + " " + e + " " + (a < laterLong(3) && d > laterDouble(1));
  }

  @Gives("[a, b, c] {k=v}")
  @Coroutine
  static String chainsOfCalls() {
    List<String> l = new ArrayList<>();
    l.add(later("a"));
    later(l).add(later("b"));
    later(later(l)).add(later("c"));
    return l + " " + later(Map.of(later("k"), later("v")));
  }

  @Gives("null 1")
  @Coroutine
  static String nullsOnTheStack() {
    Object o = null;
    String s = null;
    return pick(null, later(s), o) + " " + pick(later(null), null, later(1));
  }

  static Object pick(Object a, Object b, Object c) {
    return a != null ? a : b != null ? b : c;
  }

  // ---- conditions and switches

  @Gives("tt tf ft ff -")
  @Coroutine
  static String conditions() {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      boolean a = i < 2;
      boolean b = i % 2 == 0;
      s.append(
          is(a) && is(b)
              ? "tt "
              : is(a) || is(false) ? "tf " : !is(a) & is(b) ? "ft " : is(a) | is(b) ? "?" : "ff ");
    }
    return s + (is(false) || is(false) && is(true) ? "+" : "-");
  }

  @Gives("zero one! many, zero one! many,")
  @Coroutine
  static String switches() {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      switch (later(i)) {
        case 0:
          s.append(later("zero "));
          break;
        case 1:
          s.append(later("one"));
          s.append(later("! "));
          break;
        default:
          s.append(later("many,"));
      }
    }
    s.append(" ");
    for (String k : List.of("a", "b", "c")) {
      s.append(
          switch (later(k)) {
            case "a" -> later("zero ");
            case "b" -> {
              String one = later("one");
              yield one + later("! ");
            }
            default -> "many,";
          });
    }
    return s.toString();
  }

  enum Color {
    RED,
    GREEN
  }

  @Gives("12 r2 g")
  @Coroutine
  static String switchExpressions_withOperandsBelow() {
    int i =
        later(10)
            + switch (later(2)) {
              case 1 -> later(1);
              case 2 -> later(2);
              default -> 3;
            };
    String s = "";
    for (Color c : Color.values()) {
      s +=
          " "
              + switch (later(c)) {
                case RED -> "r" + later(2);
                case GREEN -> later("g");
              };
    }
    return i + s;
  }

  @Gives("s3 i4 none")
  @Coroutine
  static String patterns() {
    StringBuilder s = new StringBuilder();
    for (Object o : new Object[] {"abc", 4, 'c'}) {
      if (later(o) instanceof String t && is(t.length() == 3)) {
        s.append("s").append(later(t).length());
      } else if (o instanceof Integer i) {
        s.append(" i").append(later(i)).append(" ");
      } else {
        s.append(later("none"));
      }
    }
    return s.toString();
  }

  // ---- loops

  @Gives("00 01 10 20 21 do1 do2 w3")
  @Coroutine
  static String loops() {
    StringBuilder s = new StringBuilder();
    outer:
    for (int i = 0; is(i < 4); i++) {
      for (int j = 0; j < 3; j++) {
        if (later(i) == 1 && j == 1) {
          continue outer;
        }
        if (i == 2 && j == later(2)) {
          break outer;
        }
        if (j == 2) {
          break;
        }
        s.append(i).append(later(j)).append(" ");
      }
    }
    int n = 0;
    do {
      n++;
      s.append("do").append(later(n)).append(" ");
    } while (is(n < 2));
    while (later(n++) < 3) {
      s.append("w").append(later(n));
    }
    return s.toString();
  }

  @Gives("6 abc 3")
  @Coroutine
  static String enhancedFor() {
    int sum = 0;
    for (int i : later(new int[] {1, 2, 3})) {
      sum += later(i);
    }
    String s = "";
    for (String t : later(List.of("a", "b", "c"))) {
      s += later(t);
    }
    long count = 0;
    for (char c : s.toCharArray()) {
      count += laterLong(c > 0 ? 1 : 0);
    }
    return sum + " " + s + " " + count;
  }

  @Gives("5000 12497500")
  @Coroutine
  static String longLoops() {
    int n = 0;
    long sum = 0;
    for (int i = 0; i < 5000; i++) {
      sum += i % 100 == 0 ? laterLong(i) : i;
      n++;
    }
    return n + " " + sum;
  }

  // ---- handlers

  @Gives("a caught a finally, b c finally, caught outer d")
  @Coroutine
  static String tryCatchFinally() {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      try {
        try {
          s.append(later(i == 0 ? "a " : i == 1 ? "b " : ""));
          if (i == 0) {
            fail("a");
          }
          if (i == 2) {
            throw new IllegalStateException(later("d"));
          }
          s.append(later("c "));
        } catch (IOException e) {
          s.append("caught ").append(later(e.getMessage())).append(" ");
        } finally {
          if (i < 2) {
            s.append(later("finally, "));
          }
        }
      } catch (IllegalStateException e) {
        s.append("caught outer ").append(later(e).getMessage());
      }
    }
    return s.toString();
  }

  @Gives("1 2 finally1 finally2 3")
  @Coroutine
  static String finallyWithReturnsAndBreaks() {
    LOG.clear();
    String r = returning() + " " + breaking();
    return r + " " + String.join(" ", LOG) + " " + overriding();
  }

  @Coroutine
  static int returning() {
    try {
      return later(1);
    } finally {
      log(later("finally1"));
    }
  }

  @Coroutine
  static int breaking() {
    int i = 0;
    while (true) {
      try {
        i++;
        if (later(i) == 2) {
          break;
        }
        continue;
      } finally {
        if (i == 2) {
          log(later("finally2"));
        }
      }
    }
    return i;
  }

  @SuppressWarnings("finally")
  @Coroutine
  static int overriding() {
    try {
      return fail("x");
    } catch (IOException e) {
      return later(2);
    } finally {
      return later(3);
    }
  }

  record Resource(String name) implements AutoCloseable {
    @Override
    @Coroutine
    public void close() throws IOException {
      log("close " + later(name));
      if (name.equals("b")) {
        fail("closing b");
      }
    }
  }

  @Gives("[open a, open b, body, close b, close a] body [closing b]")
  @Coroutine
  static String tryWithResources() {
    LOG.clear();
    try (Resource a = new Resource(later("a"));
        Resource b = open(later("b"))) {
      log("open " + a.name());
      log("open " + b.name());
      log(later("body"));
      fail("body");
      return "?";
    } catch (IOException e) {
      return LOG + " " + e.getMessage() + " " + List.of(e.getSuppressed()[0].getMessage());
    }
  }

  @Coroutine
  static Resource open(String name) {
    return new Resource(later(name));
  }

  @Gives("1 x 3 after")
  @Coroutine
  static String variablesInHandlers() {
    int a = later(1);
    String b = "b";
    long c = 2;
    try {
      b = later("x");
      c = laterLong(3);
      fail("y");
      c = 4;
    } catch (IOException e) {
      return a + " " + b + " " + c + " " + later("after");
    }
    return "?";
  }

  @Gives("io:a ise:b")
  @Coroutine
  static String multiCatch() {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < 2; i++) {
      try {
        if (i == 0) {
          fail("a");
        } else {
          throw later(new IllegalStateException("b"));
        }
      } catch (IOException | IllegalStateException e) {
        s.append(e instanceof IOException ? "io:" : " ise:").append(later(e.getMessage()));
      }
    }
    return s.toString();
  }

  @Gives("locked 2")
  @Coroutine
  static String synchronizedBlocksThatDoNotSuspend() {
    Object lock = later(new Object());
    int n = 0;
    for (int i = 0; i < 2; i++) {
      synchronized (lock) {
        n++;
        synchronized (Shapes.class) {
          log("in");
        }
      }
      n = later(n);
    }
    synchronized (lock) {
      return "locked " + n;
    }
  }

  // ---- types

  interface Animal {}

  record Dog(String name) implements Animal, Comparable<Dog> {
    @Override
    public int compareTo(Dog o) {
      return 0;
    }
  }

  record Cat(String name) implements Animal, Comparable<Cat> {
    @Override
    public int compareTo(Cat o) {
      return 0;
    }
  }

  @Gives("Dog[name=d] Cat[name=c] 3 x")
  @Coroutine
  static String mergedTypes() {
    String s = "";
    for (boolean b : new boolean[] {true, false}) {
      var o = b ? new Dog(later("d")) : new Cat(later("c"));
      Task.yield();
      Animal a = o;
      s += later(a) + " ";
    }
    CharSequence cs = is(true) ? new StringBuilder("abc") : new StringBuffer("x");
    Appendable ap = is(false) ? new StringBuilder("abc") : new StringBuffer("x");
    Task.yield();
    return s + cs.length() + " " + ap;
  }

  @Gives("1 2 c 4 true 6.5 [x]")
  @Coroutine
  static String smallTypes() {
    byte b = (byte) (later(257) & 0xff);
    short s = (short) (later(2) + 0);
    char c = later('c');
    int i = b + later((int) (short) 3);
    boolean t = is(true);
    float f = later(6f) + 0.5f;
    Object[] o = later(new Object[] {"x"});
    return b + " " + s + " " + c + " " + i + " " + t + " " + f + " " + java.util.Arrays.toString(o);
  }

  @Coroutine
  static String slotsThatAreReused(int n) {
    StringBuilder s = new StringBuilder();
    {
      long a = laterLong(n);
      s.append(a);
    }
    {
      String a = later("s");
      int b = later(2);
      s.append(a).append(b);
    }
    {
      double a = laterDouble(0.5);
      Object b = later("o");
      s.append(a).append(b);
    }
    return s.toString();
  }

  @Gives("7s20.5o")
  @Coroutine
  static String reusedSlots() {
    return slotsThatAreReused(7);
  }

  @Gives("2 b d")
  @Coroutine
  static String reassignedParameters() {
    return reassign(1, "a", 3, 'c');
  }

  @Coroutine
  private static String reassign(int n, String s, long unused, char c) {
    n = later(n) + 1;
    s = later("b");
    c++;
    Task.yield();
    return n + " " + s + " " + c;
  }

  @Gives("assertion")
  @Coroutine
  static String assertions() {
    boolean thrown = false;
    try {
      assert is(true) : later("never");
      if (!thrown) {
        throw new AssertionError(later("assertion"));
      }
    } catch (AssertionError e) {
      return e.getMessage();
    }
    return "?";
  }

  @Gives("120 13")
  @Coroutine
  static String recursion() throws Exception {
    return factorial(5) + " " + fibonacci(7);
  }

  @Coroutine
  static long factorial(int n) {
    return n == 0 ? laterLong(1) : n * factorial(n - 1);
  }

  @Coroutine
  static int fibonacci(int n) {
    return n < 2 ? later(n) : fibonacci(n - 1) + fibonacci(n - 2);
  }

  @Gives("even odd")
  @Coroutine
  static String mutualRecursion() {
    return (even(1001) ? "?" : is(even(1000)) ? "even" : "?") + " " + (odd(3) ? "odd" : "?");
  }

  @Coroutine
  static boolean even(int n) {
    return n == 0 || odd(n - 1);
  }

  @Coroutine
  static boolean odd(int n) {
    return n != 0 && even(n - 1);
  }
}

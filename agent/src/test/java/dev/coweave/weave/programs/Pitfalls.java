package dev.coweave.weave.programs;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Legal Java on which weavers of coroutines have failed, each thing in its smallest form. */
public class Pitfalls {
  private static final List<String> LOG = new ArrayList<>();

  @Coroutine
  static <T> T later(T value) {
    Task.yield();
    return value;
  }

  @Coroutine
  static int later(int value) {
    Task.yield();
    return value;
  }

  @Coroutine
  static void fail(IOException e) throws IOException {
    Task.yield();
    throw e;
  }

  private static String logged() {
    String all = String.join(" ", LOG);
    LOG.clear();
    return all;
  }

  // ---- objects

  /** In the order in which classes were initialised, and what came after. */
  private static final List<String> ORDER = new ArrayList<>();

  static int first(String what) {
    ORDER.add(what);
    return ORDER.size();
  }

  static class One {
    static final int N = first("One");

    One(Object o) {}
  }

  static class Two extends One {
    static final int N = first("Two");

    Two(Object o) {
      super(o);
    }
  }

  static class Three {
    static final int N = first("Three");

    Three(int i, Object o) {}
  }

  static class Four {
    static final int N = first("Four");
    final Object value;

    Four(Object value) {
      this.value = value;
    }
  }

  /** JVMS 6.5, new: the class is initialised first, then the arguments are evaluated. */
  @Gives("[Three, One, Two, Four, argument]")
  @Coroutine
  static String newFourDeep_initialisesTheClassesBeforeTheArguments() {
    Object o = new Three(1, new One(new Two(new Four(await(argument())))));
    return o == null ? "?" : ORDER.subList(0, 5).toString();
  }

  @Coroutine
  private static CompletableFuture<String> argument() {
    first("argument");
    return CompletableFuture.completedFuture(later("x"));
  }

  // ---- locals and operands

  @Gives("null null true null null x")
  @Coroutine
  static String valuesThatAreNeverButNull() {
    String s = null;
    int[] a = null;
    List<String> l = null;
    Task.yield();
    if (later(0) == 1) {
      l = new ArrayList<>();
    }
    String t = s + " " + Arrays.toString(a) + " " + (l == later((Object) null));
    return t + " " + three(null, later(l), null) + " " + three(s, null, later("x"));
  }

  private static String three(String a, List<String> b, Object c) {
    return a != null ? a : b != null ? b.toString() : c == null ? "null" : "null " + c;
  }

  @Gives("1 [2] java.io.IOException: 3 4.0 c [5]")
  @Coroutine
  static String oneSlotForIntListThrowableAndOthers() {
    StringBuilder s = new StringBuilder();
    {
      int i = later(1);
      s.append(i).append(later(" "));
    }
    {
      List<Integer> i = later(List.of(2));
      s.append(i).append(later(" "));
    }
    try {
      fail(new IOException("3"));
    } catch (Throwable i) {
      Task.yield();
      s.append(i).append(later(" "));
    }
    {
      double i = later(4);
      Task.yield();
      s.append(i).append(later(" "));
    }
    {
      char i = (char) later('c');
      Task.yield();
      s.append(i).append(later(" "));
    }
    int[] i = later(new int[] {5});
    Task.yield();
    return s + Arrays.toString(i);
  }

  /** The verifier's type of the condition is AbstractStringBuilder, which no other package may name. */
  @Gives("ab3 bc3 6")
  @Coroutine
  static String mergesThatGiveATypeOfThePackageJavaLang() {
    String all = "";
    for (boolean b : new boolean[] {true, false}) {
      all += joined(b ? new StringBuilder("ab") : new StringBuffer("bc"), later(3)) + " ";
    }
    CharSequence merged =
        all.length() > later(100) ? new StringBuilder("x") : new StringBuffer("abcdef");
    Task.yield();
    return all + merged.length();
  }

  private static String joined(CharSequence s, int n) {
    return s.toString() + n;
  }

  @Gives("1 2 3.0 s 4.0 5 c true 6 7 8 9.0 [10] null")
  @Coroutine
  static String operandsOfEveryWidth() {
    byte b = 5;
    return all(
        1, 2L, 3.0, "s", 4f, b, 'c', true, later(6), 7L, later(8), later(9), new int[] {10}, null);
  }

  private static String all(
      int i,
      long j,
      double d,
      String s,
      float f,
      byte b,
      char c,
      boolean z,
      long k,
      long l,
      int m,
      double e,
      int[] a,
      Object o) {
    String first = i + " " + j + " " + d + " " + s + " " + f + " " + b + " " + c + " " + z;
    return first + " " + k + " " + l + " " + m + " " + e + " " + Arrays.toString(a) + " " + o;
  }

  @Gives("[true, false] [-56, 44] [c, d] [-25536, 3] [1.5, 2.0]")
  @Coroutine
  static String smallTypesAreSpilled_thenStoredInArrays() {
    boolean z = later(1) == 1;
    byte b = (byte) later(200);
    char c = (char) later('c');
    short s = (short) later(40000);
    float f = later(1) + 0.5f;
    boolean[] zs = new boolean[2];
    byte[] bs = new byte[2];
    char[] cs = new char[2];
    short[] ss = new short[2];
    float[] fs = new float[2];
    Task.yield();
    zs[0] = z;
    bs[0] = b;
    cs[0] = c;
    ss[0] = s;
    fs[0] = f;
    zs[later(1)] = later(1) == 2;
    bs[later(1)] = (byte) later(300);
    cs[later(1)] = (char) (later('c') + 1);
    ss[later(1)] = (short) later(3);
    fs[later(1)] = later(2);
    return Arrays.toString(zs)
        + " "
        + Arrays.toString(bs)
        + " "
        + Arrays.toString(cs)
        + " "
        + Arrays.toString(ss)
        + " "
        + Arrays.toString(fs);
  }

  @Gives("[11, 22, 3] 2 [1, 44] [as] [-126] [6.0] 7 8")
  @Coroutine
  String compoundAssignments() {
    int[] a = {1, 2, 3};
    int i = 0;
    a[i++] += await(CompletableFuture.completedFuture(later(10)));
    a[i++] += await(CompletableFuture.completedFuture(later(20)));
    long[] l = {1, 4};
    l[later(1)] *= 10 + later(1);
    String[] s = {"a"};
    s[later(0)] += later("s");
    byte[] b = {100};
    b[0] += later(30);
    double[] d = {12};
    d[later(0)] /= later(2);
    own().number += later(3);
    shared <<= later(1) + later(2);
    int n = number;
    number = 4;
    int m = shared;
    shared = 1;
    return Arrays.toString(a)
        + " "
        + i
        + " "
        + Arrays.toString(l)
        + " "
        + Arrays.toString(s)
        + " "
        + Arrays.toString(b)
        + " "
        + Arrays.toString(d)
        + " "
        + n
        + " "
        + m;
  }

  private int number = 4;
  private static int shared = 1;

  @Coroutine
  private Pitfalls own() {
    return later(this);
  }

  /** Two strings of one hash code; labels that fall through. */
  @Gives("Aa BB more none")
  @Coroutine
  static String stringSwitches() {
    StringBuilder s = new StringBuilder();
    for (String k : List.of("Aa", "BB", "C#")) {
      switch (later(k)) {
        case "Aa":
          s.append(later("Aa "));
          break;
        case "BB":
          s.append(later("BB "));
        case "AaBB":
          s.append(later("more "));
          break;
        default:
          s.append(later("none"));
      }
    }
    return s.toString();
  }

  // ---- handlers

  @Gives("file io runtime other")
  @Coroutine
  static String catchOfASubclassBeforeItsSuperclass() {
    List<Throwable> all =
        List.of(
            new FileNotFoundException(),
            new IOException(),
            new IllegalStateException(),
            new AssertionError());
    for (Throwable t : all) {
      try {
        throwIt(t);
      } catch (FileNotFoundException e) {
        LOG.add(later("file"));
      } catch (IOException e) {
        LOG.add(later("io"));
      } catch (RuntimeException e) {
        LOG.add(later("runtime"));
      } catch (Throwable e) {
        LOG.add(later("other"));
      }
    }
    return logged();
  }

  /** Throws at once when it is resumed. */
  @Coroutine
  private static void throwIt(Throwable t) throws Throwable {
    Task.yield();
    throw t;
  }

  @Gives("in 1 out 2 3 in 4")
  @Coroutine
  static String aSuspensionAsTheLastInstructionOfATryRange() {
    String s = "";
    try {
      fail(new IOException("1"));
    } catch (IOException e) {
      s += "in " + e.getMessage();
    }
    try {
      try {
        Task.yield();
      } catch (RuntimeException e) {
        s += "?";
      }
      fail(new IOException("2"));
    } catch (IOException e) {
      s += " out " + e.getMessage();
    }
    return s + " " + returned(3) + " " + returned(4);
  }

  @Coroutine
  private static String returned(int n) {
    try {
      return upToThree(n);
    } catch (IOException e) {
      return "in " + e.getMessage();
    }
  }

  @Coroutine
  private static String upToThree(int n) throws IOException {
    if (later(n) > 3) {
      fail(new IOException(String.valueOf(n)));
    }
    return String.valueOf(n);
  }

  @Gives(
      "catch try finally end, catch try catch2 finally end, catch try finally IOException: 2, end")
  @Coroutine
  static String tryCatchFinallyInACatch() {
    LOG.clear();
    for (int path = 0; path < 4; path++) {
      try {
        path(path);
      } catch (IOException | IllegalStateException e) {
        LOG.add(later(e.getClass().getSimpleName()) + ": " + e.getMessage() + ",");
      }
    }
    return logged();
  }

  @Coroutine
  private static void path(int path) throws IOException {
    try {
      if (path < 3) {
        fail(new IOException("outer"));
      }
    } catch (IOException e) {
      LOG.add(later("catch"));
      try {
        LOG.add(later("try"));
        if (path == 1) {
          throw new IllegalStateException(later("1"));
        }
        if (path == 2) {
          fail(new IOException("2"));
        }
      } catch (IllegalStateException f) {
        LOG.add(later("catch2"));
      } finally {
        LOG.add(later("finally"));
      }
    }
    LOG.add(later(path == 3 ? "end" : "end,"));
  }

  @Gives("normal f thrown f caught returned f continued f broken f [0, 1, 2, 3, 4]")
  @Coroutine
  static String aFinallyThatAwaits_onEachWayOut() {
    List<Integer> cleaned = new ArrayList<>();
    for (int way = 0; way < 3; way++) {
      try {
        LOG.add(wayOut(way, cleaned));
      } catch (IOException e) {
        LOG.add(later("caught"));
      }
    }
    for (int way = 3; ; way++) {
      try {
        LOG.add(later(way == 3 ? "continued" : "broken"));
        if (way == 3) {
          continue;
        }
        break;
      } finally {
        cleaned.add(await(CompletableFuture.completedFuture(later(way))));
        LOG.add(later("f"));
      }
    }
    LOG.removeIf(String::isEmpty);
    return logged() + " " + cleaned;
  }

  @Coroutine
  private static String wayOut(int way, List<Integer> cleaned) throws IOException {
    try {
      LOG.add(later(List.of("normal", "thrown", "returned").get(way)));
      if (way == 1) {
        fail(new IOException());
      }
      if (way == 2) {
        return later("");
      }
    } finally {
      cleaned.add(await(CompletableFuture.completedFuture(later(way))));
      LOG.add(later("f"));
    }
    return "";
  }

  record Closing(String name, boolean fails) implements AutoCloseable {
    @Override
    @Coroutine
    public void close() throws IOException {
      LOG.add(later(name));
      if (fails) {
        fail(new IOException("close " + name));
      }
    }
  }

  @Gives("value b a | close b [close a] b a | body [close b, close a] b a | close a [] b a")
  @Coroutine
  static String returnInsideTryWithResources_whoseCloseThrows() {
    return closing(false, false, false)
        + closing(true, true, false)
        + closing(true, true, true)
        + closing(true, false, false).replace(" | ", "");
  }

  @Coroutine
  private static String closing(boolean a, boolean b, boolean body) {
    try {
      return inResources(a, b, body) + " " + logged() + " | ";
    } catch (IOException e) {
      List<String> suppressed =
          Arrays.stream(e.getSuppressed()).map(Throwable::getMessage).toList();
      return later(e.getMessage()) + " " + suppressed + " " + logged() + " | ";
    }
  }

  @Coroutine
  private static String inResources(boolean a, boolean b, boolean body) throws IOException {
    try (Closing first = new Closing("a", a);
        Closing second = new Closing(later("b"), b)) {
      if (body) {
        fail(new IOException("body"));
      }
      return later("value");
    }
  }

  // ---- names that are ours

  private int frame = 1;
  private int state = 2;

  @Coroutine
  private int resume(int suspended) {
    return later(suspended) + frame;
  }

  @Coroutine
  private int create(int c0) {
    return later(c0) + state;
  }

  private String coweave$class(Class<?> c) {
    return c.getSimpleName();
  }

  @Coroutine
  private Generator<Integer> next(int next, int coweave) {
    for (int state = next; state < coweave; state++) {
      int resume = state;
      Generator.yield(resume);
    }
    return Generator.end();
  }

  @Gives("4 6 Pitfalls 5 6")
  @Coroutine
  String namesOfOurs() {
    Generator<Integer> g = next(5, 7);
    return resume(3) + " " + create(4) + " " + coweave$class(Pitfalls.class) + " " + numbers(g);
  }

  @Coroutine
  private static String numbers(Generator<Integer> g) {
    return g.next() + " " + g.next();
  }
}

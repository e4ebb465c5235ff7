package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Options;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the weaver says of durable methods, and what it makes of others. */
class WeavingTest {
  @TempDir Path dir;

  private static final String HEAD =
      "import dev.coweave.*; import dev.coweave.durable.*; import dev.coweave.task.Task;"
          + " import java.time.*; import java.util.*; class C {\n";

  /** Compiles a class body and weaves what comes of it. */
  private List<WeaveResult> weave(String body, String... options) throws IOException {
    Path source = dir.resolve("C.java");
    Path out = Files.createDirectories(dir.resolve("out"));
    Files.writeString(source, HEAD + body + "\n}\n");
    List<String> arguments = new ArrayList<>(List.of(options.length == 0 ? "-g" : options[0]));
    String classPath = System.getProperty("java.class.path");
    arguments.addAll(
        List.of("-proc:none", "-cp", classPath, "-d", out.toString(), source.toString()));
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, System.out, System.err, arguments.toArray(String[]::new));
    assertEquals(0, status);
    Weaver weaver = new Weaver(name -> find(out, name), Options.BUILD);
    List<WeaveResult> results = new ArrayList<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.sorted().toList()) {
        results.add(weaver.weave(Files.readAllBytes(file)));
      }
    }
    return results;
  }

  private static byte[] find(Path out, String name) {
    try {
      Path file = out.resolve(name + ".class");
      if (Files.exists(file)) {
        return Files.readAllBytes(file);
      }
      try (var in = ClassLoader.getSystemResourceAsStream(name + ".class")) {
        return in == null ? null : in.readAllBytes();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String problems(String body, String... options) throws IOException {
    StringBuilder text = new StringBuilder();
    for (WeaveResult r : weave(body, options)) {
      r.problems()
          .forEach(p -> text.append(p.toString().lines().findFirst().orElse("")).append('\n'));
    }
    return text.toString();
  }

  @Test
  void durable_withoutCoroutine_isRefused() throws IOException {
    assertEquals(
        "C.java:2: COWEAVE-401: the durable method is no coroutine\n",
        problems("@Durable int f() { return 1; }\n@Coroutine void g() { Task.yield(); }"));
  }

  @Test
  void local_ofTheJdksTypesThatTheFormatStores_isWoven() throws IOException {
    for (String type :
        List.of(
            "ArrayDeque<?>",
            "Collection<?>",
            "Currency",
            "Deque<?>",
            "EnumMap<?, ?>",
            "EnumSet<?>",
            "Iterator<?>",
            "LinkedHashMap<?, ?>",
            "Locale",
            "Map.Entry<String, UUID>[]",
            "NavigableMap<?, ?>",
            "Optional<Duration>",
            "PriorityQueue<?>",
            "Stack<?>",
            "java.util.concurrent.ConcurrentHashMap<?, ?>",
            "java.util.concurrent.ConcurrentLinkedQueue<?>",
            "java.util.concurrent.ConcurrentMap<?, ?>",
            "java.util.concurrent.CopyOnWriteArrayList<?>",
            "java.util.concurrent.TimeUnit",
            "java.util.concurrent.TimeoutException")) {
      assertEquals("", problems(liveAcrossAStep(type)), type);
    }
  }

  @Test
  void local_ofTheJdksTypesThatTheFormatDoesNotStore_isRefused() throws IOException {
    for (String type :
        List.of(
            "BitSet",
            "Calendar",
            "Date",
            "Enumeration<String>",
            "List<Random>",
            "ListIterator<String>",
            "OptionalInt",
            "Properties",
            "StringBuilder",
            "StringJoiner",
            "java.util.concurrent.BlockingQueue<String>",
            "java.util.concurrent.atomic.AtomicInteger",
            "java.util.regex.Pattern")) {
      assertTrue(
          problems(liveAcrossAStep(type)).startsWith("C.java:2: COWEAVE-404: the local 'v'"), type);
    }
  }

  private static String liveAcrossAStep(String type) {
    return "@Durable @Coroutine Object f("
        + type
        + " v) { Durable.step(\"a\", () -> 1); return \"\" + v; }";
  }

  @Test
  void durable_thatIsAsync_isRefused() throws IOException {
    assertEquals(
        "C.java:2: COWEAVE-401: the durable method is an async method\n",
        problems("@Durable @Coroutine Task<Integer> f() { return null; }"));
  }

  @Test
  void wait_ofAnotherKind_isRefused() throws IOException {
    assertEquals(
        "C.java:2: COWEAVE-402: wait at the call of Task.sleep(Duration), which isn't durable\n",
        problems("@Durable @Coroutine void f() { Task.sleep(Duration.ZERO); }"));
  }

  @Test
  void durableWait_inAPlainCoroutine_isRefused() throws IOException {
    assertEquals(
        """
        C.java:2: COWEAVE-403: durable wait at the call of Durable.sleep(Duration) in a method that isn't durable
        C.java:3: COWEAVE-403: durable wait at the call of C.h() in a method that isn't durable
        C.java:5: COWEAVE-403: durable wait at the call of Durable.sleep(Duration) in a method that isn't durable
        """,
        problems(
            """
            @Coroutine void f() { Durable.sleep(Duration.ZERO); }
            @Coroutine static void g() { h(); }
            @Durable @Coroutine static void h() { Durable.sleep(Duration.ZERO); }
            Task<?> l() { return Task.start(() -> { Durable.sleep(Duration.ZERO); }); }\
            """));
  }

  @Test
  void durableWait_insideAnotherConstruct_isRefused() throws IOException {
    assertEquals(
        """
        C.java:2: COWEAVE-402: wait at the call of Task.timeout(Duration, CoroutineCallable), which isn't durable
        C.java:2: COWEAVE-403: durable wait at the call of Durable.sleep(Duration) in a method that isn't durable
        C.java:3: COWEAVE-402: wait at the call of Task.shield(CoroutineCallable), which isn't durable
        C.java:3: COWEAVE-403: durable wait at the call of Durable.sleep(Duration) in a method that isn't durable
        C.java:4: COWEAVE-403: durable wait at the call of Durable.sleep(Duration) in plain code: a method or lambda that is no coroutine, or a step
        C.java:5: COWEAVE-403: durable wait at the call of Durable.sleep(Duration) in plain code: a method or lambda that is no coroutine, or a step
        """,
        problems(
            """
            @Durable @Coroutine void f() throws Exception { Task.timeout(Duration.ZERO, () -> { Durable.sleep(Duration.ZERO); return 1; }); }
            @Durable @Coroutine void g() throws Exception { Task.shield(() -> { Durable.sleep(Duration.ZERO); return 1; }); }
            @Durable @Coroutine void h() { Durable.step("a", () -> { Durable.sleep(Duration.ZERO); }); }
            @Durable @Coroutine void i() { Runnable r = () -> Durable.sleep(Duration.ZERO); r.run(); }\
            """));
  }

  @Test
  void awaitOfARun_inAPlainCoroutine_isFine() throws IOException {
    assertEquals("", problems("@Coroutine static <T> T f(Run<T> run) { return run.await(); }"));
  }

  @Test
  void locals_thatCantBeStored_areNamed() throws IOException {
    assertEquals(
        """
        C.java:2: COWEAVE-404: the local 'c' (java.sql.Connection) is needed after the durable wait step "a"
        C.java:3: COWEAVE-404: the local 'l' (java.lang.Runnable) is needed after the durable wait step "a"
        C.java:4: COWEAVE-404: the local 's' (java.util.stream.Stream) is needed after the durable wait step "a"
        C.java:5: COWEAVE-404: the local 't' (dev.coweave.task.Task) is needed after the durable wait step "a"
        """,
        problems(
            """
            @Durable @Coroutine void f() throws Exception { java.sql.Connection c = open(); Durable.step("a", () -> 1); c.close(); }
            @Durable @Coroutine void g() { List<Runnable> l = new ArrayList<>(); Durable.step("a", () -> 1); l.clear(); }
            @Durable @Coroutine void h(List<String> x) { var s = x.stream(); Durable.step("a", () -> 1); s.close(); }
            @Durable @Coroutine void i() { Task<?> t = Task.current(); Durable.step("a", () -> 1); t.isDone(); }
            static java.sql.Connection open() { return null; }\
            """));
  }

  @Test
  void locals_thatAreNotNeededAfterwards_areNot() throws IOException {
    assertEquals(
        "",
        problems(
            "@Durable @Coroutine static int f() throws Exception { java.io.Reader r = new"
                + " java.io.StringReader(\"\"); int i = r.read(); return i + Durable.step(\"a\", ()"
                + " -> 1); }"));
  }

  @Test
  void classWithoutVariableNames_isRefused() throws IOException {
    assertEquals(
        "C.java:2: COWEAVE-405: the class file has no LocalVariableTable\n",
        problems(
            "@Durable @Coroutine static int f(int i) { return i + Durable.step(\"a\", () -> 1); }",
            "-g:source,lines"));
  }

  @Test
  void nameThatIsNotConstant_isRefused() throws IOException {
    assertEquals(
        "C.java:3: COWEAVE-406: the name of the step is not known before the program runs\n",
        problems(
            """
            static final String NAME = "n";
            @Durable @Coroutine static void f(String s) { Durable.step(s, () -> 1); Durable.step(NAME, () -> 1); Durable.step("a" + NAME, () -> 1); }\
            """));
  }

  @Test
  void lambdaThatBeginsARun_endsWithTheDurableCall() throws IOException {
    String rest = "\n@Durable @Coroutine static int f() { return Durable.step(\"a\", () -> 1); }";
    assertEquals("", problems("void s(DurableEngine e) { e.start(\"id\", () -> f()); }" + rest));
    assertEquals(
        "C.java:2: COWEAVE-407: the lambda that begins a run goes on after the call of C.f()\n",
        problems("void s(DurableEngine e) { e.start(\"id\", () -> f() + 1); }" + rest));
    assertEquals(
        "C.java:2: COWEAVE-407: the lambda that begins a run calls no durable method\n",
        problems("void s(DurableEngine e) { e.start(\"id\", () -> 1); }" + rest));
  }

  @Test
  void waitsWithoutNames_areWarnedOf() throws IOException {
    assertEquals(
        "C.java:3: COWEAVE-441: the wait sleep: has no name, and is not the only one\n",
        problems(
            """
            @Durable @Coroutine static void f() { Durable.sleep(Duration.ZERO);
            Durable.sleep(Duration.ZERO); Durable.sleep("named", Duration.ZERO); }\
            """));
  }

  @Test
  void copiesOfFinally_areOnePoint() throws IOException {
    assertEquals(
        "",
        problems(
            "@Durable @Coroutine static void f() { try { Durable.step(\"a\", () -> 1); } finally {"
                + " Durable.sleep(Duration.ZERO); } }"));
  }

  /** Coroutines that aren't durable are woven as if there were no durable ones. */
  @Test
  void methodsThatArentDurable_costNothing() throws IOException {
    String plain =
        "@Coroutine static int f(List<Integer> l) { int s = 0; for (int i : l) { Task.yield(); s +="
            + " i; } return s; }\n";
    WeaveResult alone = weave(plain).get(0);
    WeaveResult beside =
        weave(plain + "@Durable @Coroutine static int g() { return Durable.step(\"a\", () -> 1); }")
            .get(0);
    byte[] frame = alone.companions().get("C$$f");
    assertArrayEquals(frame, beside.companions().get("C$$f"));
    String bytes = new String(frame, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertFalse(bytes.contains("durable"));
    assertFalse(
        new String(alone.classFile(), java.nio.charset.StandardCharsets.ISO_8859_1)
            .contains("durable"));
    assertTrue(beside.companions().containsKey("C$$g"));
  }
}

package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Sources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent in this JVM, installed as a user's test would do it, for classes of the default package alone. */
class AgentTest {
  private static final String OPTIONS = "include=Agent*,verify";

  private static final String PROGRAM =
      """
      import static dev.coweave.task.Task.await;

      import dev.coweave.Coroutine;
      import dev.coweave.CoroutineCallable;
      import dev.coweave.generator.Generator;
      import dev.coweave.task.Task;
      import java.util.concurrent.Callable;
      import java.util.concurrent.CompletableFuture;

      public class AgentProgram implements Callable<String> {
        interface Mapper { @Coroutine int map(int i); }

        @Coroutine static Generator<Integer> upTo(int n) {
          for (int i = 1; i <= n; i++) Generator.yield(i);
          return Generator.end();
        }

        @Coroutine static CompletableFuture<Integer> later(int i) {
          Task.yield();
          return CompletableFuture.completedFuture(i);
        }

        @Coroutine static int sum(Mapper mapper) {
          int sum = 0;
          for (int i : upTo(3)) sum += mapper.map(await(later(i)));
          return sum;
        }

        @Override @Coroutine public String call() {
          return "sum " + sum(i -> { Task.yield(); return i * 10; });
        }
      }
      """;

  @TempDir private Path classes;

  @BeforeAll
  static void install() {
    Coweave.install(OPTIONS);
  }

  @Test
  void aProgramThatIsLoadedLater_runsWoven() throws Exception {
    Sources.compile(classes, PROGRAM);
    try (URLClassLoader loader = loader()) {
      assertEquals("sum 60", program(loader).call());
    }
  }

  @Test
  void twoLoaders_haveTheirOwnClasses() throws Exception {
    Sources.compile(classes, PROGRAM);
    try (URLClassLoader one = loader();
        URLClassLoader other = loader()) {
      assertEquals("sum 60", program(one).call());
      assertEquals("sum 60", program(other).call());
      assertNotSame(one.loadClass("AgentProgram"), other.loadClass("AgentProgram"));
    }
  }

  @Test
  void twoLoaders_mayHaveDifferentVersions_withFramesOfTheirOwn(@TempDir Path newer)
      throws Exception {
    Sources.compile(classes, PROGRAM);
    Sources.compile(
        newer,
        PROGRAM
            .replace("int sum = 0;", "int sum = 0; long start = 1000;")
            .replace("return sum;", "return sum + (int) start;"));
    try (URLClassLoader one = loader();
        URLClassLoader other =
            new URLClassLoader(
                new URL[] {newer.toUri().toURL()}, AgentTest.class.getClassLoader())) {
      assertEquals("sum 60", program(one).call());
      assertEquals("sum 1060", program(other).call());
    }
  }

  @Test
  void aClassWithAnError_isReportedAndLeftAsItWas() throws Exception {
    Sources.compile(
        classes, PROGRAM.replace("public String call()", "public synchronized String call()"));
    String report;
    try (URLClassLoader loader = loader()) {
      report =
          stderrOf(() -> assertThrows(IllegalStateException.class, () -> program(loader).call()));
    }
    assertTrue(
        report.startsWith(
            "coweave: AgentProgram is not woven, its coroutines will not run:\n"
                + "AgentProgram.java:30: COWEAVE-102: "),
        report);
  }

  @Test
  void coroutinesOfARefusedClass_sayThatTheyAreNotWoven_toCallersThatAre() throws Exception {
    Sources.compile(
        classes,
        """
        import dev.coweave.Coroutine;
        import dev.coweave.task.Task;
        import java.util.concurrent.Callable;

        public class AgentProgram implements Callable<String> {
          interface Getter { @Coroutine String get(); }

          static class AgentRefused implements Getter {
            @Coroutine static synchronized String locked() { Task.yield(); return "locked"; }
            @Coroutine static String prompt() { return "prompt"; }
            @Coroutine public String get() { Task.yield(); return "got"; }
          }

          static class AgentWoven extends AgentRefused {
            @Coroutine void more() { Task.yield(); }
          }

          static class AgentClash {
            @Coroutine static String f(int i) { Task.yield(); return "f"; }
            static String f(int i, dev.coweave.coroutine.Continuation c) { return "not called"; }
          }

          @Coroutine private static String of(dev.coweave.CoroutineCallable<String> body) throws Exception {
            try {
              return body.call();
            } catch (IllegalStateException e) {
              return e.getMessage().lines().findFirst().orElseThrow();
            }
          }

          @Override @Coroutine public String call() throws Exception {
            Getter getter = new AgentWoven();
            return String.join("; ",
                of(() -> AgentRefused.locked()),
                of(() -> AgentRefused.prompt()),
                of(() -> new AgentRefused().get()),
                of(() -> getter.get()),
                of(() -> AgentClash.f(1)));
          }
        }
        """);
    String report;
    try (URLClassLoader loader = loader()) {
      report =
          stderrOf(
              () ->
                  assertEquals(
                      "Task.yield in AgentProgram$AgentRefused.locked(AgentProgram.java:9); prompt;"
                          + " Task.yield in AgentProgram$AgentRefused.get(AgentProgram.java:11);"
                          + " Task.yield in AgentProgram$AgentRefused.get(AgentProgram.java:11);"
                          + " Task.yield in AgentProgram$AgentClash.f(AgentProgram.java:19)",
                      program(loader).call()));
    }
    assertEquals(
        List.of(
            "coweave: AgentProgram$AgentRefused is not woven, its coroutines will not run:",
            "coweave: AgentProgram$AgentClash is not woven, its coroutines will not run:"),
        report.lines().filter(l -> l.startsWith("coweave")).toList());
  }

  @Test
  void anExcludedClass_staysAsItIs() throws Exception {
    Sources.compile(classes, PROGRAM.replace("AgentProgram", "Other"));
    try (URLClassLoader loader = loader()) {
      Callable<?> other = (Callable<?>) loader.loadClass("Other").getConstructor().newInstance();
      assertThrows(IllegalStateException.class, other::call);
    }
  }

  @Test
  void aLoaderThatIsDone_isCollected() throws Exception {
    Sources.compile(classes, PROGRAM);
    WeakReference<ClassLoader> loader = new WeakReference<>(runAndForget());
    for (int i = 0; i < 50 && loader.get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertNull(loader.get());
  }

  @Test
  void aTransformer_neverThrows() throws Exception {
    // It has nothing to define companions with.
    CoweaveTransformer transformer =
        new CoweaveTransformer(AgentOptions.DEFAULT, null, null, LoadedBefore.NOTHING);
    Sources.compile(classes, PROGRAM);
    byte[] program = Files.readAllBytes(classes.resolve("AgentProgram.class"));
    String report =
        stderrOf(
            () ->
                assertNull(
                    transformer.transform(
                        null, getClass().getClassLoader(), "AgentProgram", null, null, program)));
    assertTrue(
        report.startsWith(
            "coweave: AgentProgram is not woven, its coroutines will not run: the weaver failed"),
        report);
  }

  @Test
  void aLoaderWithoutTheRuntime_isReportedOnce_andItsClassesLeftAsTheyWere() throws Exception {
    Sources.compile(
        classes, PROGRAM + "class AgentOther { @Coroutine void f() { Task.yield(); } }");
    String report;
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      report =
          stderrOf(
              () -> {
                Class<?> other = loader.loadClass("AgentOther");
                assertEquals(1, other.getDeclaredMethods().length);
                assertNotNull(loader.loadClass("AgentProgram"));
              });
    }
    assertEquals(
        """
        coweave: AgentOther and whatever else its class loader loads is not woven, no coroutine will run:
        coweave-runtime: COWEAVE-305: coweave-runtime is not on the class path
          in:      coweave-runtime
          because: the weaver reads from it which methods suspend
          fix:     add coweave-runtime to the dependencies, or to --classpath
        """,
        report);
  }

  @Test
  void installedAgain_doesNothing() {
    Coweave.install();
    Coweave.install(OPTIONS);
    assertTrue(Coweave.isInstalled());
  }

  @Test
  void installedWithOtherOptions_isAnError() {
    String message =
        assertThrows(IllegalStateException.class, () -> Coweave.install("verify")).getMessage();
    assertEquals(
        "the Coweave agent is installed already, with include=Agent*,verify; it can't be installed"
            + " again with verify",
        message);
  }

  private ClassLoader runAndForget() throws Exception {
    try (URLClassLoader loader = loader()) {
      assertEquals("sum 60", program(loader).call());
      return loader;
    }
  }

  private URLClassLoader loader() throws IOException {
    return new URLClassLoader(
        new URL[] {classes.toUri().toURL()}, AgentTest.class.getClassLoader());
  }

  private static Callable<?> program(ClassLoader loader) throws ReflectiveOperationException {
    return (Callable<?>) loader.loadClass("AgentProgram").getConstructor().newInstance();
  }

  private interface Action {
    void run() throws Exception;
  }

  private static String stderrOf(Action action) throws Exception {
    PrintStream before = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    try {
      action.run();
    } finally {
      System.setErr(before);
    }
    return captured.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }
}

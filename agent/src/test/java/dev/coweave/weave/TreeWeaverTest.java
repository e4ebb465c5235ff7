package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories; for jars see {@link JarTreeTest}. */
class TreeWeaverTest {
  private static final String NUMBERS =
      """
      import dev.coweave.Coroutine;
      import dev.coweave.generator.Generator;

      public class Numbers {
        @Coroutine
        public static Generator<Integer> upTo(int n) {
          for (int i = 1; i <= n; i++) Generator.yield(i);
          return Generator.end();
        }
      }
      """;

  private static final String PLAIN = "class Plain {}";

  private static final String LOCKED =
      """
      import dev.coweave.Coroutine;
      import dev.coweave.task.Task;

      class Locked {
        @Coroutine void b() { synchronized (this) {
            Task.yield();
          }
        }
        @Coroutine synchronized void a() {
          Task.yield();
        }
      }
      """;

  @TempDir private Path temporary;
  private Path classes;

  @BeforeEach
  void makeDirectory() {
    classes = temporary.resolve("the classes");
  }

  @Test
  void aDirectory_isWovenInPlace() throws Exception {
    Sources.compile(classes, NUMBERS, PLAIN);
    TreeResult result = weave();
    assertEquals("wove 1 coroutine in 1 class", result.summary());
    assertEquals(files().size() - 1, result.written());
    assertEquals("[1, 2, 3]", run("Numbers", "upTo", 3));
  }

  @Test
  void aSecondRun_writesNothing() throws IOException {
    Sources.compile(classes, NUMBERS, PLAIN);
    weave();
    SortedMap<String, FileTime> before = times();
    TreeResult result = weave();
    assertEquals("nothing to weave; 1 class was woven already", result.summary());
    assertEquals(0, result.written());
    assertEquals(before, times());
  }

  @Test
  void anError_leavesAllAsItWas() throws IOException {
    Sources.compile(classes, NUMBERS, LOCKED);
    SortedMap<String, FileTime> before = times();
    TreeResult result = weave();
    assertEquals("2 errors, nothing was woven", result.summary());
    assertEquals(before, times());
  }

  @Test
  void problems_areSortedByFileAndLine() throws IOException {
    Sources.compile(classes, LOCKED, LOCKED.replace("Locked", "Blocked"));
    List<String> places = weave().problems().stream().map(Problem::place).toList();
    assertEquals(
        List.of("Blocked.java:6", "Blocked.java:10", "Locked.java:6", "Locked.java:10"), places);
  }

  @Test
  void aClassCompiledAnew_isWovenAnew() throws Exception {
    Sources.compile(classes, NUMBERS);
    weave();
    Sources.compile(classes, NUMBERS.replace("Generator.yield(i)", "Generator.yield(i * 10)"));
    assertEquals("wove 1 coroutine in 1 class", weave().summary());
    assertEquals("[10, 20]", run("Numbers", "upTo", 2));
  }

  @Test
  void whatWasMadeForACoroutine_goesWithIt() throws IOException {
    Sources.compile(classes, NUMBERS, PLAIN);
    List<String> compiled = files();
    weave();
    Sources.compile(classes, "public class Numbers {}");
    TreeResult result = weave();
    assertEquals("nothing to weave", result.summary());
    assertEquals(compiled, files());
    assertTrue(result.written() > 0);
  }

  @Test
  void whatWasMadeForAClass_goesWithIt() throws IOException {
    Sources.compile(classes, NUMBERS, PLAIN);
    weave();
    Files.delete(classes.resolve("Numbers.class"));
    weave();
    assertEquals(List.of("Plain.class"), files());
  }

  @Test
  void anotherClassOfACompanionsName_isAnError() throws IOException {
    Sources.compile(classes, NUMBERS);
    weave();
    String companion =
        files().stream().filter(f -> !f.equals("Numbers.class")).findFirst().orElseThrow();
    String name = companion.replace(".class", "");
    Sources.compile(classes, NUMBERS);
    Sources.compile(temporary.resolve("other"), "class " + name + " {}");
    Files.copy(
        temporary.resolve("other").resolve(companion),
        classes.resolve(companion),
        StandardCopyOption.REPLACE_EXISTING);
    Problem problem = weave().problems().get(0);
    assertEquals("COWEAVE-301", problem.code());
    assertEquals("a class that is made for it would replace " + companion, problem.what());
  }

  @Test
  void aCorruptClassFile_isAnErrorAtItsPath() throws IOException {
    Sources.compile(classes, NUMBERS, PLAIN);
    Path file = classes.resolve("Numbers.class");
    byte[] half = Arrays.copyOf(Files.readAllBytes(file), (int) Files.size(file) / 2);
    Files.write(file, half);
    TreeResult result = weave();
    assertEquals(List.of("Numbers.class"), result.problems().stream().map(Problem::place).toList());
    assertArrayEquals(half, Files.readAllBytes(file));
  }

  @Test
  void treesThatAreWovenTogether_seeEachOther() throws Exception {
    Path other = temporary.resolve("other");
    Sources.compile(classes, NUMBERS);
    Sources.compile(
        other,
        List.of(classes),
        NUMBERS
            .replace("Numbers", "Twice")
            .replace("Generator.yield(i)", "Generator.yieldAll(Numbers.upTo(i))"));
    TreeResult result =
        new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD)
            .weave(List.of(other, classes, classes));
    assertEquals("wove 2 coroutines in 2 classes", result.summary());
  }

  @Test
  void aDependencyThatWasNeverWoven_isNamed() throws IOException {
    Path library = temporary.resolve("library");
    Sources.compile(
        library,
        "public class Clock { @dev.coweave.Coroutine public static int tick() {"
            + " dev.coweave.task.Task.yield(); return 1; } }");
    Sources.compile(
        classes,
        List.of(library),
        "class Caller { @dev.coweave.Coroutine static int twice() { return Clock.tick() * 2; } }");
    TreeResult result =
        new TreeWeaver(List.of(library, Sources.RUNTIME), Options.BUILD).weave(List.of(classes));
    assertEquals(
        List.of("Caller.java:1: call of Clock.tick, a coroutine that was never woven"),
        result.problems().stream().map(p -> p.place() + ": " + p.what()).toList());
  }

  @Test
  void aDependencyThatIsMissing_isAWarning() throws IOException {
    Path library = temporary.resolve("library");
    Sources.compile(library, "public class Clock { public static int tick() { return 1; } }");
    Sources.compile(
        classes,
        List.of(library),
        """
        class Caller {
          @dev.coweave.Coroutine static int twice(org.w3c.dom.Node node) {
            node.normalize();
            return Clock.tick() + Clock.tick();
          }
          static int plain() { return Clock.tick(); }
        }
        """);
    TreeResult result = weave();
    assertEquals(
        List.of(
            """
            Caller.java:4: COWEAVE-203: call of Clock.tick: there is no Clock on the class path
              in:      Caller.twice(Node)
              because: without that class the weaver can't tell whether the method is a coroutine, and has it called as a plain one: where it has to wait, it will throw
              fix:     add its jar or directory to the class path of the build: '--classpath' on the command line\
            """),
        result.problems().stream().map(Problem::toString).toList());
    assertEquals("wove 1 coroutine in 1 class", result.summary());
  }

  /** The class of the lambda is made only afterwards. */
  @Test
  void aLambdaInACoroutine_isNoCallOfAMissingClass() throws IOException {
    Sources.compile(
        classes,
        """
        class Caller {
          @dev.coweave.Coroutine static int call(int n) throws Exception {
            dev.coweave.CoroutineCallable<Integer> lambda = () -> n;
            return lambda.call();
          }
        }
        """);
    assertEquals(List.of(), weave().problems());
  }

  @Test
  void theModuleForSocketsThatIsMissing_isNamed() throws IOException {
    Path library = temporary.resolve("library");
    Sources.compile(
        library,
        "package dev.coweave.io; public class TcpServer { public static TcpServer bind(Object o) {"
            + " return null; } public void close() {} }");
    Sources.compile(
        classes,
        List.of(library),
        """
        class Server {
          @dev.coweave.Coroutine static void serve() throws Exception {
            dev.coweave.io.TcpServer.bind(null).close();
          }
        }
        """);
    String problem =
        """
        Server.java:3: COWEAVE-320: call of dev.coweave.io.TcpServer.bind: there is no dev.coweave.io.TcpServer on the class path
          in:      Server.serve()
          because: sockets, TLS and processes are in a jar of their own, coweave-io
          fix:     add dev.coweave:coweave-io to the dependencies, of the version of coweave-runtime\
        """;
    TreeResult result = weave();
    assertEquals(List.of(problem), result.problems().stream().map(Problem::toString).toList());
  }

  @Test
  void companions_haveNamesThatEachFileSystemCanHold() throws Exception {
    String owner = "Numbers" + "s".repeat(180);
    String method = "upTo" + "o".repeat(200);
    Sources.compile(classes, NUMBERS.replace("Numbers", owner).replace("upTo", method));
    weave();
    assertEquals("[1, 2]", run(owner, method, 2));
    assertEquals(2, files().size());
  }

  @Test
  void methodsThatDifferInCaseAlone_haveFilesThatDifferInMore() throws IOException {
    Sources.compile(
        classes,
        "class Cases { @dev.coweave.Coroutine void f() { dev.coweave.task.Task.yield(); } "
            + "@dev.coweave.Coroutine void F() { dev.coweave.task.Task.yield(); } }");
    weave();
    assertEquals(3, files().stream().map(n -> n.toLowerCase(Locale.ROOT)).distinct().count());
  }

  @Test
  void withoutTheRuntime_nothingIsWoven() throws IOException {
    Sources.compile(classes, NUMBERS);
    TreeResult result = new TreeWeaver(List.of(), Options.BUILD).weave(List.of(classes));
    assertEquals(
        List.of(
            """
            coweave-runtime: COWEAVE-305: coweave-runtime is not on the class path
              in:      coweave-runtime
              because: the weaver reads from it which methods suspend
              fix:     add coweave-runtime to the dependencies, or to --classpath\
            """),
        result.problems().stream().map(Problem::toString).toList());
    assertEquals(0, result.written());
  }

  private TreeResult weave() throws IOException {
    return new TreeWeaver(List.of(Path.of("does not exist"), Sources.RUNTIME), Options.BUILD)
        .weave(List.of(classes));
  }

  private String run(String className, String method, int argument) throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
      Object generator =
          loader.loadClass(className).getMethod(method, int.class).invoke(null, argument);
      return ((dev.coweave.generator.Generator<?>) generator).stream().toList().toString();
    }
  }

  private List<String> files() throws IOException {
    return List.copyOf(times().keySet());
  }

  private SortedMap<String, FileTime> times() throws IOException {
    SortedMap<String, FileTime> result = new TreeMap<>();
    try (Stream<Path> files = Files.list(classes)) {
      for (Path file : files.toList()) {
        result.put(file.getFileName().toString(), Files.getLastModifiedTime(file));
      }
    }
    return result;
  }
}

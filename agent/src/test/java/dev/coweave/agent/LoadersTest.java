package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import dev.coweave.weave.Options;
import dev.coweave.weave.Sources;
import dev.coweave.weave.TreeWeaver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent and class loaders that are not as the JDK's: they ask themselves before their parents, define from memory, or without a name. */
class LoadersTest {
  private static final String BASE =
      """
      import dev.coweave.Coroutine;
      import dev.coweave.task.Task;

      public class AgentBase {
        public interface Mapper { @Coroutine int map(int i) throws Exception; }
        @Coroutine protected int slow(int i) { Task.yield(); return i + 1; }
        @Coroutine protected static int once(int i) { Task.yield(); return i; }
      }
      """;

  private static final String PROGRAM =
      """
      import dev.coweave.Coroutine;
      import dev.coweave.generator.Generator;
      import dev.coweave.loop.EventLoop;
      import dev.coweave.task.Task;
      import java.util.concurrent.Callable;

      public class AgentLoaded extends AgentBase implements Callable<String> {
        @Coroutine static Generator<Integer> upTo(int n) {
          for (int i = 1; i <= n; i++) Generator.yield(i);
          return Generator.end();
        }

        @Coroutine int both() throws Exception {
          AgentLoaded base = new AgentLoaded();
          Mapper mapper = i -> base.slow(i) + once(i);
          int sum = super.slow(1);
          for (int i : upTo(2)) sum += mapper.map(i);
          return sum;
        }

        @Override public String call() throws Exception {
          return EventLoop.run(() -> { Task.yield(); return "both " + both(); });
        }
      }
      """;

  @TempDir private Path classes;
  private final Map<String, byte[]> files = new HashMap<>();

  @BeforeAll
  static void install() {
    Coweave.install("include=Agent*,verify");
  }

  @BeforeEach
  void compile() throws IOException {
    Sources.compile(classes, BASE, PROGRAM);
    readFiles();
  }

  /** Defines some classes itself, from memory, and leaves the others to its parent. */
  private static class Memory extends ClassLoader {
    final Map<String, byte[]> files;
    private final Predicate<String> own;
    private final boolean named;

    /** Its own classes as resources; null if it asks its parent for them, as for all others. */
    private Function<String, InputStream> resources;

    Memory(ClassLoader parent, Map<String, byte[]> files, Predicate<String> own, boolean named) {
      super(parent);
      this.files = files;
      this.own = own;
      this.named = named;
    }

    @Override
    public InputStream getResourceAsStream(String name) {
      String of = name.replace(".class", "");
      return resources != null && files.containsKey(of)
          ? resources.apply(of)
          : super.getResourceAsStream(name);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> c = findLoadedClass(name);
        byte[] file = files.get(name);
        if (c == null && file != null && own.test(name)) {
          c = defineClass(named ? name : null, file, 0, file.length);
        }
        return c != null ? c : super.loadClass(name, resolve);
      }
    }
  }

  private ClassLoader here() {
    return getClass().getClassLoader();
  }

  private URLClassLoader parent() throws IOException {
    return new URLClassLoader(new URL[] {classes.toUri().toURL()}, here());
  }

  private static String run(ClassLoader loader) throws Exception {
    Class<?> c = loader.loadClass("AgentLoaded");
    return (String) ((Callable<?>) c.getConstructor().newInstance()).call();
  }

  @Test
  void aLoaderThatPrefersItsOwn_afterItsParentHasWovenTheSameClasses() throws Exception {
    try (URLClassLoader parent = parent()) {
      assertEquals("both 10", run(parent));
      for (int i = 0; i < 2; i++) {
        Memory child = new Memory(parent, files, n -> true, true);
        assertEquals("both 10", run(child));
        assertNotSame(parent.loadClass("AgentLoaded"), child.loadClass("AgentLoaded"));
      }
    }
  }

  @Test
  void aLoaderThatPrefersItsOwn_beforeItsParent() throws Exception {
    try (URLClassLoader parent = parent()) {
      assertEquals("both 10", run(new Memory(parent, files, n -> true, true)));
      assertEquals("both 10", run(parent));
    }
  }

  @Test
  void aLoaderThatPrefersItsOwn_ofOneClass_andHasItsSuperclassFromItsParent() throws Exception {
    try (URLClassLoader parent = parent()) {
      assertEquals("both 10", run(parent));
      assertEquals("both 10", run(new Memory(parent, files, n -> n.equals("AgentLoaded"), true)));
    }
  }

  @Test
  void aClassThatIsDefinedWithoutAName() throws Exception {
    try (URLClassLoader parent = parent()) {
      assertEquals("both 10", run(new Memory(parent, files, n -> true, false)));
    }
  }

  @Test
  void aLoaderWithoutResources_knowsWhatItHasDefined() throws Exception {
    Memory loader = new Memory(here(), files, n -> true, true);
    loader.loadClass("AgentBase");
    loader.loadClass("AgentBase$Mapper");
    assertEquals("", stderrOf(() -> assertEquals("both 10", run(loader))));
  }

  @Test
  void aLoaderWithoutResources_knowsWhatItsParentHasDefined() throws Exception {
    Memory parent = new Memory(here(), files, n -> n.startsWith("AgentBase"), true);
    parent.loadClass("AgentBase");
    parent.loadClass("AgentBase$Mapper");
    assertEquals("both 10", run(new Memory(parent, files, n -> n.startsWith("AgentLoaded"), true)));
  }

  @Test
  void aLoaderWithoutResources_isToldOnce() throws Exception {
    Memory loader = new Memory(here(), files, n -> true, true);
    String report =
        stderrOf(
            () -> {
              loader.loadClass("AgentLoaded").getDeclaredMethods();
              loader.loadClass("AgentBase$Mapper").getDeclaredMethods();
            });
    assertEquals(
        """
        coweave: AgentBase has warnings:
        AgentBase: COWEAVE-310: its coroutines are plain methods for the classes that were loaded before it: when those were woven, getResourceAsStream("AgentBase.class") of %s returned null
          in:      AgentBase
          because: its class loader defines classes that it doesn't find as resources
          fix:     override findResource in that class loader, load the class before those that call it or extend it, or weave before loading: 'java -jar coweave-agent.jar weave DIR'
        """
            .formatted(loader),
        report);
  }

  @Test
  void aLoaderThatAsksNoParentForResources_hasTheRuntimeAllTheSame() throws Exception {
    ClassLoader loader =
        new Memory(here(), files, n -> true, true) {
          @Override
          public InputStream getResourceAsStream(String name) {
            byte[] file = files.get(name.replace(".class", ""));
            return file == null ? null : new ByteArrayInputStream(file);
          }
        };
    assertEquals("", stderrOf(() -> assertEquals("both 10", run(loader))));
  }

  /** What has the name of a class file need not be that class's: encrypted, another one's, cut off; or the loader fails. */
  @ParameterizedTest
  @ValueSource(strings = {"encrypted", "of another class", "cut off", "failing", "failing midway"})
  void aLoaderWhoseResourcesAreNotItsClasses_isToldToo(String kind) throws Exception {
    Memory loader = new Memory(here(), files, n -> true, true);
    loader.resources = name -> resource(kind, name);
    String report =
        stderrOf(
            () -> {
              loader.loadClass("AgentLoaded").getDeclaredMethods();
              loader.loadClass("AgentBase").getDeclaredMethods();
            });
    String answer =
        switch (kind) {
          case "encrypted" -> "returned what is no class file of it: it is damaged, or cut off";
          case "cut off" -> "returned what is no class file of it: it is damaged, or cut off";
          case "of another class" ->
              "returned what is no class file of it: it is that of AgentLoaded";
          case "failing" -> "failed: java.lang.IllegalStateException: no key";
          default -> "failed: java.io.IOException: no more";
        };
    assertEquals(
        "AgentBase: COWEAVE-310: its coroutines are plain methods for the classes that were loaded"
            + " before it: when those were woven, getResourceAsStream(\"AgentBase.class\") of "
            + loader
            + " "
            + answer,
        report.lines().filter(l -> l.contains("COWEAVE")).collect(Collectors.joining("\n")));
  }

  private InputStream resource(String kind, String name) {
    byte[] file = files.get(name);
    if (kind.equals("failing")) {
      throw new IllegalStateException("no key");
    }
    byte[] bytes =
        switch (kind) {
          case "encrypted" -> {
            byte[] encrypted = file.clone();
            for (int i = 8; i < encrypted.length; i++) {
              encrypted[i] ^= 0x55;
            }
            yield encrypted;
          }
          case "cut off" -> Arrays.copyOf(file, 100);
          case "of another class" -> files.get("AgentLoaded");
          default -> file;
        };
    return kind.equals("failing midway")
        ? new FilterInputStream(new ByteArrayInputStream(bytes)) {
          @Override
          public int read(byte[] b, int from, int length) throws IOException {
            throw new IOException("no more");
          }
        }
        : new ByteArrayInputStream(bytes);
  }

  @Test
  void aLoaderOfWovenClasses_thatPrefersItsOwn() throws Exception {
    new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD).weave(List.of(classes));
    readFiles();
    try (URLClassLoader parent = parent()) {
      assertEquals("both 10", run(parent));
      assertEquals("both 10", run(new Memory(parent, files, n -> true, true)));
      assertEquals("both 10", run(new Memory(parent, files, n -> true, false)));
    }
  }

  private void readFiles() throws IOException {
    files.clear();
    try (Stream<Path> all = Files.list(classes)) {
      for (Path file : all.toList()) {
        files.put(file.getFileName().toString().replace(".class", ""), Files.readAllBytes(file));
      }
    }
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

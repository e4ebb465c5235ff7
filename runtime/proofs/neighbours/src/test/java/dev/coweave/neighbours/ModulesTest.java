package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Modules with coroutines: they need the runtime's module and nothing else, and are woven in a layer that gives each a loader of its own. */
class ModulesTest {
  @TempDir private static Path dir;

  private static void compile(String module, Map<String, String> sources) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--release",
                "17",
                "-proc:none",
                "-Xlint:all,-missing-explicit-ctor,-exports",
                "-Werror",
                "-d",
                dir.resolve(module).toString(),
                "-p",
                runtime() + File.pathSeparator + dir.resolve("lib")));
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = dir.resolve("src").resolve(module).resolve(source.getKey());
      Files.createDirectories(file.getParent());
      arguments.add(Files.writeString(file, source.getValue()).toString());
    }
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options = arguments.stream().filter(a -> !a.endsWith(".java")).toList();
    try (var files = javac.getStandardFileManager(null, null, null)) {
      boolean compiled =
          javac
              .getTask(
                  messages,
                  files,
                  null,
                  options,
                  null,
                  files.getJavaFileObjectsFromStrings(
                      arguments.stream().filter(a -> a.endsWith(".java")).toList()))
              .call();
      assertEquals("", messages.toString());
      assertEquals(true, compiled);
    }
  }

  private static String runtime() {
    return Jvm.home("dev.coweave.Coroutine").toString();
  }

  @BeforeAll
  static void compile() throws Exception {
    Files.createDirectories(dir.resolve("lib"));
    compile(
        "lib",
        Map.of(
            "module-info.java",
            "module my.lib { requires dev.coweave; exports my.lib; }",
            "my/lib/Lib.java",
            """
            package my.lib;
            public class Lib {
              @dev.coweave.Coroutine public int next(int x) { dev.coweave.task.Task.yield(); return x + 1; }
            }
            """));
    compile(
        "app",
        Map.of(
            "module-info.java",
            "module my.app { requires my.lib; requires dev.coweave; exports my.app; }",
            "my/app/Main.java",
            """
            package my.app;
            public class Main extends my.lib.Lib {
              @dev.coweave.Coroutine public static void main(String[] args) throws Exception {
                dev.coweave.CoroutineCallable<Integer> body = () -> new Main().next(1) + new my.lib.Lib().next(2);
                System.out.println("app says " + body.call());
              }
            }
            """));
    compile(
        "stage",
        Map.of(
            "module-info.java",
            "module my.stage { requires dev.coweave; provides dev.coweave.loop.Homes with"
                + " my.stage.Stage; }",
            "my/stage/Stage.java",
            """
            package my.stage;
            import dev.coweave.loop.Homes;
            import dev.coweave.task.Home;
            import java.util.concurrent.ExecutorService;
            import java.util.concurrent.Executors;
            public class Stage implements Homes {
              static final ExecutorService JOBS = Executors.newSingleThreadExecutor(r -> new Thread(r, "stage"));
              static final Home HOME = new Home() {
                @Override public boolean isHere() { return Thread.currentThread().getName().equals("stage"); }
                @Override public void execute(Runnable job) { JOBS.execute(job); }
              };
              @Override public Home home() { return HOME.isHere() ? HOME : null; }
            }
            """,
            "my/stage/Main.java",
            """
            package my.stage;
            import dev.coweave.Coroutine;
            import dev.coweave.task.Task;
            import java.time.Duration;
            import java.util.concurrent.CompletableFuture;
            public class Main {
              @Coroutine static CompletableFuture<String> act() {
                Task.sleep(Duration.ofMillis(1));
                return CompletableFuture.completedFuture(Thread.currentThread().getName());
              }
              public static void main(String[] args) throws Exception {
                System.out.println("app says " + Stage.JOBS.submit(Main::act).get().get());
                Stage.JOBS.shutdown();
              }
            }
            """));
    Jvm.compile(
        dir,
        "Host",
        """
        import java.lang.module.Configuration;
        import java.lang.module.ModuleFinder;
        import java.nio.file.Path;
        import java.util.Arrays;
        import java.util.Set;

        public class Host {
          public static void main(String[] paths) throws Exception {
            ModuleFinder modules = ModuleFinder.of(Arrays.stream(paths).map(Path::of).toArray(Path[]::new));
            Configuration c = ModuleLayer.boot().configuration().resolve(modules, ModuleFinder.of(), Set.of("my.app"));
            ModuleLayer.boot().defineModulesWithManyLoaders(c, ClassLoader.getSystemClassLoader())
                .findLoader("my.app").loadClass("my.app.Main").getMethod("main", String[].class).invoke(null, (Object) paths);
          }
        }
        """);
  }

  /** The modules: woven by a build, or as the compiler wrote them. */
  private static String path(boolean agent) throws Exception {
    Path from = agent ? dir : dir.resolve("woven");
    if (!agent && !Files.exists(from)) {
      for (String module : List.of("lib", "app", "stage")) {
        Jvm.Result woven =
            Jvm.weave(
                dir.resolve(module),
                Files.createDirectories(from.resolve(module)),
                from.resolve("lib") + File.pathSeparator + runtime());
        assertEquals(0, woven.status(), woven.err());
      }
    }
    return runtime()
        + File.pathSeparator
        + from.resolve("lib")
        + File.pathSeparator
        + from.resolve("app")
        + File.pathSeparator
        + from.resolve("stage");
  }

  private static void assertRuns(boolean agent, List<String> arguments) throws Exception {
    assertSays("5", agent, arguments);
  }

  private static void assertSays(String what, boolean agent, List<String> arguments)
      throws Exception {
    List<String> all = new ArrayList<>(arguments);
    if (agent) {
      all.add(0, "-javaagent:" + Jvm.agent());
    }
    Jvm.Result result = Jvm.run(all);
    assertEquals("app says " + what + "\n", result.out(), result.err());
    assertEquals("", result.err());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onTheModulePath(boolean agent) throws Exception {
    assertRuns(agent, List.of("-p", path(agent), "-m", "my.app/my.app.Main"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void inALayer_withALoaderForEach(boolean agent) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-cp", dir.toString(), "Host"));
    arguments.addAll(List.of(path(agent).split(File.pathSeparator)));
    assertRuns(agent, arguments);
  }

  /** The runtime asks its own loader, which on the module path is the application's. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aModule_mayProvideHomes(boolean agent) throws Exception {
    assertSays("stage", agent, List.of("-p", path(agent), "-m", "my.stage/my.stage.Main"));
  }
}

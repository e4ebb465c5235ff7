package dev.coweave.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code java -jar coweave-agent.jar pstree PID} shows the tasks of a program that was started without a thought of it. */
class PsTreeTest {
  @TempDir private Path temporary;
  private Path errors;

  @BeforeEach
  void setUp() {
    errors = temporary.resolve("errors");
  }

  @ParameterizedTest(name = "woven {0}")
  @EnumSource(names = {"BY_PLUGIN", "BY_AGENT"})
  void pstree_printsTheTasksOfAnotherJvm(Weaving weaving) throws Exception {
    Process program = start(weaving.options(), Parked.class.getName());
    try {
      Jvm.Result result = psTree(program.pid());
      assertEquals(
          """
          event loop on thread main: 6 tasks, 0 ready, 0 timers
            task-1: waiting in TaskScope.join
                at dev.coweave.task.TaskScope.join(TaskScope.java)
                at dev.coweave.samples.Parked.main(Parked.java:28)
              fetcher "a", fetcher b: waiting in Channel.receive
                  at dev.coweave.samples.Parked.fetch(Parked.java:49)
                  at dev.coweave.samples.Parked.lambda$main$0(Parked.java:21)
              philosopher 1: waiting in Mutex.lock held by Task[philosopher 2]
                  at dev.coweave.samples.Parked.eat(Parked.java:43)
                  at dev.coweave.samples.Parked.lambda$main$1(Parked.java:25)
              philosopher 2: waiting in Mutex.lock held by Task[philosopher 1]
                  at dev.coweave.samples.Parked.eat(Parked.java:43)
                  at dev.coweave.samples.Parked.lambda$main$2(Parked.java:26)
              keyboard: waiting in Task.blocking of thread coweave-worker-1
                  at dev.coweave.samples.Parked.lambda$main$3(Parked.java:27)
          deadlock, each waits for the next: philosopher 1 -> philosopher 2 -> philosopher 1
          status 0\
          """,
          withoutTimes(result.out()) + "status " + result.status(),
          result.err());
      String said = Files.readString(errors); // the runtime reports the deadlock
      assertFalse(said.contains("agent"), said);
    } finally {
      end(program);
    }
  }

  @Test
  void json_hasTheShapeOfTheJdksThreadDumps() throws Exception {
    Process program = start(Weaving.BY_PLUGIN.options(), Parked.class.getName());
    try {
      Map<String, Object> all = JSON.std.mapFrom(psTree(program.pid(), "--json").out());
      Map<?, ?> dump = (Map<?, ?>) all.get("threadDump");
      assertEquals(Long.toString(program.pid()), dump.get("processId"));
      List<?> containers = (List<?>) dump.get("threadContainers");
      assertEquals(
          List.of(
              "<root> 0",
              "event loop on thread main: 6 tasks, 0 ready, 0 timers 1",
              "children of task-1 5"),
          containers.stream()
              .map(c -> ((Map<?, ?>) c).get("container") + " " + ((Map<?, ?>) c).get("threadCount"))
              .toList());
      Map<?, ?> main = thread(containers, 1, 0);
      Map<?, ?> child = thread(containers, 2, 0);
      assertEquals(main.get("tid"), ((Map<?, ?>) containers.get(2)).get("owner"));
      assertEquals(1, ((List<?>) dump.get("deadlocks")).size());
      assertEquals("fetcher \"a\"", child.get("name"));
      assertEquals("waiting in Channel.receive", withoutTimes((String) child.get("state")));
      assertEquals(
          List.of(
              "dev.coweave.samples.Parked.fetch(Parked.java:49)",
              "dev.coweave.samples.Parked.lambda$main$0(Parked.java:21)"),
          child.get("stack"));
    } finally {
      end(program);
    }
  }

  @Test
  void generators_areShownOnRequest_withTheLinesWhereTheyStand() throws Exception {
    Process program = start(Weaving.BY_PLUGIN.options(), Keeping.class.getName());
    try {
      String said = psTree(program.pid(), "--generators").out();
      assertEquals(
          """
          generators:
            1 of dev.coweave.samples.Keeping.all: suspended
                at dev.coweave.samples.Keeping.numbers(Keeping.java:28)
                at dev.coweave.generator.Generator.yieldAll(Generator.java)
                at dev.coweave.samples.Keeping.all(Keeping.java:41)
            1 of dev.coweave.samples.Keeping.lambda$static$0: suspended
                at dev.coweave.samples.Keeping.leaf(Keeping.java:64)
                at dev.coweave.samples.Keeping.lambda$static$0(Keeping.java:23)
            1 of dev.coweave.samples.Keeping.nested: suspended
                at dev.coweave.samples.Keeping.leaf(Keeping.java:64)
                at dev.coweave.samples.Keeping.lastCall(Keeping.java:59)
                at dev.coweave.samples.Keeping.deeper(Keeping.java:53)
                at dev.coweave.samples.Keeping.nested(Keeping.java:47)
            3 of dev.coweave.samples.Keeping.numbers: suspended
                at dev.coweave.samples.Keeping.numbers(Keeping.java:28)
            1 of dev.coweave.samples.Keeping.numbers: ended
            1 of dev.coweave.samples.Keeping.numbers: suspended
                at dev.coweave.samples.Keeping.numbers(Keeping.java:34)
            1 of dev.coweave.samples.Keeping.pages: in use by its consumer
                at dev.coweave.samples.Keeping.pages(Keeping.java:70)
            1 of dev.coweave.samples.Keeping.pages: not started
            1 of dev.coweave.samples.Keeping.pages: suspended
                at dev.coweave.samples.Keeping.leaf(Keeping.java:64)
                at dev.coweave.samples.Keeping.pages(Keeping.java:71)
          """,
          said.substring(said.indexOf("generators")));
      Map<String, Object> all =
          JSON.std.mapFrom(psTree(program.pid(), "--json", "--generators").out());
      List<?> generators = (List<?>) ((Map<?, ?>) all.get("threadDump")).get("generators");
      assertEquals(
          Map.of(
              "method",
              "dev.coweave.samples.Keeping.numbers",
              "state",
              "suspended",
              "count",
              "3",
              "stack",
              List.of("dev.coweave.samples.Keeping.numbers(Keeping.java:28)")),
          generators.get(3));
    } finally {
      end(program);
    }
  }

  /** Of 100,000, with {@code -Dcoweave.tasks=100000}, it prints how long that takes, and how long the loop is kept meanwhile. */
  @Test
  void veryManyTasks_areAllShown() throws Exception {
    int tasks = Integer.getInteger("coweave.tasks", 1000);
    Process program =
        start(Weaving.BY_PLUGIN.options(), Crowd.class.getName(), Integer.toString(tasks));
    try {
      for (int i = 0; i < (tasks > 1000 ? 5 : 1); i++) {
        String before = longestTurn(program);
        long start = System.nanoTime();
        String said = psTree(program.pid()).out();
        long time = System.nanoTime() - start;
        assertTrue(said.contains("Crowd.wait(Crowd.java:"), said);
        assertTrue(said.contains("(" + tasks + " tasks): waiting in Channel.receive"), said);
        String kept = longestTurn(program);
        if (tasks > 1000) {
          System.out.println(
              time / 1_000_000 + " ms, the loop kept for " + kept + " ms, else " + before);
        }
      }
    } finally {
      end(program);
    }
  }

  /** The longest since it was asked last, in milliseconds. */
  private static String longestTurn(Process crowd) throws IOException {
    Writer in = crowd.outputWriter(StandardCharsets.UTF_8);
    in.write("\n");
    in.flush();
    return crowd.inputReader(StandardCharsets.UTF_8).readLine();
  }

  @Test
  void aJvmThatForbidsIt_isSaidToDoSo() throws Exception {
    List<String> options = new ArrayList<>(List.of("-XX:+DisableAttachMechanism"));
    options.addAll(Weaving.BY_PLUGIN.options());
    Process program = start(options, Parked.class.getName());
    try {
      Jvm.Result result = psTree(program.pid());
      assertEquals(1, result.status());
      assertTrue(
          result
              .err()
              .startsWith(
                  "coweave: can't look into process "
                      + program.pid()
                      + "\n  because: can't attach to it: "),
          result.err());
      assertTrue(result.err().contains("-XX:+DisableAttachMechanism"), result.err());
    } finally {
      end(program);
    }
  }

  /** The JDK's tools of 17 end it: they send a signal that only a JVM catches. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aProcessThatIsNoJvm_isSaidToBeNone_andLeftAlone() throws Exception {
    Process other = new ProcessBuilder("cat").start();
    try {
      Jvm.Result result = psTree(other.pid());
      assertTrue(other.isAlive());
      assertEquals(1, result.status());
      assertTrue(result.err().contains("because: can't attach to it: it is no JVM"), result.err());
    } finally {
      end(other);
    }
  }

  @Test
  void aJvmWithoutCoroutines_isSaidToHaveNone() throws Exception {
    Process program =
        start(List.of("-cp", Jvm.home(PsTreeTest.class).toString()), Plain.class.getName());
    try {
      Jvm.Result result = psTree(program.pid());
      assertEquals(
          "coweave: can't look into process "
              + program.pid()
              + "\n"
              + "  because: no coroutine has run in it yet, or its coweave-runtime is older than"
              + " 0.2.0\n"
              + "  fix: look at another JVM: jcmd -l lists them\n",
          result.err());
    } finally {
      end(program);
    }
  }

  /** As in a web server: nothing of Coweave is on the class path, and each application brings a runtime of its own. */
  @Test
  void runtimesBelowTheApplicationsClassLoader_areAllFound() throws Exception {
    List<String> options = Weaving.BY_PLUGIN.options();
    Process program =
        start(
            List.of("-cp", Jvm.home(PsTreeTest.class).toString()),
            Server.class.getName(),
            options.get(options.size() - 1));
    try {
      Jvm.Result result = psTree(program.pid());
      assertEquals(
          List.of("event loop on thread one: 6 tasks", "event loop on thread two: 6 tasks"),
          result
              .out()
              .lines()
              .filter(l -> l.startsWith("event loop"))
              .map(l -> l.substring(0, l.indexOf(',')))
              .sorted()
              .toList(),
          result.out() + result.err());
      Jvm.Result again = psTree(program.pid());
      assertEquals(withoutTimes(result.out()), withoutTimes(again.out()));
    } finally {
      end(program);
    }
  }

  @ParameterizedTest(name = "woven {0}")
  @EnumSource(names = {"BY_PLUGIN", "BY_AGENT"})
  void ps_listsTheJvmsThatRunCoroutines(Weaving weaving) throws Exception {
    Process program = start(weaving.options(), Parked.class.getName());
    Process plain =
        start(List.of("-cp", Jvm.home(PsTreeTest.class).toString()), Plain.class.getName());
    try {
      Jvm.Result result = Jvm.run(List.of("-jar", System.getProperty("coweave.agent"), "ps"));
      List<String> pids = result.out().lines().map(l -> l.split(" ")[0]).toList();
      assertTrue(pids.contains(Long.toString(program.pid())), result.out());
      assertFalse(pids.contains(Long.toString(plain.pid())), result.out());
    } finally {
      end(program);
      end(plain);
    }
  }

  /** What the page says is looked at in a browser where there is one, and what it is made of everywhere. */
  @Test
  void page_showsTheTasksInABrowser_andCanOnlyBeRead() throws Exception {
    Process program = start(Weaving.BY_PLUGIN.options(), Parked.class.getName());
    Process page =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                System.getProperty("coweave.agent"),
                "pstree",
                "--page",
                "0",
                "--generators",
                Long.toString(program.pid()))
            .redirectError(temporary.resolve("page errors").toFile())
            .start();
    try {
      String address = page.inputReader(StandardCharsets.UTF_8).readLine();
      HttpClient client = HttpClient.newHttpClient();
      HttpRequest.Builder ask = HttpRequest.newBuilder(URI.create(address));
      HttpResponse.BodyHandler<String> text = HttpResponse.BodyHandlers.ofString();
      assertTrue(client.send(ask.build(), text).body().contains("Live tasks"));
      String json =
          client
              .send(HttpRequest.newBuilder(URI.create(address + "tree.json")).build(), text)
              .body();
      assertTrue(JSON.std.listFrom(json).get(0).toString().contains("philosopher 1"), json);
      assertEquals(405, client.send(ask.DELETE().build(), text).statusCode());
      HttpRequest.Builder generators =
          HttpRequest.newBuilder(URI.create(address + "generators.json"));
      assertEquals(403, client.send(generators.build(), text).statusCode(), "another page's");
      String kept = client.send(generators.header("X-Coweave", "page").build(), text).body();
      assertEquals(List.of(), JSON.std.listFrom(kept));
      Optional<Path> browser = browser();
      if (browser.isPresent()) {
        String seen = seenIn(browser.get(), address);
        assertTrue(seen.contains("deadlock, each waits for the next: philosopher 1"), seen);
        assertTrue(seen.contains("at dev.coweave.samples.Parked.eat(Parked.java:43)"), seen);
        assertTrue(seen.contains("fetcher \"a\""), seen);
      }
      end(program);
      assertEquals(0, page.waitFor(), "the page ends with the program");
    } finally {
      end(program);
      end(page);
    }
  }

  private static Optional<Path> browser() {
    return Stream.of("/usr/bin/chromium", "/usr/bin/google-chrome")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The page as its scripts have made it. */
  private String seenIn(Path browser, String address) throws Exception {
    Process p =
        new ProcessBuilder(
                browser.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + temporary.resolve("browser"),
                "--virtual-time-budget=3000",
                "--dump-dom",
                address)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      end(p);
    }
  }

  /** Has two applications, each in a loader of its own over the class path that it is given. */
  static final class Server {
    private Server() {}

    public static void main(String[] args) throws Exception {
      List<URL> urls = new ArrayList<>();
      for (String path : args[0].split(File.pathSeparator)) {
        urls.add(Path.of(path).toUri().toURL());
      }
      for (String name : List.of("one", "two")) {
        ClassLoader loader =
            new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        Method main =
            loader.loadClass("dev.coweave.samples.Parked").getMethod("main", String[].class);
        new Thread(() -> run(main), name).start();
      }
    }

    private static void run(Method main) {
      try {
        main.invoke(null, (Object) new String[0]);
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** A program without coroutines. */
  static final class Plain {
    private Plain() {}

    public static void main(String[] args) throws IOException {
      System.out.println("parked");
      System.in.read();
    }
  }

  private static String withoutTimes(String text) {
    return text.replaceAll(" of \\w+@[0-9a-f]+", "").replaceAll(", for (up to )?\\d+ s", "");
  }

  private static Map<?, ?> thread(List<?> containers, int container, int index) {
    return (Map<?, ?>)
        ((List<?>) ((Map<?, ?>) containers.get(container)).get("threads")).get(index);
  }

  private static Jvm.Result psTree(long pid, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("-jar", System.getProperty("coweave.agent"), "pstree"));
    command.addAll(List.of(options));
    command.add(Long.toString(pid));
    return Jvm.run(command);
  }

  private Process start(List<String> options, String... mainAndArguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(options);
    command.addAll(List.of(mainAndArguments));
    Process program = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    assertEquals("parked", program.inputReader(StandardCharsets.UTF_8).readLine());
    return program;
  }

  private static void end(Process program) throws InterruptedException {
    program.destroyForcibly().waitFor();
  }
}

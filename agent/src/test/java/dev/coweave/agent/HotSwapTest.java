package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Options;
import dev.coweave.weave.Sources;
import dev.coweave.weave.TreeWeaver;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.instrument.ClassDefinition;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A class is redefined as an IDE does it while a program is debugged, with what the compiler wrote, while activations of its coroutines
 * are parked. They go on in the new version where that keeps what they have saved; else it is refused, and they go on in the loaded one.
 */
class HotSwapTest {
  /** Waits twice; the greeting is between two waits, and n lives across both. */
  private static final String PROGRAM =
      """
      import static dev.coweave.task.Task.await;

      import dev.coweave.Coroutine;
      import dev.coweave.generator.Generator;
      import dev.coweave.task.Task;
      import java.util.List;
      import java.util.concurrent.CompletableFuture;

      public class AgentSwap {
        public static CompletableFuture<String> run(List<CompletableFuture<String>> gates) {
          return start(gates);
        }

        @Coroutine static CompletableFuture<String> start(List<CompletableFuture<String>> gates) {
          return CompletableFuture.completedFuture(greet(gates, 7));
        }

        @Coroutine static String greet(List<CompletableFuture<String>> gates, int n) {
          String a = await(gates.get(0));
          String greeting = "hello";
          String b = await(gates.get(1));
          return greeting + " " + a + b + n;
        }

        @Coroutine public static Iterable<String> words() {
          for (int i = 0; i < 3; i++) {
            Generator.yield("word" + i);
          }
          return Generator.end();
        }
      }
      """;

  private final List<CompletableFuture<String>> gates =
      List.of(new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>());

  @TempDir private Path classes;
  @TempDir private Path changed;
  private URLClassLoader loader;

  @BeforeAll
  static void install() {
    Coweave.install("include=Agent*,verify");
  }

  @BeforeEach
  void load() throws Exception {
    Sources.compile(classes, PROGRAM);
    loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, HotSwapTest.class.getClassLoader());
  }

  @AfterEach
  void close() throws Exception {
    loader.close();
  }

  @SuppressWarnings("unchecked")
  private CompletableFuture<String> run() throws Exception {
    return (CompletableFuture<String>)
        loader.loadClass("AgentSwap").getMethod("run", List.class).invoke(null, gates);
  }

  private void swap(String source) throws Exception {
    Sources.compile(changed, source);
    byte[] bytes = Files.readAllBytes(changed.resolve("AgentSwap.class"));
    ByteBuddyAgent.getInstrumentation()
        .redefineClasses(new ClassDefinition(loader.loadClass("AgentSwap"), bytes));
  }

  /** What the agent prints when the JVM refuses a new version. */
  private String refused(String source) {
    PrintStream before = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    try {
      assertThrows(UnsupportedOperationException.class, () -> swap(source));
    } finally {
      System.setErr(before);
    }
    return captured.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  private void open() {
    gates.get(0).complete("a");
    gates.get(1).complete("b");
    gates.get(2).complete("c");
  }

  @Test
  void aChangedBody_isRunByNewCalls_andByThoseThatAreParked() throws Exception {
    CompletableFuture<String> first = run();
    swap(PROGRAM.replace("\"hello\"", "\"good\" + \" day\""));
    CompletableFuture<String> second = run();
    assertFalse(first.isDone());
    open();
    assertEquals("good day ab7", first.join());
    assertEquals("good day ab7", second.join());
  }

  @Test
  void aParkedActivation_goesOnInTheNewBody_withItsLines() throws Exception {
    CompletableFuture<String> parked = run();
    swap(PROGRAM.replace("String a =", "\n\n    String a ="));
    gates.get(0).complete("a");
    gates.get(1).completeExceptionally(new IllegalStateException("closed"));
    Throwable e = assertThrows(Exception.class, parked::join).getCause();
    List<String> trace = new ArrayList<>();
    for (StackTraceElement at : e.getStackTrace()) {
      if (at.getClassName().equals("AgentSwap")) {
        trace.add(at.getMethodName() + ":" + at.getLineNumber());
      }
    }
    assertEquals(List.of("greet:23", "start:15"), trace);
  }

  @Test
  void anotherSuspensionPoint_isRefused_andTheLoadedVersionRunsOn() throws Exception {
    CompletableFuture<String> parked = run();
    String report = refused(PROGRAM.replace("\"hello\"", "await(gates.get(2))"));
    assertEquals(
        """
        coweave: AgentSwap is not redefined:
        AgentSwap: COWEAVE-307: the coroutine of AgentSwap$$greet was changed where it suspends: other calls, or other variables that live across them
          in:      AgentSwap
          because: activations that wait hold the variables of the loaded version, and would go on in the new one
          fix:     change only what stands between its suspension points, or start the JVM anew; until then the loaded version runs on
        """,
        report);
    CompletableFuture<String> later = run();
    open();
    assertEquals("hello ab7", parked.join());
    assertEquals("hello ab7", later.join());
  }

  @Test
  void theSameNumberOfPoints_inAnotherOrder_isRefused() throws Exception {
    CompletableFuture<String> parked = run();
    String report =
        refused(
            PROGRAM.replace("String a = await(gates.get(0));", "Task.yield(); String a = \"!\";"));
    assertTrue(report.contains("COWEAVE-307"), report);
    open();
    assertEquals("hello ab7", parked.join());
  }

  @Test
  void anotherVariableAcrossAPoint_isRefused() throws Exception {
    CompletableFuture<String> parked = run();
    String report = refused(PROGRAM.replace("String greeting = \"hello\";", "int greeting = 1;"));
    assertTrue(report.contains("COWEAVE-307"), report);
    open();
    assertEquals("hello ab7", parked.join());
  }

  @Test
  void variablesOfOneTypeInAnotherOrder_areRefused() throws Exception {
    CompletableFuture<String> parked = run();
    String report =
        refused(
            PROGRAM
                .replace(
                    "String a = await(gates.get(0));", "String greeting = await(gates.get(0));")
                .replace("String greeting = \"hello\";", "String a = \"hello\";"));
    assertTrue(report.contains("COWEAVE-307"), report);
    open();
    assertEquals("hello ab7", parked.join());
  }

  @Test
  void aBodyThatCantBeWoven_isRefused() throws Exception {
    CompletableFuture<String> parked = run();
    String report =
        refused(
            PROGRAM.replace(
                "String a = await(gates.get(0));",
                "String a; synchronized (gates) { a = await(gates.get(0)); }"));
    assertTrue(
        report.startsWith("coweave: AgentSwap is not redefined:\nAgentSwap.java:19: COWEAVE-101"),
        report);
    open();
    assertEquals("hello ab7", parked.join());
  }

  @Test
  @SuppressWarnings("unchecked")
  void aGenerator_goesOnInTheNewBody() throws Exception {
    Iterator<String> words =
        ((Iterable<String>) loader.loadClass("AgentSwap").getMethod("words").invoke(null))
            .iterator();
    assertEquals("word0", words.next());
    swap(PROGRAM.replace("\"word\"", "\"element\""));
    assertEquals("element1", words.next());
    assertEquals("element2", words.next());
    assertFalse(words.hasNext());
  }

  @Test
  void aClassThatTheBuildWove_canBeRedefinedWithWhatTheCompilerWrote() throws Exception {
    weaveByBuild();
    CompletableFuture<String> parked = run();
    swap(PROGRAM.replace("\"hello\"", "\"hi\""));
    String report = refused(PROGRAM.replace("\"hello\"", "await(gates.get(2))"));
    assertTrue(report.contains("COWEAVE-307"), report);
    open();
    assertEquals("hi ab7", parked.join());
  }

  private void weaveByBuild() throws Exception {
    TreeWeaver build = new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD);
    assertFalse(build.weave(List.of(classes)).failed());
  }
}

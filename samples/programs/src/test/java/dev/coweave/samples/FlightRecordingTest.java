package dev.coweave.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flight recordings of programs in JVMs of their own, and the flame graphs that are made of them. */
class FlightRecordingTest {
  /** Of a coroutine that computes: it was resumed, so that only its own calls are on the thread's stack. */
  private static final String BUSY =
      "dev.coweave.samples.Recorded.handle;dev.coweave.samples.Recorded.compute;dev.coweave.samples.Recorded.burn";

  @TempDir private Path temporary;

  @Test
  void recordingFromTheStart_hasTasksWaitsLongStepsCancellationsAndWeaving() throws Exception {
    Path file = temporary.resolve("all.jfr");
    Jvm.Result result = run(Weaving.BY_AGENT, List.of("-XX:StartFlightRecording:filename=" + file));
    assertEquals(0, result.status(), result.err());
    List<RecordedEvent> all = RecordingFile.readAllEvents(file);
    assertEquals(
        Set.of("busy done", "endless cancelled", "failing failed"),
        all.stream()
            .filter(e -> e.getEventType().getName().equals("dev.coweave.Task"))
            .filter(e -> !e.getString("task").startsWith("task-"))
            .map(e -> e.getString("task") + " " + e.getString("outcome"))
            .collect(Collectors.toSet()));
    assertEquals(
        "java.lang.IllegalArgumentException",
        only(all, "dev.coweave.Task", "failing").getString("failure"));
    RecordedEvent wait = only(all, "dev.coweave.Wait", "busy");
    assertEquals("Task.sleep", wait.getString("operation"));
    assertTrue(wait.getDuration().toMillis() >= 25, wait.toString());
    assertTrue(
        wait.getString("stack").startsWith("dev.coweave.samples.Recorded.handle(Recorded.java:"),
        wait.toString());
    RecordedEvent step = only(all, "dev.coweave.LongStep", "busy");
    assertTrue(step.getDuration().toMillis() >= 550, step.toString());
    RecordedEvent cancellation = only(all, "dev.coweave.Cancellation", "endless");
    assertEquals("waiting in Task.sleep, to be cancelled", cancellation.getString("status"));
    assertTrue(cancellation.getStackTrace().toString().contains("Recorded"), "who cancels");
    assertTrue(
        all.stream()
            .filter(e -> e.getEventType().getName().equals("dev.coweave.Weaving"))
            .anyMatch(e -> e.getString("name").equals(Recorded.class.getName())));
  }

  @Test
  void flameGraph_putsCoroutinesOnTheirCallers() throws Exception {
    Path file = temporary.resolve("a b.jfr");
    run(Weaving.BY_PLUGIN, List.of("-XX:StartFlightRecording:filename=" + file));
    String steps = flame("--tasks", file.toString());
    assertTrue(stacks(steps).contains("busy;dev.coweave.samples.Recorded.lambda;" + BUSY), steps);
    assertTrue(
        stacks(steps).stream().anyMatch(s -> s.endsWith("Recorded.elsewhere;" + BUSY)), steps);
    String waits = flame("--of", "waits", "--lines", file.toString());
    assertTrue(
        waits.lines().anyMatch(l -> l.matches(".*Recorded\\.handle:\\d+;Task\\.sleep \\d{5,}")),
        waits);
    Path page = temporary.resolve("page.html");
    assertEquals("", flame("--html", page.toString(), file.toString()));
    String html = Files.readString(page);
    assertTrue(html.contains("[\"dev.coweave.samples.Recorded.burn\","), html);
    assertFalse(html.contains("/*"), "all is filled in");
    cut(file);
    Jvm.Result part =
        Jvm.run(
            List.of("-jar", System.getProperty("coweave.agent"), "flame", "--tasks", "" + file));
    assertEquals(0, part.status(), part.err());
    assertEquals(steps, part.out());
    String told = "coweave: " + file + ": cut short or damaged, so that only a part was read: ";
    assertTrue(part.err().startsWith(told), part.err());
  }

  /** As that of a JVM which is killed while it records: the last of its chunks isn't whole. */
  private static void cut(Path recording) throws IOException {
    byte[] chunk = Arrays.copyOf(Files.readAllBytes(recording), 1000);
    Files.write(recording, chunk, StandardOpenOption.APPEND);
  }

  @Test
  void recordingThatBeginsLater_hasWhatBeginsThen() throws Exception {
    Path file = temporary.resolve("later.jfr");
    List<String> command = new ArrayList<>(List.of(tool("java")));
    command.addAll(Weaving.BY_PLUGIN.options());
    command.addAll(List.of(Recorded.class.getName(), "later"));
    Process program =
        new ProcessBuilder(command).redirectError(temporary.resolve("err").toFile()).start();
    try {
      assertEquals("ready", program.inputReader().readLine());
      jcmd(program.pid(), "JFR.start", "filename=" + file);
      String events = "";
      while (!events.contains("$SampleEvent/")) { // The watchdog looks each second.
        events = jcmd(program.pid(), "VM.class_hierarchy", "-s", "jdk.jfr.Event");
      }
      program.getOutputStream().write('\n');
      program.getOutputStream().flush();
      assertEquals("meant", program.inputReader().readLine());
      assertEquals(0, program.waitFor());
    } finally {
      program.destroyForcibly().waitFor();
    }
    assertTrue(stacks(flame("--tasks", file.toString())).stream().anyMatch(s -> s.endsWith(BUSY)));
  }

  @Test
  void recordingWithoutCoroutines_isSaidToHaveNone() throws Exception {
    Path file = temporary.resolve("none.jfr");
    try (jdk.jfr.Recording r = new jdk.jfr.Recording()) {
      r.start();
      r.stop();
      r.dump(file);
    }
    Jvm.Result result =
        Jvm.run(List.of("-jar", System.getProperty("coweave.agent"), "flame", file.toString()));
    assertEquals(1, result.status());
    assertEquals(
        "coweave: "
            + file
            + ": no steps of coroutines are recorded\n"
            + "  because: none ran while it was recorded, for as long as 20 ms; or the program's"
            + " modules have no jdk.jfr\n"
            + "  fix: record longer; add jdk.jfr to a modular program: --add-modules jdk.jfr\n",
        result.err());
  }

  @Test
  void jvmWithoutTheRecordersModule_runsAsEver() throws Exception {
    Jvm.Result result = run(Weaving.BY_AGENT, List.of("--limit-modules", "java.instrument"));
    assertEquals("meant\n", result.out(), result.err());
  }

  private static Jvm.Result run(Weaving weaving, List<String> options) throws Exception {
    List<String> command = new ArrayList<>(options);
    command.addAll(weaving.options());
    command.add(Recorded.class.getName());
    return Jvm.run(command);
  }

  private static RecordedEvent only(List<RecordedEvent> all, String event, String task) {
    List<RecordedEvent> found =
        all.stream()
            .filter(e -> e.getEventType().getName().equals(event))
            .filter(e -> e.getString("task").equals(task))
            .toList();
    assertEquals(1, found.size(), found.toString());
    return found.get(0);
  }

  /** Without counts, and numbers of lambdas. */
  private static Set<String> stacks(String collapsed) {
    return collapsed
        .lines()
        .map(l -> l.substring(0, l.lastIndexOf(' ')))
        .map(l -> l.replaceAll("lambda\\$[a-z]+\\$\\d+", "lambda"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String flame(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("-jar", System.getProperty("coweave.agent"), "flame"));
    command.addAll(List.of(arguments));
    Jvm.Result result = Jvm.run(command);
    assertEquals(0, result.status(), result.err());
    return result.out();
  }

  private static String jcmd(long pid, String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of(tool("jcmd"), Long.toString(pid)));
    all.addAll(List.of(command));
    Process jcmd = new ProcessBuilder(all).redirectErrorStream(true).start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, jcmd.waitFor(), said);
    return said;
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }
}

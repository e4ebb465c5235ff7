package dev.coweave.samples.debugging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.samples.Weaving;
import dev.coweave.samples.debugging.Debugger.Stop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A debugger sees a woven program as its source has it: lines, method names and the values of
 * locals.
 */
class DebuggerTest {
  private static final String NOT_KEPT = "not kept: nothing reads it any more";
  private static final Path SOURCE =
      Path.of("src/test/java/dev/coweave/samples/debugging/Debuggee.java");

  @ParameterizedTest(name = "woven {0}")
  @EnumSource(names = {"BY_PLUGIN", "BY_AGENT"})
  void locals_areThereByName_afterASuspension_andDeadOnesSaySo(Weaving weaving) throws Exception {
    Map<Integer, Stop> stops =
        Debugger.run(
            weaving.options(),
            Debuggee.class.getName(),
            List.of(
                line("after an await"),
                line("after a call that waited"),
                line("after a yield"),
                line("after a nested yield")));

    // 'dead' isn't used after the wait, so it wasn't saved: that is shown, rather than 0.
    assertEquals(
        new Stop("waits", Map.of("first", "3", "text", "live", "used", "22", "dead", NOT_KEPT)),
        stops.get(line("after an await")));
    assertEquals("[1, 2, 3]", stops.get(line("after a call that waited")).locals().get("array"));
    assertEquals("2.0", stops.get(line("after a call that waited")).locals().get("factor"));
    assertEquals("29", stops.get(line("after a call that waited")).locals().get("length"));
    assertEquals(
        Map.of("limit", "3", "total", "10", "unit", "squares", "i", "1"),
        stops.get(line("after a yield")).locals());
    assertEquals(
        new Stop("deeper", Map.of("text", "nested", "limit", NOT_KEPT)),
        stops.get(line("after a nested yield")));
  }

  /** With a breakpoint at all locations of a line, as IDEs set it. */
  @ParameterizedTest(name = "woven {0}, depth {1}")
  @CsvSource({"BY_PLUGIN, 256", "BY_PLUGIN, 1", "BY_AGENT, 256", "BY_AGENT, 1"})
  void eachLine_stopsOnceForEachTimeItRuns(Weaving weaving, int depth) throws Exception {
    List<String> options = new ArrayList<>(weaving.options());
    options.add("-Dcoweave.maxDepth=" + depth);
    for (Class<?> program : List.of(Counted.class, Stepped.class)) {
      Map<Integer, Integer> expected = runs(program);
      assertEquals(
          expected, Debugger.count(options, program.getName(), List.copyOf(expected.keySet())));
    }
  }

  /** With a step over from each, and a breakpoint in each, which stops where a step over a wait has left. */
  @ParameterizedTest(name = "woven {0}, depth {1}")
  @CsvSource({"BY_PLUGIN, 256", "BY_PLUGIN, 1", "BY_AGENT, 256", "BY_AGENT, 1"})
  void eachLine_isSteppedOverOnce_andNoStepEndsElsewhere(Weaving weaving, int depth)
      throws Exception {
    List<String> options = new ArrayList<>(weaving.options());
    options.add("-Dcoweave.maxDepth=" + depth);
    for (Class<?> program : List.of(Counted.class, Stepped.class)) {
      Map<Integer, Integer> expected = runs(program);
      Stepper.Steps steps = Stepper.walk(options, program.getName(), headsOfLoops(program));
      assertEquals(List.of(), steps.phantoms());
      steps.counts().keySet().retainAll(expected.keySet());
      assertEquals(expected, steps.counts());
    }
  }

  /** How often each line runs, as the source says. */
  private static Map<Integer, Integer> runs(Class<?> program) throws IOException {
    Map<Integer, Integer> result = new TreeMap<>();
    List<String> source = source(program);
    for (int i = 0; i < source.size(); i++) {
      int at = source.get(i).indexOf("// runs ");
      if (at >= 0) {
        result.put(i + 1, Integer.parseInt(source.get(i).substring(at + "// runs ".length())));
      }
    }
    return result;
  }

  /** The heads of the loops over elements. */
  private static Set<Integer> headsOfLoops(Class<?> program) throws IOException {
    List<String> source = source(program);
    return IntStream.range(0, source.size())
        .filter(i -> source.get(i).matches(" *for .* : .*"))
        .mapToObj(i -> i + 1)
        .collect(Collectors.toSet());
  }

  private static List<String> source(Class<?> program) throws IOException {
    return Files.readAllLines(SOURCE.resolveSibling(program.getSimpleName() + ".java"));
  }

  /**
   * For a client that looks at what the program's classes throw, and leaves out those of the runtime, which throws again what a
   * coroutine's caller is to see.
   */
  @ParameterizedTest(name = "depth {0}")
  @ValueSource(ints = {256, 1})
  void anException_isReportedOnce_atTheLineThatThrowsIt(int depth) throws Exception {
    List<Integer> expected = new ArrayList<>();
    List<String> source = Files.readAllLines(SOURCE.resolveSibling("Throwing.java"));
    for (int i = 0; i < source.size(); i++) {
      if (source.get(i).endsWith("// throws")) {
        expected.add(i + 1);
      }
    }
    List<String> options = new ArrayList<>(Weaving.BY_PLUGIN.options());
    options.add("-Dcoweave.maxDepth=" + depth);
    List<Integer> thrown = new ArrayList<>(Debugger.thrownBy(options, Throwing.class.getName()));
    Collections.sort(thrown);
    assertEquals(expected, thrown);
  }

  private static int line(String stop) throws IOException {
    List<String> lines = Files.readAllLines(SOURCE);
    int line =
        IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).endsWith("// stop: " + stop))
                .findFirst()
                .orElse(-1)
            + 1;
    assertTrue(line > 0, stop);
    return line;
  }
}

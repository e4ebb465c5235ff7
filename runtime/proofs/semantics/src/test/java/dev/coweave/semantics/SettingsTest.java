package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** System properties whose values make no sense. */
class SettingsTest {
  /** Uses the runtime. */
  static final class Program {
    private Program() {}

    @Coroutine
    private static String waits() {
      Task.sleep(Duration.ofNanos(1));
      return "done";
    }

    public static void main(String[] args) {
      System.out.println(waits());
    }
  }

  @Test
  void badValues_areReportedOnce_andCountAsAbsent() throws Exception {
    String out =
        OwnJvm.output(
            0,
            Program.class,
            "-Dcoweave.maxDepth=deep",
            "-Dcoweave.stacks=Physical",
            "-Dcoweave.deadlock=yes",
            "-Dcoweave.slowStep=-1",
            "-Dcoweave.nonBlocking=",
            "-Dcoweave.workers=0",
            "-Dcoweave.executor=com.acme.Missing");
    List<String> reported = out.lines().filter(l -> l.contains("COWEAVE-208")).sorted().toList();
    assertEquals(
        List.of(
            "WARNING: COWEAVE-208: -Dcoweave.deadlock=yes",
            "WARNING: COWEAVE-208: -Dcoweave.executor=com.acme.Missing",
            "WARNING: COWEAVE-208: -Dcoweave.maxDepth=deep",
            "WARNING: COWEAVE-208: -Dcoweave.nonBlocking=",
            "WARNING: COWEAVE-208: -Dcoweave.slowStep=-1",
            "WARNING: COWEAVE-208: -Dcoweave.stacks=Physical",
            "WARNING: COWEAVE-208: -Dcoweave.workers=0"),
        reported,
        out);
    assertTrue(out.contains("  because: the value must be one of throw, warn, off"), out);
    assertTrue(out.contains("  because: the value must be a whole number of at least 1"), out);
    assertTrue(out.contains("done"), out);
  }

  @Test
  void goodValues_areNotReported() throws Exception {
    String out =
        OwnJvm.output(
            0,
            Program.class,
            "-Dcoweave.maxDepth=1",
            "-Dcoweave.stacks=logical",
            "-Dcoweave.deadlock=report",
            "-Dcoweave.slowStep=0",
            "-Dcoweave.nonBlocking=off",
            "-Dcoweave.workers=3");
    assertEquals("done\n", out);
  }
}

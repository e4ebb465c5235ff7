package dev.coweave.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SleepersTest {
  private static final Pattern ASLEEP =
      Pattern.compile("1,000,000 tasks asleep after .* ms, (\\d+) bytes each");

  /** With some room: frames and tasks may grow, but nothing of another size may come with each. */
  private static final int MOST_BYTES = 250;

  @Test
  @Timeout(300)
  void aMillionTasksSleepAtOnce_andEnd_withinOneGibibyte() throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-Dcoweave.maxDepth=" + System.getProperty("coweave.maxDepth", "256"),
            "-cp",
            System.getProperty("java.class.path"),
            Soak.class.getName(),
            "sleepers",
            "1000000",
            "virtual");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), out);
    Matcher asleep = ASLEEP.matcher(out);
    assertTrue(asleep.find(), out);
    assertTrue(Integer.parseInt(asleep.group(1)) <= MOST_BYTES, out);
  }
}

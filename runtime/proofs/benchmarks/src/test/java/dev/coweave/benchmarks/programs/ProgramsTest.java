package dev.coweave.benchmarks.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.benchmarks.VirtualThreads;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs run, each in all its ways. How fast is not looked at here. */
class ProgramsTest {
  private static final long SHORT = 20_000_000;

  private final Servers servers = new Servers(SHORT);

  private static void assertWays(List<Measured> measured, int ways) {
    assertFalse(measured.isEmpty());
    for (Measured m : measured) {
      assertEquals(ways, m.ways().size(), m.toString());
      assertTrue(m.ways().containsKey(Measured.OURS), m.toString());
      assertTrue(m.ways().values().stream().noneMatch(f -> f.isNaN() || f < 0), m.toString());
    }
  }

  private static int with(int others) {
    return 1 + others + (VirtualThreads.AVAILABLE ? 1 : 0);
  }

  @Test
  void servers_echo() throws Exception {
    assertWays(servers.echo(2), with(2));
  }

  @Test
  void servers_echo_beside_a_flood() throws Exception {
    assertWays(servers.flood(), with(2));
  }

  @Test
  void servers_echo_over_tls(@TempDir Path directory) throws Exception {
    assertWays(servers.tls(2, Keys.make(directory)), with(1));
  }

  @Test
  void a_class_is_copied_and_loaded(@TempDir Path directory) throws Exception {
    Path jar = directory.resolve("classes.jar");
    Loading.write(jar, 3);
    String path =
        jar + System.getProperty("path.separator") + System.getProperty("java.class.path");
    assertTrue(Child.run(List.of("-cp", path), Loading.class, "3") > 0);
  }

  @Test
  void both_small_programs_print_the_same() {
    assertEquals(
        Child.run(List.of(), plain.PlainProgram.class), Child.run(List.of(), WovenProgram.class));
  }

  @Test
  void times_are_kept_by_hundredths() {
    Latencies times = new Latencies();
    for (int i = 1; i <= 1000; i++) {
      times.add(i * 1_000L);
    }
    assertEquals(1000, times.count());
    assertEquals(0.5, times.within(0.5), 0.005);
    assertEquals(0.99, times.within(0.99), 0.01);
  }
}

package dev.coweave.proof.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.SeedFailure;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each known fault is found, told in few switches, and repeated; the corrected twin passes. */
class FaultsTest {
  private static final int REPEATS = Integer.getInteger("proof.repeats", 100);
  private static final int MOST_SWITCHES = 10;

  static List<Program> programs() {
    return Program.all();
  }

  @Test
  void thereAreThirtyAndMore() {
    assertTrue(Program.all().size() >= 30, () -> Program.all().size() + "");
    assertEquals(
        Program.all().size(), Program.all().stream().map(Program::name).distinct().count());
  }

  @ParameterizedTest
  @MethodSource("programs")
  void isFound_inFewSwitches_andRepeated(Program p) throws Exception {
    SeedFailure found = Finding.of(p);
    assertTrue(
        found.switches() >= 0 && found.switches() <= MOST_SWITCHES,
        () -> found.switches() + " switches\n" + found.getMessage());
    String line = Finding.line(p, found);
    assertTrue(SameStepsTest.found().contains(line), () -> line + "\n" + found.getMessage());
    for (int i = 0; i < REPEATS; i++) {
      SeedFailure again =
          assertThrows(
              SeedFailure.class, () -> CoroutineTests.repeat(found.shortest(), p.faulty()));
      assertEquals(found.trace(), again.trace());
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void correctedTwin_passes(Program p) throws Exception {
    CoroutineTests.run(Integer.getInteger("proof.seeds", 100), p.correct());
  }
}

package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How generators end: used up, closed, or abandoned by their consumer. */
class GeneratorsTest {
  private static final List<String> LOG = new ArrayList<>();

  GeneratorsTest() {
    LOG.clear();
  }

  @Coroutine
  private static Generator<Integer> twoElements() {
    try {
      Generator.yield(1);
      Generator.yield(2);
      return Generator.end();
    } finally {
      LOG.add("finally");
    }
  }

  @Test
  void close_runsFinallyBlocks() {
    Generator<Integer> g = twoElements();
    assertEquals(1, g.next());
    g.close();
    assertEquals(List.of("finally"), LOG);
    assertFalse(g.hasNext());
  }

  @Test
  void close_ofAFreshOne_runsNothing() {
    Generator<Integer> g = twoElements();
    g.close();
    assertEquals(List.of(), LOG);
    assertFalse(g.hasNext());
  }

  @Test
  void close_ofAFinishedOne_runsNothingAgain() {
    Generator<Integer> g = twoElements();
    while (g.hasNext()) {
      g.next();
    }
    g.close();
    assertEquals(List.of("finally"), LOG);
  }
}

package dev.coweave.proof.simulation;

import dev.coweave.Coroutine;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.Simulation;
import java.util.ArrayList;
import java.util.List;

/** A program with a known fault, which is in it or not. */
public record Program(String name, Source source) {
  /** What it does; fails in some schedules, unless it is the corrected twin. */
  @FunctionalInterface
  public interface Source {
    /** Runs once. */
    @Coroutine
    void run(Simulation sim, boolean correct) throws Exception;
  }

  /** Its body with the fault. */
  public CoroutineTests.Body faulty() {
    return sim -> source.run(sim, false);
  }

  /** Its body without. */
  public CoroutineTests.Body correct() {
    return sim -> source.run(sim, true);
  }

  /** All of them. */
  public static List<Program> all() {
    List<Program> all = new ArrayList<>();
    SharedState.addTo(all);
    Synchronizers.addTo(all);
    Lifecycles.addTo(all);
    Messages.addTo(all);
    return all;
  }

  /** Holds, or fails the test. */
  static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}

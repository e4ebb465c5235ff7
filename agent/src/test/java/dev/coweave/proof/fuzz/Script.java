package dev.coweave.proof.fuzz;

import dev.coweave.coroutine.Continuation;
import dev.coweave.proof.fuzz.Probe.Checked;
import dev.coweave.proof.fuzz.Probe.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;

/** One run of a program: which suspension points throw and which wait, how long it may go on, and the trace that it leaves. */
final class Script {
  private static final int FUEL = 120;

  /** Values longer than this are as good as any. */
  private static final int LONGEST = 200;

  /** Which points throw, and what generators are sent: the same for the plain run and the woven one. */
  private final long seed;

  /** Which points wait; the plain run has none. */
  private final long waits;

  int fuel = FUEL;

  /** The generator that runs is being closed. */
  boolean closing;

  private int steps;
  private final List<String> trace = new ArrayList<>();

  /** No point throws: the run comes further. */
  private final boolean calm;

  /** The program runs in a task: what isn't there yet comes through the loop. */
  boolean onLoop;

  /** How often a task waited. */
  int awaited;

  Script(long seed, long waits, boolean calm) {
    this.seed = seed;
    this.waits = waits;
    this.calm = calm;
  }

  /** Whether a future is completed later. */
  boolean waits() {
    boolean result = onLoop && hash(waits, steps) % 3 != 0;
    awaited += result ? 1 : 0;
    return result;
  }

  void note(Object value) {
    if (trace.size() < 5000) {
      trace.add(text(value));
    }
  }

  List<String> trace() {
    return trace;
  }

  void pass(Object value) throws Checked {
    note(value);
    RuntimeException failure = failure();
    if (failure != null) {
      throw failure;
    }
    checked();
  }

  /** Whether the caller gives a dummy. */
  boolean step(Object value, Continuation c, Runnable give) throws Checked {
    int at = steps;
    if (!(c instanceof Driver d) || hash(waits, at) % 3 == 0) {
      pass(value);
      return false;
    }
    note(value);
    Throwable failure = failure();
    if (failure == null) {
      try {
        checked();
      } catch (Checked e) {
        failure = e;
      }
    }
    d.suspend(failure, give);
    return true;
  }

  private RuntimeException failure() {
    long h = hash(seed, steps++);
    return calm
        ? null
        : h % 41 == 0 ? new Failure("s") : h % 43 == 0 ? new Probe.SubFailure("s") : null;
  }

  private void checked() throws Checked {
    if (!calm && hash(seed, steps) % 47 == 0) {
      throw new Checked("s");
    }
  }

  /** A choice that depends on nothing but the seed and a number. */
  int choose(int number, int choices) {
    return (int) (hash(seed + 99, number) % choices);
  }

  private static long hash(long seed, long n) {
    long x = seed * 0x9E3779B97F4A7C15L + n * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 30)) * 0x94D049BB133111EBL;
    return (x ^ (x >>> 31)) >>> 1;
  }

  static String text(Object value) {
    if (value instanceof Throwable t) {
      return t.getClass().getSimpleName()
          + (t instanceof Failure || t instanceof Checked ? t.getMessage() : "");
    }
    if (value instanceof Future<?>) {
      return "future"; // perhaps complete, perhaps not yet
    }
    if (value instanceof Object[] a) {
      return cut(Arrays.toString(a));
    }
    if (value != null && value.getClass().isArray()) {
      return primitives(value);
    }
    return value instanceof Number || value instanceof Boolean || value instanceof Character
        ? value.toString()
        : cut(String.valueOf(value));
  }

  private static String cut(String s) {
    return s.length() <= LONGEST ? s : s.substring(0, LONGEST) + s.hashCode();
  }

  private static String primitives(Object array) {
    StringBuilder s = new StringBuilder("[");
    for (int i = 0; i < java.lang.reflect.Array.getLength(array); i++) {
      s.append(java.lang.reflect.Array.get(array, i)).append(',');
    }
    return s.append(']').toString();
  }
}

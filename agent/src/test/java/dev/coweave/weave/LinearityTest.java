package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * A suspension point costs as much in a large method as in a small one. Time is too unsteady to be asserted, but what weaving allocates grows
 * with its work, and is nearly the same in every run. {@code -Dweave.rounds=20} prints the times.
 */
class LinearityTest {
  private static final int ROUNDS = Integer.getInteger("weave.rounds", 0);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What stands at each suspension point, # for its number, and how many of them fit into 64 KB. */
  enum Shape {
    CALL("later(#);", 1000),
    SUM("sum += later(#) + s.length();", 500),
    VARIABLE("{ int v = later(#); sum += v; }", 900),
    /** All in scope until the end, and dead after their line. */
    VARIABLES("int v# = later(#); sum += v#;", 500),
    LOOP(
        "for (int i = 0; i < s.length(); i++) { if (later(i) == #) { continue; } sum += i; }", 250),
    NEW("sum += new StringBuilder(later(#)).length();", 500),
    GUARDED("sum += a.guarded(#);", 500);

    private final String statement;
    private final int most;

    Shape(String statement, int most) {
      this.statement = statement;
      this.most = most;
    }

    private Compiled repeated(int points) {
      return Compiled.from(
          "class A { @Coroutine static int run(A a, String s) { int sum = 0;"
              + IntStream.range(0, points)
                  .mapToObj(i -> statement.replace("#", String.valueOf(i)))
                  .collect(Collectors.joining("\n"))
              + "return sum; }"
              + " @Coroutine static int later(int i) { Task.yield(); return i; }"
              + " @Coroutine int guarded(int i) { return later(i); } }");
    }
  }

  /** A class that is woven again and again by a weaver that has read the classes it refers to. */
  private static final class Weaving {
    private final int points;
    private final byte[] classFile;
    private final Weaver weaver;

    Weaving(Shape shape, int points) {
      this.points = points;
      Compiled c = shape.repeated(points);
      classFile = c.classFile("A");
      weaver = c.weaver(Options.BUILD);
      weave();
    }

    private WeaveResult weave() {
      WeaveResult result = weaver.weave(classFile);
      assertTrue(!result.failed(), result.problems()::toString);
      return result;
    }

    /** The bytes of the woven class for each point. */
    double size() {
      return Objects.requireNonNull(weave().classFile()).length / (double) points;
    }

    /** The bytes that weaving allocates for each point. */
    double allocated() {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      weave();
      return (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) points;
    }

    /** The milliseconds of CPU time that the fastest round takes. */
    double time() {
      return IntStream.range(0, ROUNDS)
              .mapToLong(
                  i -> {
                    long before = THREADS.getCurrentThreadCpuTime();
                    weave();
                    return THREADS.getCurrentThreadCpuTime() - before;
                  })
              .min()
              .orElse(0)
          / 1e6;
    }
  }

  @ParameterizedTest
  @EnumSource
  void theBytesOfAPoint_areTheSameInALargeMethod(Shape shape) {
    assertNoMore(
        new Weaving(shape, shape.most).size(), new Weaving(shape, shape.most / 4).size(), 1.1);
  }

  /** Of variables that are all in scope together, ASM's frames and its verifier hold each one at each instruction: there it is more. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "VARIABLES")
  void theWorkForAPoint_isTheSameInALargeMethod(Shape shape) {
    Weaving large = new Weaving(shape, shape.most);
    // Beyond 32 KB the class is written twice, for its wide jumps.
    assertNoMore(large.allocated(), new Weaving(shape, shape.most / 4).allocated(), 1.5);
  }

  private static void assertNoMore(double large, double small, double factor) {
    assertTrue(large < factor * small, () -> large + " for a point, instead of " + small);
  }

  @ParameterizedTest
  @EnumSource
  void times(Shape shape) {
    for (int points = 125; ROUNDS > 0 && points <= shape.most; points *= 2) {
      Weaving weaving = new Weaving(shape, points);
      weaving.time(); // so that it is compiled
      double time = weaving.time();
      System.out.printf(
          Locale.ROOT,
          "%s, %d points: %.1f ms, %.0f µs each%n",
          shape,
          points,
          time,
          1000 * time / points);
    }
  }
}

package dev.coweave.junit;

import dev.coweave.Coroutine;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DynamicTest;

/**
 * Tests that are no methods: dynamic ones, and those that a program runs itself. Thread-safe.
 *
 * <pre>{@code
 * @TestFactory Stream<DynamicTest> codecs() {
 *   return Codec.all().map(c -> CoroutineTests.dynamicTest(c.name(), 100, sim -> roundTrip(c, sim)));
 * }
 * }</pre>
 */
public final class CoroutineTests {
  /** The body of a test, which may wait. */
  @FunctionalInterface
  public interface Body {
    /**
     * Runs once, with one seed.
     *
     * @param sim the world that it runs in
     * @throws Exception whatever it fails with
     */
    @Coroutine
    void run(Simulation sim) throws Exception;
  }

  private static final Limits LIMITS =
      new Limits(TimeUnit.HOURS.toNanos(1), TimeUnit.SECONDS.toNanos(10));

  private CoroutineTests() {}

  /**
   * A dynamic test in virtual time, for a {@code @TestFactory}.
   *
   * @param name what reports call it
   * @param body what it does
   */
  public static DynamicTest dynamicTest(String name, Body body) {
    return dynamicTest(name, 1, body);
  }

  /**
   * A dynamic test with many seeds, for a {@code @TestFactory}.
   *
   * @param name what reports call it
   * @param seeds how many; positive
   * @param body what it does
   */
  public static DynamicTest dynamicTest(String name, int seeds, Body body) {
    return DynamicTest.dynamicTest(name, () -> run(seeds, body));
  }

  /**
   * Runs a body with many seeds, as {@code @CoroutineTest(seeds = …)} runs a method; on the calling thread, which must not run tasks.
   *
   * @param seeds how many; positive
   * @param body what it does
   * @throws SeedFailure if a seed fails, and there are several
   * @throws AssertionError if it leaves tasks behind, or the like
   * @throws Exception what the body throws, if there is but one seed
   */
  public static void run(int seeds, Body body) throws Exception {
    Options options = Options.of(seeds, LIMITS, Long.MAX_VALUE);
    Throwable failure = new Exploration(options, once(body)).all();
    if (failure != null) {
      Session.<RuntimeException>sneakyThrow(failure);
    }
  }

  /**
   * Repeats a run of a body.
   *
   * @param seed as a failure has printed it: of {@link SeedFailure#seed} or {@link SeedFailure#shortest}
   * @param body what it does
   * @throws SeedFailure if it fails
   */
  public static void repeat(String seed, Body body) {
    Throwable failure = new Exploration(Options.repeated(seed, LIMITS), once(body)).all();
    if (failure != null) {
      Session.<RuntimeException>sneakyThrow(failure);
    }
  }

  private static Run.Body once(Body body) {
    return sim -> sim.act("test", () -> body.run(sim));
  }
}

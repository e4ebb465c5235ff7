package dev.coweave.durable;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * For tests: repeats a scenario with a crash at each moment at which a node may end under a run. These are before its code goes on, after that has
 * come to a durable wait and before this is stored, and in the midst of a transaction. A crash drops the run as it was last stored, and the engine takes it
 * again; the scenario must come to the same.
 *
 * <pre>{@code
 * Crashes.atEachMoment(
 *     engine -> {
 *       Bank bank = new Bank(); // the world begins anew each time
 *       Orders orders = new Orders(bank);
 *       engine.service("orders", orders);
 *       Run<Receipt> run = engine.start("order-17", () -> orders.order(new Order("17", 100)));
 *       engine.advance(Duration.ofDays(8));
 *       assertThrows(Declined.class, run::join);
 *       assertEquals(Set.of("payment of 17"), bank.refunded()); // at least once: a set
 *     });
 * }</pre>
 */
public final class Crashes {
  /** No moment: nothing crashes, moments are counted. */
  private static final int NEVER = 0;

  private final int fatal;
  private final AtomicInteger passed = new AtomicInteger();

  private Crashes(int fatal) {
    this.fatal = fatal;
  }

  /** What is tried. */
  @FunctionalInterface
  public interface Scenario {
    /**
     * Starts runs and looks at what comes of them.
     *
     * @param engine one {@linkplain DurableEngine#inMemory() in memory}, of this attempt alone
     */
    void run(DurableEngine engine) throws Exception;
  }

  /**
   * Runs a scenario without a crash, and then with one at the first moment, at the second, and so on.
   *
   * @return how many moments there are
   * @throws AssertionError if the scenario fails, with the moment and the scenario's failure as its cause
   */
  public static int atEachMoment(Scenario scenario) {
    return atEachMoment(DurableOptions.defaults().reload(true), scenario);
  }

  /** The same with options. */
  public static int atEachMoment(DurableOptions options, Scenario scenario) {
    int moments = run(options, NEVER, scenario);
    for (int i = 1; i <= moments; i++) {
      run(options, i, scenario);
    }
    return moments;
  }

  private static int run(DurableOptions options, int fatal, Scenario scenario) {
    Crashes crashes = new Crashes(fatal);
    try (DurableEngine engine = DurableEngine.inMemory(options, crashes)) {
      scenario.run(engine);
      engine.settle();
    } catch (Exception | AssertionError e) {
      String when = fatal == NEVER ? "without a crash" : "with a crash at moment " + fatal;
      throw new AssertionError("the scenario fails " + when + ": " + e, e);
    }
    return crashes.passed.get();
  }

  /** A run has come to a moment. */
  static void moment(@Nullable Crashes crashes) {
    if (crashes != null && crashes.passed.incrementAndGet() == crashes.fatal) {
      throw new Crash();
    }
  }

  /** The run's node ends, as far as this run is concerned. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Crash() {
      super("a crash that a test asked for", null, false, false);
    }
  }
}

package dev.coweave.junit;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a test is run.
 *
 * @param first the first seed
 * @param seeds how many there are
 * @param forced the switches of the only run; null for the schedule of the seed
 * @param exploring whether the seed matters, so that a failure tells it
 * @param limits of each run
 * @param budget how long all runs may take, in nanoseconds
 */
record Options(
    long first,
    int seeds,
    @Nullable Map<Integer, Integer> forced,
    boolean exploring,
    Limits limits,
    long budget) {
  private static final String SEED = "coweave.seed";
  private static final String SEEDS = "coweave.seeds";
  private static final String BASE = "coweave.seedBase";

  /** What the annotation says, unless properties or the environment say otherwise. */
  static Options of(CoroutineTest test) {
    return of(
        test.seeds(),
        new Limits(seconds(test.timeout(), "timeout"), seconds(test.wallTimeout(), "wallTimeout")),
        test.budget() == 0 ? Long.MAX_VALUE : seconds(test.budget(), "budget"));
  }

  static Options of(int seeds, Limits limits, long budget) {
    if (seeds < 1) {
      throw Fault.badSetting("@CoroutineTest(seeds = " + seeds + ")", "one or more");
    }
    String seed = System.getProperty(SEED);
    if (seed != null) {
      return repeated(seed.strip(), limits);
    }
    String number = setting(SEEDS);
    String base = setting(BASE);
    boolean exploring = seeds > 1;
    return new Options(
        exploring && base != null ? number(BASE, base, Long::parseLong) : Schedule.PLAIN_SEED,
        exploring && number != null ? Math.max(1, number(SEEDS, number, Integer::parseInt)) : seeds,
        null,
        exploring,
        limits,
        budget);
  }

  static Options repeated(String text, Limits limits) {
    int slash = text.indexOf('/');
    long seed = number(SEED, slash < 0 ? text : text.substring(0, slash), Long::parseLong);
    Map<Integer, Integer> forced = slash < 0 ? null : switches(text.substring(slash + 1));
    return new Options(seed, 1, forced, true, limits, Long.MAX_VALUE);
  }

  private static @Nullable String setting(String property) {
    String s = System.getProperty(property);
    return s != null
        ? s
        : System.getenv(property.replaceAll("[.]|(?=[A-Z])", "_").toUpperCase(Locale.ROOT));
  }

  private static <N> N number(String property, String text, Function<String, N> parse) {
    try {
      return parse.apply(text.strip());
    } catch (NumberFormatException e) {
      throw Fault.badSetting(
          property + "=" + text + " is no number",
          "what a failure has printed after " + SEED + "=");
    }
  }

  private static long seconds(long seconds, String member) {
    if (seconds < 1) {
      throw Fault.badSetting(
          "@CoroutineTest(" + member + " = " + seconds + ")", "a number of seconds of one or more");
    }
    return TimeUnit.SECONDS.toNanos(Math.min(seconds, 1_000_000_000));
  }

  // ---- switches as text: the number of a decision, a dot, the index that is chosen

  private static Map<Integer, Integer> switches(String text) {
    Map<Integer, Integer> all = new TreeMap<>();
    for (String s : text.isBlank() ? new String[0] : text.split(",")) {
      int dot = s.indexOf('.');
      all.put(
          number(SEED, dot < 0 ? s : s.substring(0, dot), Integer::parseInt),
          dot < 0 ? 1 : number(SEED, s.substring(dot + 1), Integer::parseInt));
    }
    return all;
  }

  static String text(long seed, Map<Integer, Integer> switches) {
    return seed
        + new TreeMap<>(switches)
            .entrySet().stream()
                .map(e -> e.getKey() + "." + e.getValue())
                .collect(Collectors.joining(",", "/", ""));
  }
}

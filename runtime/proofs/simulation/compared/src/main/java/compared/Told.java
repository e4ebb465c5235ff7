package compared;

import java.util.concurrent.TimeUnit;

/** A line of the table. */
final class Told {
  private Told() {}

  static void tell(
      String tool, String fault, boolean correct, int runs, long start, Throwable found) {
    String what = found == null ? "not found" : "found: " + firstLine(found);
    System.out.printf(
        "%-12s %-24s %-9s %6s runs %7d ms  %s%n",
        tool,
        fault.toLowerCase().replace('_', ' '),
        correct ? "corrected" : "faulty",
        runs == 0 ? "?" : runs,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
        what);
  }

  private static String firstLine(Throwable t) {
    String message =
        String.valueOf(t.getMessage()).lines().filter(l -> !l.isBlank()).findFirst().orElse("");
    return t.getClass().getSimpleName() + ": " + message.strip();
  }
}

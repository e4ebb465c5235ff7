package dev.coweave.junit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a failure of a seed says: first what failed, then how to have it again, then what happened.
 *
 * @param text all of it
 * @param seed repeats it as it was found
 * @param shortest repeats it with the fewest switches
 * @param switches how many these are
 * @param trace what happened then
 */
record Report(String text, String seed, String shortest, int switches, String trace) {
  /** How many steps are shown at most: the first, those around each switch, and the last. */
  private static final int MOST = 60;

  private static final int AROUND = 3;

  static Report of(Run failed, int runs, Options options, Run shortest) {
    StringBuilder s = new StringBuilder();
    int n = shortest.switches().size();
    s.append(headline(failed.seed(), options, runs, failure(shortest, failed)));
    s.append("\n\n  to repeat it\n").append(property(failed, String.valueOf(failed.seed())));
    if (!shortest.switches().equals(failed.switches())) {
      s.append(property(shortest, Options.text(failed.seed(), shortest.switches())));
    }
    if (failed.helped()) {
      s.append("\n  another thread had a hand in it, so it may not repeat\n");
    }
    s.append("\n  what happened");
    s.append(n == 0 ? ", first in, first out" : "; * where another had its turn first");
    String trace = trace(shortest.recorder().lines());
    s.append('\n').append(trace);
    String seed = String.valueOf(failed.seed());
    return new Report(
        s.toString(), seed, Options.text(failed.seed(), shortest.switches()), n, trace);
  }

  private static String property(Run r, String value) {
    return "    -Dcoweave.seed="
        + value
        + "   "
        + count(r.recorder().steps(), "step", "steps")
        + ", "
        + count(r.switches().size(), "switch", "switches")
        + "\n";
  }

  private static String headline(long seed, Options options, int runs, String failure) {
    String which =
        options.seeds() == 1 ? "" : ", the " + ordinal(runs) + " of " + options.seeds() + ",";
    return "seed " + seed + which + " fails: " + failure;
  }

  private static String ordinal(int n) {
    int last = n % 100 / 10 == 1 ? 0 : n % 10;
    return n + (last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
  }

  private static String failure(Run shortest, Run failed) {
    Throwable t = shortest.failure() == null ? failed.failure() : shortest.failure();
    if (t == null) {
      return "";
    }
    String message = t.getMessage();
    String name = t.getClass().getSimpleName();
    return t instanceof AssertionError && message != null
        ? message
        : message == null ? name : name + ": " + message;
  }

  private static String count(int n, String one, String more) {
    return n + " " + (n == 1 ? one : more);
  }

  // ---- the trace

  static String trace(List<Recorder.Line> lines) {
    boolean[] shown = new boolean[lines.size()];
    int last = lines.size() - 1;
    boolean all = lines.size() <= MOST;
    for (int i = 0; i <= last; i++) {
      boolean near = all || i < AROUND || i > last - MOST / 3;
      shown[i] = shown[i] || near;
      if (lines.get(i).isForced()) {
        for (int j = Math.max(0, i - AROUND); j <= Math.min(last, i + AROUND); j++) {
          shown[j] = true;
        }
      }
    }
    return text(lines, shown);
  }

  private static String text(List<Recorder.Line> lines, boolean[] shown) {
    int width = lines.stream().mapToInt(l -> who(l).length()).max().orElse(0);
    StringBuilder s = new StringBuilder();
    int left = 0;
    for (int i = 0; i < shown.length; i++) {
      if (!shown[i]) {
        left++;
        continue;
      }
      if (left > 0) {
        s.append("         … ").append(count(left, "step", "steps")).append('\n');
        left = 0;
      }
      s.append(line(i + 1, lines.get(i), width)).append('\n');
    }
    return s.toString();
  }

  private static String who(Recorder.Line l) {
    return Recorder.who(l.actor(), l.lane());
  }

  private static String line(int number, Recorder.Line l, int width) {
    String text =
        String.format(
            "  %s %4d  %8s  %-" + Math.max(1, width) + "s  %s",
            l.isForced() ? "*" : " ",
            number,
            Fault.text(Duration.ofNanos(l.time())),
            who(l),
            l.did());
    return (l.isForced() ? text + "  (before " + l.instead() + ")" : text).stripTrailing();
  }

  // ---- runs that should be alike

  static Report unsteady(Run failed, Run again, Run third) {
    String fails = again.hasFailed() ? "fails otherwise" : "doesn't fail";
    String seed = String.valueOf(failed.seed());
    String text =
        "seed "
            + failed.seed()
            + " fails: "
            + failure(failed, failed)
            + "\n\n  but a second run of the seed "
            + fails
            + ", so this can't be repeated or shrunk\n"
            + WHY
            + "\n"
            + firstDifference(again, third);
    return new Report(text, seed, seed, -1, "");
  }

  static final String WHY =
      "  because: the test draws on something that no seed decides: another thread, the wall"
          + " clock, Math.random, UUIDs,\n"
          + "    the order of a HashMap or HashSet of objects without a hashCode, or a static that"
          + " an earlier run has changed\n"
          + "  fix: take it from the Simulation (random(), loop(name), executor(name)) and from"
          + " virtual time, or make it anew in each test";

  static String firstDifference(Run one, Run other) {
    List<Recorder.Line> a = one.recorder().lines();
    List<Recorder.Line> b = other.recorder().lines();
    int i = 0;
    while (i < a.size() && i < b.size() && a.get(i).equals(b.get(i))) {
      i++;
    }
    if (i == a.size() && i == b.size()) {
      return "  two more runs took the same " + count(i, "step", "steps");
    }
    List<String> lines = new ArrayList<>();
    lines.add("  two more runs differ first in step " + (i + 1) + ":");
    lines.add(i < a.size() ? line(i + 1, a.get(i), 1) : "    the one had ended");
    lines.add(i < b.size() ? line(i + 1, b.get(i), 1) : "    the other had ended");
    return String.join("\n", lines);
  }
}

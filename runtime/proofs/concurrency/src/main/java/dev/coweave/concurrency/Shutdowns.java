package dev.coweave.concurrency;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Races shutdowns of event loops, each with submissions of all kinds on other threads, and counts what became of these: {@code
 * Shutdowns [ROUNDS [SEED]]}.
 */
public final class Shutdowns {
  private final SplittableRandom seeds;
  private final Tally tally = new Tally();
  private int rounds;

  private Shutdowns(long seed) {
    seeds = new SplittableRandom(seed);
  }

  /** Runs rounds, and exits with 1 when one has failed. */
  public static void main(String[] args) {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : System.nanoTime();
    Shutdowns shutdowns = new Shutdowns(seed);
    long begun = System.nanoTime();
    String failed = shutdowns.race(rounds, Long.MAX_VALUE);
    System.out.printf(
        "%,d raced shutdowns from seed %d in %,d s: %s%n  %s%n",
        shutdowns.rounds,
        seed,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun),
        failed == null ? "nothing lost, nothing late, nobody hung" : failed,
        shutdowns.tally);
    System.exit(failed == null ? 0 : 1);
  }

  /** Runs rounds until one fails; gives what failed, or null. */
  static String race(long seed, int rounds, long seconds) {
    String failed = new Shutdowns(seed).race(rounds, TimeUnit.SECONDS.toNanos(seconds));
    return failed == null ? null : "seed " + seed + ", " + failed;
  }

  private String race(int most, long nanos) {
    long begun = System.nanoTime();
    try (Team team = new Team(Round.THREADS)) {
      while (rounds < most && System.nanoTime() - begun < nanos) {
        Round round = new Round(seeds.nextLong(), tally);
        List<String> errors = run(round, team);
        if (!errors.isEmpty()) {
          return "round " + rounds + " (" + round + "):\n  " + String.join("\n  ", errors);
        }
        rounds++;
        if (rounds % 50_000 == 0) {
          System.out.printf("%,d rounds%n", rounds);
        }
      }
      return lateThreads();
    }
  }

  private static List<String> run(Round round, Team team) {
    try {
      return round.run(team);
    } catch (AssertionError e) { // a thread hangs
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  /** A loop's thread that is alive though all loops have terminated; null if there is none. */
  private static String lateThreads() {
    for (Thread t : Thread.getAllStackTraces().keySet()) {
      if (t.getName().equals(Round.NAME)) {
        join(t);
        if (t.isAlive()) {
          return t + " has outlived its loop";
        }
      }
    }
    return null;
  }

  private static void join(Thread t) {
    try {
      t.join(10_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

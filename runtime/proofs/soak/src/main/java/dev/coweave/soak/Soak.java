package dev.coweave.soak;

import dev.coweave.loop.Clock;
import dev.coweave.loop.VirtualClock;
import java.time.Duration;

/** Runs what takes long or is very much. */
public final class Soak {
  private static final String USAGE =
      """
      java -jar coweave-soak.jar echo [MINUTES] [SEED]
          echo under faults, for 15 minutes if not told
      java -jar coweave-soak.jar sleepers [TASKS] [SECONDS|virtual]
          tasks asleep at once on one loop, a million of them for 10 seconds if not told
      """;

  private static final int ROUND_SECONDS = 15;

  private Soak() {}

  /**
   * Runs one of them; the status is 0 if all went well.
   *
   * @param args what, and how much
   * @throws Exception if it fails
   */
  public static void main(String[] args) throws Exception {
    String what = or("", args, 0);
    if (what.equals("echo")) {
      Duration time = Duration.ofMinutes(Integer.parseInt(or("15", args, 1)));
      exit(
          EchoSoak.run(
                  time,
                  Duration.ofSeconds(ROUND_SECONDS),
                  Long.parseLong(or("1", args, 2)),
                  System.out)
              .isEmpty());
    } else if (what.equals("sleepers")) {
      exit(sleepers(Integer.parseInt(or("1000000", args, 1)), or("10", args, 2)));
    } else {
      System.err.print(USAGE);
      System.exit(2);
    }
  }

  private static boolean sleepers(int tasks, String time) throws Exception {
    return time.equals("virtual")
        ? Sleepers.run(new VirtualClock(), tasks, Duration.ofHours(1), System.out)
        : Sleepers.run(
            Clock.system(), tasks, Duration.ofSeconds(Integer.parseInt(time)), System.out);
  }

  private static String or(String standard, String[] args, int index) {
    return index < args.length ? args[index] : standard;
  }

  private static void exit(boolean well) {
    System.exit(well ? 0 : 1);
  }
}

package dev.coweave.benchmarks.programs;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How much a loop with very many waiting tasks is disturbed: by a dump, and by nothing but being watched. */
final class Observed {
  private static final Duration OFTEN = Duration.ofMillis(1);
  private static final int DUMPS = 5;
  private static final long WATCHED = 5_000;

  private static long longest;

  private Observed() {}

  /**
   * Prints the longest time in milliseconds for which a dump stopped a loop, or the share of a core that a loop takes at rest.
   *
   * @param args what of both, and how many tasks wait
   */
  public static void main(String[] args) throws Exception {
    EventLoop loop = EventLoop.open("observed");
    int tasks = Integer.parseInt(args[1]);
    loop.start(() -> park(tasks)).get();
    System.gc(); // They have waited for long: a collection in a dump doesn't copy them.
    System.out.println(args[0].equals("dump") ? dump(loop) : watch());
    System.exit(0);
  }

  private static void park(int tasks) {
    for (int i = 0; i < tasks; i++) {
      Task.start(() -> waitForEver());
    }
  }

  @Coroutine
  private static void waitForEver() {
    Task.suspend(resumption -> {});
    throw new AssertionError();
  }

  private static double dump(EventLoop loop) throws Exception {
    loop.dump();
    loop.start(() -> tick());
    Thread.sleep(500);
    loop.start(() -> longest = 0).get();
    for (int i = 0; i < DUMPS; i++) {
      loop.dump();
    }
    return loop.start(() -> longest).get() / 1e6;
  }

  @Coroutine
  private static void tick() {
    while (true) {
      long begin = System.nanoTime();
      Task.sleep(OFTEN);
      longest = Math.max(longest, System.nanoTime() - begin - OFTEN.toNanos());
    }
  }

  private static double watch() throws InterruptedException {
    Thread.sleep(1_000);
    long before = Usage.cpu();
    Thread.sleep(WATCHED);
    return (Usage.cpu() - before) / 1e4 / WATCHED;
  }

  static List<Measured> measured() {
    List<String> jvm = List.of("-Xmx1g");
    Measured stopped =
        new Measured("dump of 100,000 tasks: loop stopped for, ms", Map.of(Measured.OURS, "≤ 30"));
    stopped.put(Measured.OURS, Child.run(jvm, Observed.class, "dump", "100000"));
    Measured watched =
        new Measured(
            "loop at rest with a million tasks, watched: % of a core",
            Map.of(Measured.OURS, "≤ 1"));
    watched.put(Measured.OURS, Child.run(jvm, Observed.class, "watch", "1000000"));
    return List.of(stopped, watched);
  }
}

package dev.coweave.benchmarks.programs;

import dev.coweave.Coroutine;
import dev.coweave.benchmarks.KotlinPrograms;
import dev.coweave.benchmarks.VirtualThreads;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Very many tasks that are all asleep at once, as a whole process. */
final class Sleepers {
  private static final Duration TIME = Duration.ofSeconds(10);

  /** The serial collector, for the heap of a parallel one is as large as it likes. */
  private static final List<String> JVM = List.of("-XX:+UseSerialGC", "-Xmx2g", "-Xmn24m");

  private Sleepers() {}

  /**
   * One way; prints the most memory that it took.
   *
   * @param args the way, and how many
   */
  public static void main(String[] args) throws Exception {
    int tasks = Integer.parseInt(args[1]);
    switch (args[0]) {
      case Measured.OURS -> EventLoop.run(() -> woven(tasks));
      case "Kotlin" -> KotlinPrograms.sleepers(tasks, TIME.toMillis());
      case "virtual threads" -> threads(tasks);
      default -> throw new IllegalArgumentException(args[0]);
    }
    System.out.println(Usage.peakMemory());
    System.exit(0);
  }

  @Coroutine
  private static void woven(int tasks) throws Exception {
    try (TaskScope scope = TaskScope.open()) {
      for (int i = 0; i < tasks; i++) {
        scope.fork(() -> Task.sleep(TIME));
      }
      scope.join();
    }
  }

  private static void threads(int tasks) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(tasks);
    for (int i = 0; i < tasks; i++) {
      VirtualThreads.start(
          () -> {
            try {
              Thread.sleep(TIME.toMillis());
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            ended.countDown();
          });
    }
    ended.await();
  }

  static List<Measured> measured(int tasks) {
    String work = String.format("%,d tasks that sleep for ten seconds, a process: ", tasks);
    Measured seconds = new Measured(work + "seconds", Map.of("Kotlin", "(ours ≤ 11)"));
    Measured memory = new Measured(work + "most memory, MB", Map.of("Kotlin", "(ours ≤ 190)"));
    for (String way : List.of(Measured.OURS, "Kotlin", "virtual threads")) {
      if (VirtualThreads.AVAILABLE || !way.equals("virtual threads")) {
        long begin = System.nanoTime();
        memory.put(way, Child.run(JVM, Sleepers.class, way, Integer.toString(tasks)));
        seconds.put(way, (System.nanoTime() - begin) / 1e9);
      }
    }
    return List.of(seconds, memory);
  }
}

package dev.coweave.samples;

import dev.coweave.Coroutine;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A program of very many tasks, for {@link PsTreeTest} to look at: for each line that it reads it says how long its loop has been kept at most. */
public final class Crowd {
  private static long longest;

  private Crowd() {}

  /** Starts as many tasks as its argument says, and goes on until its input ends. */
  @Coroutine
  public static void main(String[] args) throws IOException {
    Channel<String> never = new Channel<>(0);
    try (TaskScope scope = TaskScope.open()) {
      for (int i = Integer.parseInt(args[0]); i > 0; i--) {
        scope.fork(() -> wait(never));
      }
      scope.fork("ticker", () -> tick());
      Task.yield(); // now all of them wait
      System.out.println("parked");
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      longest = 0;
      while (Task.blocking(in::readLine) != null) {
        System.out.println(longest / 1_000_000);
        longest = 0;
      }
      scope.cancel();
    }
  }

  /** Sees by the lateness of its own turns how long others kept the loop. */
  @Coroutine
  private static void tick() {
    long last = System.nanoTime();
    while (true) {
      Task.sleep(Duration.ofMillis(1));
      long now = System.nanoTime();
      longest = Math.max(longest, now - last);
      last = now;
    }
  }

  @Coroutine
  private static int wait(Channel<String> never) {
    String text = never.receive();
    return text.length();
  }
}

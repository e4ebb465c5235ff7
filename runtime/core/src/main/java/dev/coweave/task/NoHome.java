package dev.coweave.task;

import dev.coweave.coroutine.Settings;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Where code goes on that has no home, if one of the runtime's threads has woken it: in an executor, which the program may choose. */
public final class NoHome {
  private static final Executor JDKS = new CompletableFuture<Void>().defaultExecutor();

  private static volatile Executor executor = Objects.requireNonNullElse(chosen(), JDKS);

  private NoHome() {}

  private static @Nullable Executor chosen() {
    String name = Settings.EXECUTOR;
    if (name.isEmpty()) {
      return null;
    }
    try {
      return (Executor)
          Class.forName(name, true, ClassLoader.getSystemClassLoader())
              .getConstructor()
              .newInstance();
    } catch (Throwable t) {
      String why =
          "the name of a public class with a constructor without parameters that implements"
              + " Executor";
      Settings.bad(
          "coweave.executor", name, why + " (" + t + ")", "CompletableFuture's default executor");
      return null;
    }
  }

  /**
   * Chooses the executor; null for the JDK's choice.
   *
   * @param chosen any that doesn't run its jobs on the thread that brings them
   */
  public static void set(@Nullable Executor chosen) {
    executor = chosen == null ? JDKS : chosen;
  }

  /** The executor as it is now. */
  static Executor executor() {
    return executor;
  }

  /** Runs a job away from this thread, which is one of the runtime's. */
  static void execute(Runnable job) {
    Executor e = executor;
    if (e != JDKS) {
      try {
        e.execute(new Elsewhere(job));
        return;
      } catch (Throwable t) {
        RuntimeLog.error(
            "the executor of code that has no home failed: the JDK's takes its job", t);
      }
    }
    JDKS.execute(job);
  }

  /** Whatever the executor does, the job doesn't run on one of the runtime's threads. */
  private record Elsewhere(Runnable job) implements Runnable {
    @Override
    public void run() {
      if (ServiceThreads.isHere()) {
        JDKS.execute(job);
      } else {
        job.run();
      }
    }
  }
}

package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An application that has a runtime of its own and runs no loop, while the flight recorder runs, which keeps who listens to it. */
class UndeployRecordedTest {
  /** The application. */
  public static final class Application implements Callable<String> {
    @Override
    public String call() throws Exception {
      ExecutorService pool = Executors.newSingleThreadExecutor();
      try {
        return Task.start(pool, () -> slowly("used")).get();
      } finally {
        pool.shutdown();
      }
    }

    @Coroutine
    private static String slowly(String s) {
      Task.sleep(Duration.ofMillis(1));
      return s;
    }
  }

  /** The server. */
  public static final class Server {
    private static WeakReference<ClassLoader> deployAndUndeploy() throws Exception {
      URL[] places = {place(Application.class), place(Task.class)};
      URLClassLoader loader = new URLClassLoader(places, ClassLoader.getPlatformClassLoader());
      Class<?> type = loader.loadClass(Application.class.getName());
      System.out.println(((Callable<?>) type.getConstructor().newInstance()).call());
      return new WeakReference<>(loader);
    }

    private static URL place(Class<?> c) {
      return c.getProtectionDomain().getCodeSource().getLocation();
    }

    public static void main(String[] args) throws Exception {
      WeakReference<ClassLoader> loader = deployAndUndeploy();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (loader.get() != null && System.nanoTime() < deadline) {
        System.gc();
        Thread.sleep(20);
      }
      System.out.println(loader.get() == null ? "unloaded" : "held");
    }
  }

  @Test
  void itIsUnloadedAllTheSame() throws Exception {
    String out =
        OwnJvm.output(
            0,
            Server.class,
            "-XX:StartFlightRecording=settings=none,disk=false",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1");
    assertTrue(out.matches("(?s).*used\\Runloaded\\R.*"), out);
  }
}

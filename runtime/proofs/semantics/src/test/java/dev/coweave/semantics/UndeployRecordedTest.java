package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  /** Has each of its threads run a task. */
  public static final class ManyThreads {
    public static void main(String[] args) throws Exception {
      List<WeakReference<Thread>> all = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        Thread t = new Thread(ManyThreads::runsATask);
        t.start();
        t.join();
        all.add(new WeakReference<>(t));
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      long kept = all.size();
      while (kept > all.size() / 10 && System.nanoTime() < deadline) {
        System.gc();
        Thread.sleep(20);
        kept = all.stream().filter(r -> r.get() != null).count();
      }
      System.out.println(kept > all.size() / 10 ? "kept " + kept : "gone");
    }

    private static void runsATask() {
      try {
        EventLoop.run(() -> Task.sleep(Duration.ofNanos(1)));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** No event of the recording's asks for samples, which would find them. */
  @Test
  void threadsThatHaveDied_areForgotten() throws Exception {
    String out =
        OwnJvm.output(0, ManyThreads.class, "-XX:StartFlightRecording=settings=none,disk=false");
    assertTrue(out.endsWith("gone\n"), out);
  }
}

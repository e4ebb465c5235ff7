package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Settings;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.ServiceThreads;
import dev.coweave.task.Task;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Applications that are deployed, used and undeployed, in a class loader each: nothing keeps that. */
class UndeployTest {
  /** An application: each use is one way to have something of it held. Loaded anew by each loader. */
  public static final class Application implements Callable<String> {
    private static final Thread.UncaughtExceptionHandler NOBODY = (t, e) -> {};

    private static final ThreadLocal<Application> LEFT = new ThreadLocal<>();

    /** Kept by a static field, as by a registry of the application's. */
    private static Object kept;

    private final boolean keepsAFailure;

    public Application(Boolean keepsAFailure) {
      this.keepsAFailure = keepsAFailure;
    }

    @Override
    public String call() throws Exception {
      InheritableThreadLocal<Application> inherited = new InheritableThreadLocal<>();
      inherited.set(this);
      Thread.currentThread().setUncaughtExceptionHandler(NOBODY);
      waits();
      EventLoop.run(() -> waits());
      afterAll().get(300, TimeUnit.SECONDS);
      if (keepsAFailure) {
        kept =
            Task.start(
                Runnable::run,
                () -> {
                  throw new IllegalStateException("nobody asks");
                });
      }
      try (EventLoop loop = EventLoop.open("application")) {
        loop.start(() -> waits()).get();
        awaitBean();
      }
      return "used";
    }

    /** By which {@code pstree} finds a runtime in an application's loader. */
    private static void awaitBean() throws Exception {
      String loader =
          Integer.toHexString(System.identityHashCode(Application.class.getClassLoader()));
      ObjectName name = new ObjectName("dev.coweave:type=TaskTree,loader=" + loader);
      for (MBeanServer server : MBeanServerFactory.findMBeanServer(null)) {
        while (Settings.BELOW && !server.isRegistered(name)) {
          Thread.onSpinWait();
        }
      }
    }

    @Coroutine
    private static void waits() {
      Task.sleep(Duration.ofMillis(1));
      Task.blocking(() -> leavesSomethingBehind());
    }

    private static int leavesSomethingBehind() {
      LEFT.set(new Application(false));
      return 1;
    }

    @Coroutine
    private static CompletableFuture<String> afterAll() throws IOException {
      Task.sleep(Duration.ofMillis(1));
      Task.blocking(() -> null);
      Task.blocking(Runnable::run, () -> null);
      return CompletableFuture.completedFuture("");
    }
  }

  /** Defines the application anew; and the runtime, if it isn't shared. */
  private static final class Loader extends URLClassLoader {
    private final boolean sharesRuntime;

    Loader(boolean sharesRuntime, URL... places) {
      super(places, UndeployTest.class.getClassLoader());
      this.sharesRuntime = sharesRuntime;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      boolean application = name.contains("UndeployTest$Application");
      if (!application && (sharesRuntime || !name.startsWith("dev.coweave."))) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> c = findLoadedClass(name);
        return c == null ? findClass(name) : c;
      }
    }

    @Override
    public URL getResource(String name) {
      return sharesRuntime ? super.getResource(name) : findResource(name);
    }

    @Override
    public java.util.Enumeration<URL> getResources(String name) throws IOException {
      return sharesRuntime ? super.getResources(name) : findResources(name);
    }
  }

  private static URL place(Class<?> c) {
    return c.getProtectionDomain().getCodeSource().getLocation();
  }

  private static WeakReference<ClassLoader> deployAndUndeploy(
      boolean sharesRuntime, boolean keepsAFailure, boolean end) throws Exception {
    try (Loader loader = new Loader(sharesRuntime, place(UndeployTest.class), place(Task.class))) {
      Class<?> type = loader.loadClass(Application.class.getName());
      assertEquals(loader, type.getClassLoader());
      Callable<?> application =
          (Callable<?>) type.getConstructor(Boolean.class).newInstance(keepsAFailure);
      CompletableFuture<Object> used = new CompletableFuture<>();
      Thread user =
          new Thread(
              new ThreadGroup("application"),
              () -> {
                try {
                  used.complete(application.call());
                } catch (Throwable t) {
                  used.completeExceptionally(t);
                }
              });
      user.setContextClassLoader(loader);
      user.start();
      assertEquals("used", used.get(300, TimeUnit.SECONDS));
      user.join();
      if (end) {
        loader.loadClass(ServiceThreads.class.getName()).getMethod("end").invoke(null);
      }
      return new WeakReference<>(loader);
    }
  }

  private static void assertUnloaded(boolean sharesRuntime, boolean keepsAFailure, boolean end)
      throws Exception {
    List<WeakReference<ClassLoader>> old = new ArrayList<>();
    // Closed before they are looked for: who keeps a failure that was reported keeps its classes.
    try (Reports reports = new Reports()) {
      for (int i = 0; i < 3; i++) {
        old.add(deployAndUndeploy(sharesRuntime, keepsAFailure, end));
      }
      if (keepsAFailure) {
        assertEquals(3, reports.await("nobody asked for its outcome").size());
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (old.stream().anyMatch(r -> r.get() != null) && System.nanoTime() < deadline) {
      System.gc();
      Thread.sleep(20);
    }
    assertTrue(old.stream().allMatch(r -> r.refersTo(null)), "a loader is still held");
  }

  @BeforeAll
  static void makeAServerOfBeans() {
    assertFalse(ManagementFactory.getPlatformMBeanServer().getMBeanCount() == 0);
  }

  @Test
  void theRuntimeInTheApplicationsLoader_isUnloadedWithIt() throws Exception {
    assertUnloaded(false, false, false);
  }

  @Test
  void theRuntimeInTheApplicationsLoader_canBeEndedAtOnce() throws Exception {
    assertUnloaded(false, false, true);
    assertUnloaded(false, true, true);
  }

  @Test
  void aSharedRuntime_holdsNobodysLoader() throws Exception {
    // Others keep the runtime's threads busy, so that they don't end.
    Task<Void> busy =
        Task.start(
            Runnable::run,
            () -> {
              while (true) {
                Task.sleep(Duration.ofMillis(20));
                Task.blocking(() -> null);
              }
            });
    try {
      assertUnloaded(true, false, false);
      // A failure that nobody has asked for is the runtime's to report, until it is told to end.
      assertUnloaded(true, true, true);
    } finally {
      busy.cancel(false);
    }
  }
}

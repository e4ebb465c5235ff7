package dev.coweave.loop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Knows by their names the threads of libraries that may not be blocked, for programs without {@code coweave-integrations}, whose homes know more: a
 * wait there would hang the library, silently. Asked only when a thread is about to wait.
 */
final class ForeignLoops {
  private ForeignLoops() {}

  /** Whose loop a thread is; null if it may be blocked, as far as is known. */
  static @Nullable String ofThread(Thread thread) {
    Class<?> c = thread.getClass();
    while (c != null && c != Thread.class) {
      if (isNonBlocking(c)) {
        return "a thread of Reactor's that may not be blocked";
      }
      switch (c.getName()) {
        case "io.vertx.core.impl.VertxThread" -> {
          return Boolean.FALSE.equals(call(c, "isWorker", thread)) ? "Vert.x's event loop" : null;
        }
        case "io.netty.util.concurrent.FastThreadLocalThread" -> {
          return runsNettysLoop(c.getClassLoader()) ? "Netty's event loop" : null;
        }
        default -> c = c.getSuperclass();
      }
    }
    return null;
  }

  /** Whether it or an interface of it is Reactor's mark; a superclass is not looked at. */
  private static boolean isNonBlocking(Class<?> c) {
    return c.getName().equals("reactor.core.scheduler.NonBlocking")
        || Arrays.stream(c.getInterfaces()).anyMatch(ForeignLoops::isNonBlocking);
  }

  /** Netty's other executors, whose threads are of the same class, may be blocked. */
  private static boolean runsNettysLoop(@Nullable ClassLoader netty) {
    try {
      Object executor =
          call(
              Class.forName("io.netty.util.internal.ThreadExecutorMap", true, netty),
              "currentExecutor",
              null);
      return Class.forName("io.netty.channel.EventLoop", false, netty).isInstance(executor);
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  private static @Nullable Object call(Class<?> c, String method, @Nullable Object on) {
    try {
      return c.getMethod(method).invoke(on);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null; // It is not known.
    }
  }
}

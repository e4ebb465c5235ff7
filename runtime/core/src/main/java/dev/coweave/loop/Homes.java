package dev.coweave.loop;

import dev.coweave.task.Home;
import dev.coweave.task.NoHome;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Says what home the calling thread is: where an async method that is called there goes on after each wait, and whether a plain call may block
 * there. A service: found by {@link java.util.ServiceLoader} in the runtime's own class loader, once; others register.
 *
 * <pre>{@code
 * Homes.Registration r = Homes.register(() -> GameThread.isHere() ? GameThread.HOME : null);
 * …
 * r.close();                                        // as the game's plugin is unloaded
 * }</pre>
 *
 * <p>Those registered are asked first, the latest before the others; then the services, in the order in which they are listed; then Swing's,
 * which is built in. The first that knows the thread decides. They are asked where plain code calls a coroutine, and not while one runs: on a
 * loop's thread, or within a task, that is the home. Thread-safe.
 */
@FunctionalInterface
public interface Homes {
  /**
   * Returns the home that the calling thread is. Called often, on any thread: must be cheap, and must not block. An exception is reported once, and
   * counts as null.
   *
   * @return null if it isn't one that this knows
   */
  @Nullable Home home();

  /** Takes back what {@link #register} did. Thread-safe. */
  interface Registration extends AutoCloseable {
    /** It is not asked any more; tasks that have their home from it keep that. Does nothing if it has been closed. */
    @Override
    void close();
  }

  /**
   * Adds one that knows threads.
   *
   * @param homes asked before all that are there now
   * @return what takes it back
   */
  static Registration register(Homes homes) {
    return HomeLookup.register(Objects.requireNonNull(homes, "homes"));
  }

  /** Returns the home that the calling thread is: the event loop that runs on it, or the answer of one of the registered or listed; null for none. */
  static @Nullable Home current() {
    return HomeLookup.current();
  }

  /**
   * Chooses where async methods go on that were called outside any home, when one of the runtime's own threads has woken them: by the end of
   * a sleep, for example. Unless this is called it is the executor that the system property {@code coweave.executor} names by its class, or
   * {@code CompletableFuture}'s default executor.
   *
   * @param executor any that doesn't run its jobs on the thread which brings them; null for {@code CompletableFuture}'s
   */
  static void setDefaultExecutor(@Nullable Executor executor) {
    NoHome.set(executor);
  }
}

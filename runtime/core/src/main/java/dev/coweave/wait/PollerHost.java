package dev.coweave.wait;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A thread that sleeps in a {@link Poller}: a loop's, or the one on which the tasks of executors wait for channels. */
public interface PollerHost {
  /** A continuation whose tasks run on a host's thread. */
  interface Guest {
    /** Where its tasks wait for channels. */
    PollerHost host();
  }

  /** Runs something on the host's thread: now if this is it, else as soon as it can. Any thread. */
  void control(Runnable action);

  /** Its poller, opened at the first call. On the host's thread. */
  Poller poller() throws IOException;

  /** Its poller if there is one. On the host's thread. */
  @Nullable Poller pollerIfAny();

  /**
   * Returns what its tasks use in place of a default of another module, such as a simulated network. On the host's thread.
   *
   * @return null if it is the default
   */
  default <T> @Nullable T substitute(Class<T> type) {
    return null;
  }

  /**
   * Lets its tasks use something in place of a default of another module, from now on. On the host's thread.
   *
   * @param type by what it is found
   * @param with what they use
   */
  default <T> void substitute(Class<T> type, T with) {
    throw new UnsupportedOperationException("the tasks of executors share the default");
  }
}

package dev.coweave.loop;

import dev.coweave.wait.Poller;
import dev.coweave.wait.PollerHost;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The channels for which the tasks of a loop wait, and what these use in place of the defaults of other modules. */
final class LoopChannels implements PollerHost {
  private final Executor thread;

  /** Made at the first wait for a channel. */
  private @Nullable Poller poller;

  private Map<Class<?>, Object> substitutes = Map.of();

  /**
   * None yet.
   *
   * @param thread runs something on the loop's thread: now if this is it, else as soon as it can
   */
  LoopChannels(Executor thread) {
    this.thread = thread;
  }

  @Override
  public void control(Runnable action) {
    thread.execute(action);
  }

  @Override
  public @Nullable Poller pollerIfAny() {
    return poller;
  }

  @Override
  public Poller poller() throws IOException {
    Poller p = poller;
    if (p == null) {
      p = new Poller(this);
      poller = p;
    }
    return p;
  }

  /** The poller that the thread's sleep has to heed too; null if no task waits for a channel. */
  @Nullable Poller waitedPoller() {
    Poller p = poller;
    return p != null && !p.isIdle() ? p : null;
  }

  /** How many tasks wait. Any thread: right for some moment. */
  int waits() {
    Poller p = poller;
    return p == null ? 0 : p.waits();
  }

  void end() {
    if (poller != null) {
      poller.end();
      poller = null;
    }
  }

  @Override
  public <T> @Nullable T substitute(Class<T> type) {
    return type.cast(substitutes.get(type));
  }

  @Override
  public <T> void substitute(Class<T> type, T with) {
    Map<Class<?>, Object> more = new HashMap<>(substitutes);
    more.put(type, with);
    substitutes = more;
  }
}

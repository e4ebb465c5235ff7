package dev.coweave.task;

import java.util.concurrent.Executor;

/**
 * A place where tasks have their turns: an event loop, or a thread that belongs to somebody else, such as Swing's. As an executor it runs jobs
 * there, later: never within {@link #execute}, which doesn't block either.
 *
 * <pre>{@code
 * Home gui = Homes.current();                 // on Swing's thread
 * Task.start(gui, () -> { label.setText(await(loading)); });
 * }</pre>
 *
 * <p>Implementations are thread-safe, and say in {@code toString} how messages name them.
 */
public interface Home extends Executor {
  /** Whether the calling thread is this home's. Cheap. */
  boolean isHere();

  /**
   * Whether its thread may wait for something. Where it may not, a plain call of a suspending method that would have to wait throws {@link
   * IllegalStateException}; see the system property {@code coweave.nonBlocking}.
   *
   * @return false unless overridden
   */
  default boolean mayBlock() {
    return false;
  }
}

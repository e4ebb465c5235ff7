package dev.coweave.task;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A variable of which each task has its own value. A task starts with the values of the task that starts it; what either sets
 * later, the other doesn't see. Thread-safe.
 *
 * @param <T> the type of the value
 */
public final class TaskLocal<T extends @Nullable Object> {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** How {@link Locals} finds it: no two have the same, until four thousand million have been made. */
  final int number = NUMBERS.getAndIncrement();

  /** A variable that is null in each task. */
  public TaskLocal() {}

  /** Its value in the current task; null where none was set, and outside tasks. */
  @SuppressWarnings("unchecked")
  public @Nullable T get() {
    TaskContinuation here = TaskContinuation.here();
    Task<?> t = here == null ? null : here.current;
    TaskDetails d = t == null ? null : t.detailsIfAny();
    Locals found = d == null ? null : Locals.find(d.locals, this);
    return found == null ? null : (T) found.value();
  }

  /**
   * Sets its value in the current task.
   *
   * @param value may be null
   * @throws IllegalStateException outside tasks
   */
  public void set(T value) {
    TaskDetails d = Task.current().details();
    d.locals = Locals.with(d.locals, this, value);
  }
}

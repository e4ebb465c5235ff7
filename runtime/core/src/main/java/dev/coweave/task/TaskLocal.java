package dev.coweave.task;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A variable of which each task has its own value. A task starts with the values of the task that starts it; what either sets
 * later, the other doesn't see. Thread-safe.
 *
 * @param <T> the type of the value
 */
@Stamp(abi = Stamp.ABI)
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
    TaskState<?> t = here == null ? null : here.localsHolder();
    TaskDetails d = t == null ? null : t.detailsIfAny();
    Locals found = d == null ? null : Locals.find(d.locals, this, number);
    return found == null ? null : (T) found.value();
  }

  /**
   * Runs a body with another value, and restores the one before; Python's {@code ContextVar.set} and {@code reset}, kotlinx's
   * {@code withContext(threadLocal.asContextElement(value))}. The body runs in this task. It may not yield to an async generator around: the
   * consumer would see the value.
   *
   * <pre>{@code
   * Receipt r = USER.where(user, () -> shop.order(cart));
   * }</pre>
   *
   * @param value may be null
   * @param body what to run
   * @param <R> the type of its result
   * @return its result; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public <R extends @Nullable Object> R where(T value, CoroutineCallable<R> body) {
    return PlainCall.run(LocalScope.OPERATION, c -> where(value, body, c));
  }

  /**
   * The twin of {@link #where(Object, CoroutineCallable)}; not for users.
   *
   * @hidden
   */
  public <R extends @Nullable Object> R where(T value, CoroutineCallable<R> body, Continuation c) {
    return new LocalScope<>(this, get()).call(value, body, c);
  }

  /**
   * Sets its value in the current task.
   *
   * @param value may be null
   * @throws IllegalStateException outside tasks
   */
  public void set(T value) {
    TaskDetails d = Task.current().details();
    d.locals = Locals.with(d.locals, this, number, value);
  }
}

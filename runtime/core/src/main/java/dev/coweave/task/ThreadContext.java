package dev.coweave.task;

import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * A context that a library keeps in a {@link ThreadLocal}, such as SLF4J's MDC or OpenTelemetry's current span, made to follow tasks.
 *
 * <p>A task starts with what the thread has that starts it. At each of its turns it finds what it left at the last, and then the thread gets
 * back its own; so tasks that share a thread never see each other's. The call of {@link Task#blocking} sees the task's too, on its worker; what
 * it changes there is dropped. An async method has its own from its first step on. A plain call of a suspending method is as any call: what it
 * changes stays changed.
 *
 * <pre>{@code
 * public final class MdcContext implements ThreadContext<Map<String, String>> {
 *   @Override public Map<String, String> get() { return MDC.getCopyOfContextMap(); }
 *   @Override public void set(Map<String, String> map) { if (map == null) MDC.clear(); else MDC.setContextMap(map); }
 * }
 * }</pre>
 *
 * <p>Implementations are found by {@link ServiceLoader}, once, when the first task starts, among what the runtime's class loader sees: their
 * names stand in {@code META-INF/services/dev.coweave.task.ThreadContext}, or in the {@code provides} of a module. Where there is none, tasks
 * cost nothing more; each costs two calls of {@link #get} and two of {@link #set} a turn. They are called on any thread, on several at once, and
 * must not use coroutines. The first time that one throws is reported to the logger {@code dev.coweave}; tasks go on, and a {@code get} that
 * throws counts as null.
 *
 * @param <S> what the library keeps; immutable, or a copy
 */
public interface ThreadContext<S> {
  /**
   * Whether there is anything to follow: the library that keeps the context is there. Asked once; where it says no, tasks cost nothing more.
   *
   * @return true unless overridden
   */
  default boolean isUsed() {
    return true;
  }

  /** Returns the calling thread's present value; null for none. */
  @Nullable S get();

  /**
   * Puts another context on the calling thread, in place of all that it has.
   *
   * @param context what {@link #get} returned on some thread; null for none
   */
  void set(@Nullable S context);
}

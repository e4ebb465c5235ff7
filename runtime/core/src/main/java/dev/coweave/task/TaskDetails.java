package dev.coweave.task;

import dev.coweave.coroutine.Frame;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What only few tasks need, apart from them so that a task is small. */
final class TaskDetails {
  private static final AtomicLong NUMBERS = new AtomicLong();

  /** An outcome that somebody else than the body wants. */
  record Requested(@Nullable Object value, @Nullable Throwable failure) {}

  /** What it was called at its start, or when somebody first asked. */
  private volatile @Nullable String name;

  /** The values of its {@link TaskLocal}s; an immutable map, shared with its children. Touched by the task's turns only. */
  @Nullable Locals locals;

  /** What the {@link ThreadContext}s keep for it between its turns. Touched by these only. */
  @Nullable Contexts contexts;

  /** The innermost cancel scope that its run is in. Written by the task's turns only. */
  @Nullable CancelScope scope;

  /** The innermost async generator or scope that its calls are inside of, while it is parked; see {@code Continuation.within}. */
  @Nullable Frame inside;

  /** How many {@link TaskScope}s it has open; and while it has any, the failure that it was given last. By its own turns only. */
  int scopes;

  @Nullable Throwable given;

  /** What reports its failure unless somebody observes it. */
  volatile Unobserved.@Nullable Report report;

  /** Guarded by this. */
  private @Nullable Requested requested;

  TaskDetails(@Nullable String name, @Nullable Locals locals, @Nullable Contexts contexts) {
    this.name = name;
    this.locals = locals;
    this.contexts = contexts;
  }

  String name() {
    String n = name;
    return n == null ? number() : n;
  }

  private synchronized String number() {
    String n = name;
    if (n == null) {
      n = "task-" + NUMBERS.incrementAndGet();
      name = n;
    }
    return n;
  }

  synchronized boolean request(Requested outcome) {
    if (requested != null) {
      return false;
    }
    requested = outcome;
    return true;
  }

  synchronized @Nullable Requested requested() {
    return requested;
  }
}

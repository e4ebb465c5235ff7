package dev.coweave.task;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What only few tasks need, apart from them so that a task is small. */
final class TaskDetails {
  /** An outcome that somebody else than the body wants. */
  record Requested(@Nullable Object value, @Nullable Throwable failure) {}

  /** The values of its {@link TaskLocal}s; an immutable map, shared with its children. Touched by the task's turns only. */
  @Nullable Locals locals;

  /** The innermost cancel scope that its run is in. Written by the task's turns only. */
  @Nullable CancelScope scope;

  /** How many {@link TaskScope}s it has open; and while it has any, the failure that it was given last. By its own turns only. */
  int scopes;

  @Nullable Throwable given;

  /** What reports its failure unless somebody observes it. */
  volatile Unobserved.@Nullable Report report;

  private final AtomicReference<@Nullable Requested> requested = new AtomicReference<>();

  TaskDetails(@Nullable Locals locals) {
    this.locals = locals;
  }

  boolean request(Requested outcome) {
    return requested.compareAndSet(null, outcome);
  }

  @Nullable Requested requested() {
    return requested.get();
  }
}

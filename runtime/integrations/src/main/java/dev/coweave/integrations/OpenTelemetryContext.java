package dev.coweave.integrations;

import dev.coweave.task.ThreadContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import org.jspecify.annotations.Nullable;

/**
 * Makes OpenTelemetry's current context follow tasks, its span and baggage with it: a span that a task has made current is the parent of those that
 * it begins after a wait, and a child task's are its children. Found as a service.
 */
public final class OpenTelemetryContext implements ThreadContext<Context> {
  /** For the service loader. */
  public OpenTelemetryContext() {}

  @Override
  public boolean isUsed() {
    return Libraries.have("io.opentelemetry.context.ContextStorage");
  }

  @Override
  public @Nullable Context get() {
    return ContextStorage.get().current();
  }

  /** The scopes that this opens aren't closed: each turn ends with the thread's own context, and a task's may end on another thread. */
  @Override
  @SuppressWarnings("MustBeClosedChecker")
  public void set(@Nullable Context context) {
    ContextStorage.get().attach(context == null ? Context.root() : context);
  }
}

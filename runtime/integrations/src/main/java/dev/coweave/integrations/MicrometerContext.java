package dev.coweave.integrations;

import dev.coweave.task.ThreadContext;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes all follow tasks that Micrometer's context propagation knows: whatever has a {@code ThreadLocalAccessor} in the global {@code
 * ContextRegistry}, such as Micrometer's observations. Found as a service.
 */
public final class MicrometerContext implements ThreadContext<ContextSnapshot> {
  /** For the service loader. */
  public MicrometerContext() {}

  @Override
  public boolean isUsed() {
    return Libraries.have("io.micrometer.context.ContextSnapshotFactory");
  }

  @Override
  public ContextSnapshot get() {
    return Snapshots.OF_ALL.captureAll();
  }

  /** The scopes that this opens aren't closed: what they would restore, the next turn sets. */
  @Override
  @SuppressWarnings("MustBeClosedChecker")
  public void set(@Nullable ContextSnapshot context) {
    (context == null ? Snapshots.OF_ALL.captureFrom() : context).setThreadLocals();
  }

  /** Loaded where Micrometer is there. */
  private static final class Snapshots {
    /** What a snapshot lacks, it clears. */
    static final ContextSnapshotFactory OF_ALL =
        ContextSnapshotFactory.builder().clearMissing(true).build();
  }
}

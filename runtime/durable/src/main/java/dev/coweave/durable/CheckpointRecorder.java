package dev.coweave.durable;

import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/** Tells the flight recorder of checkpoints, if this JVM has one and it runs. */
final class CheckpointRecorder {
  private static final boolean EXISTS = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private CheckpointRecorder() {}

  /** The event of a checkpoint that begins; null while nothing is recorded. An Object, for its class needs the recorder's. */
  static @Nullable Object begin() {
    // Asking doesn't start the recorder; the event's class would.
    return EXISTS && FlightRecorder.isInitialized() ? CheckpointEvent.begun() : null;
  }

  static void end(Object begun, String run, int characters, boolean keep) {
    ((CheckpointEvent) begun).end(run, characters, keep);
  }
}

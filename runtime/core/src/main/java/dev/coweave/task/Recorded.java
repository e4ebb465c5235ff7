package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/** What is noted of a task while it is recorded. By its own turns only. */
final class Recorded {
  final RecordedEvents.TaskEvent task = new RecordedEvents.TaskEvent();

  /** The wait that it is in; null while it runs or pauses. */
  RecordedEvents.@Nullable WaitEvent wait;
}

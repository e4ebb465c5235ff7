package dev.coweave.loop;

import dev.coweave.task.Scheduler;
import dev.coweave.task.TaskState;
import org.jspecify.annotations.Nullable;

/** A loop as its watchdog and its figures see it. Any thread: each answer is right for some moment. */
interface Watched extends Scheduler {
  boolean isRunning();

  /** Whether somebody else says what runs next, and watches over it. */
  boolean isStepped();

  /** Whether a step that doesn't end keeps others from running, be they yet to be handed in. */
  boolean isShared();

  /** How its thread moves on. */
  Pulse pulse();

  /** The task whose turn it is. */
  @Nullable TaskState<?> running();

  int readyNow();

  int timersNow();

  int workersNow();

  /** How many tasks wait for channels. */
  int channelsNow();

  /** How much other threads have handed in that the loop hasn't taken. */
  int handedIn();

  /** Some time has passed. On the watchdog's thread. */
  void tick();
}

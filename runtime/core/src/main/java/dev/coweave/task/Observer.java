package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * Is told what tasks do while somebody records it. Where nobody does there is none, and a turn costs two looks at a static field.
 *
 * @hidden
 */
public abstract class Observer {
  // Apart from Recording, which needs jdk.jfr and knows all of this package: this class is always
  // there, is used by all, and knows nobody.

  /** By name, so that nothing here depends on it. */
  private static final String RECORDING = Observer.class.getPackageName() + ".Recording";

  /** Null while nothing is recorded. */
  private static volatile @Nullable Observer active;

  /** The one that listens, once somebody looked; null too where there is no jdk.jfr, or it can't be used. */
  private static volatile @Nullable Observer recording;

  private static volatile boolean impossible;

  Observer() {}

  /** Who is to be told now. */
  static @Nullable Observer active() {
    return active;
  }

  static void activate(@Nullable Observer observer) {
    active = observer;
  }

  /**
   * Looks whether the flight recorder has been started. Cheap: it isn't started by this, nor is more than one class of it loaded. Called when a loop
   * starts, by the watchdog, and for each task of an executor.
   */
  public static void look() {
    if (impossible) {
      return;
    }
    try {
      Observer r = recording;
      if (r == null) {
        r = (Observer) Class.forName(RECORDING).getDeclaredConstructor().newInstance();
        recording = r;
      }
      r.listen();
    } catch (ReflectiveOperationException | LinkageError | RuntimeException e) {
      impossible = true;
    }
  }

  /** Hears no more of the recorder, which would keep the class loader of this runtime, until somebody looks again. */
  public static void retire() {
    Observer r = recording;
    if (r != null && !impossible) {
      r.leave();
    }
  }

  /** Hears of recordings from now on, if the recorder has been started. Throws where that can't be. */
  abstract void listen();

  /** Hears of none any more. */
  abstract void leave();

  /** A step of a task begins. On its thread; steps nest where an async method is called. Never throws. */
  abstract void begins(TaskFuture<?> task);

  /** That step is over: the task waits, pauses, or has ended. */
  abstract void ends(TaskFuture<?> task);

  /** The task has its outcome: a failure, or none. */
  abstract void done(TaskFuture<?> task, @Nullable Throwable failure);

  /** The task, or a scope of it, is cancelled. Any thread. */
  abstract void cancelled(TaskFuture<?> task);
}

package dev.coweave.loop;

import dev.coweave.task.TaskState;

/** What another thread hands to a loop. Immutable. */
sealed interface Handed {
  /** What the loop does with each kind. */
  interface Receiver {
    /** A task starts. */
    void begins(TaskState<?> task);

    /** A task's wait has ended. */
    void ready(TaskState<?> task);

    /** There is another job; shutdownNow may have taken it away. */
    void job();

    /** Somebody wants to know when nothing is left. */
    void whenEmpty(Runnable action);
  }

  /** Hands it over. On the loop's thread. */
  void to(Receiver loop);

  /** See {@link Receiver#begins}. */
  record Begin(TaskState<?> task) implements Handed {
    @Override
    public void to(Receiver loop) {
      loop.begins(task);
    }
  }

  /** See {@link Receiver#ready}. */
  record Ready(TaskState<?> task) implements Handed {
    @Override
    public void to(Receiver loop) {
      loop.ready(task);
    }
  }

  /** See {@link Receiver#whenEmpty}. */
  record WhenEmpty(Runnable action) implements Handed {
    @Override
    public void to(Receiver loop) {
      loop.whenEmpty(action);
    }
  }

  /** Something that the loop's thread does for another, as soon as it can; nothing that a loop stays for. */
  record Control(Runnable action) implements Handed {
    @Override
    public void to(Receiver loop) {
      action.run();
    }
  }

  /** Stands for the oldest of the {@link Inbox}'s jobs: see {@link Receiver#job}. */
  enum Job implements Handed {
    /** One for each. */
    MARK;

    @Override
    public void to(Receiver loop) {
      loop.job();
    }
  }
}

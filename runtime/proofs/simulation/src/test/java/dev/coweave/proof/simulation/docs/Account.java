package dev.coweave.proof.simulation.docs;

import dev.coweave.Coroutine;
import dev.coweave.sync.Held;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import java.time.Duration;

/** What docs/testing.md tests. */
class Account {
  protected int balance = 100;

  @Coroutine
  boolean withdraw(int amount) {
    if (balance < amount) {
      return false;
    }
    audit(amount);
    balance -= amount;
    return true;
  }

  @Coroutine
  void audit(int amount) {
    Task.sleep(Duration.ofMillis(1)); // writes a log somewhere
  }

  /** Mended. */
  static class Locked extends Account {
    private final Mutex lock = new Mutex();

    @Coroutine
    @Override
    boolean withdraw(int amount) {
      try (Held held = lock.hold()) {
        return super.withdraw(amount);
      }
    }
  }
}

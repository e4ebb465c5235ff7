package dev.coweave.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.task.TaskState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A loop takes what was there: others that hand in as fast as it takes don't keep its timers waiting. */
class InboxTest {
  private static final int MANY = 1000;

  private final List<Integer> done = new ArrayList<>();

  @Test
  void whatComesMeanwhile_waitsForTheNextTime() {
    Inbox inbox = new Inbox(() -> {});
    handInAgain(inbox, 0);
    inbox.put(new Inbox.Handed.Control(() -> done.add(-1)));
    inbox.take(NOBODY);
    assertEquals(List.of(0, -1), done);
    assertTrue(inbox.isFilled());
    inbox.take(NOBODY);
    assertEquals(List.of(0, -1, 1), done);
  }

  @Test
  void aNudge_isOverWhenAllIsTaken() {
    Inbox inbox = new Inbox(() -> {});
    inbox.nudge();
    inbox.take(NOBODY);
    assertFalse(inbox.isFilled());
  }

  private void handInAgain(Inbox inbox, int i) {
    if (i < MANY) {
      inbox.put(
          new Inbox.Handed.Control(
              () -> {
                done.add(i);
                handInAgain(inbox, i + 1);
              }));
    }
  }

  private static final Inbox.Receiver NOBODY =
      new Inbox.Receiver() {
        @Override
        public void taskBegins(TaskState<?> task) {}

        @Override
        public void taskIsReady(TaskState<?> task) {}

        @Override
        public void job() {}

        @Override
        public void whenEmpty(Runnable action) {}
      };
}

package dev.coweave.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.task.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A loop takes what was there: others that hand in as fast as it takes don't keep its timers waiting. */
class InboxesTest {
  private static final int MANY = 1000;

  private final List<Integer> done = new ArrayList<>();

  @Test
  void whatComesMeanwhile_waitsForTheNextDrain() {
    Inbox inbox = new Inbox(() -> {});
    handInAgain(inbox, 0);
    inbox.put(new Inbox.Handed.Control(() -> done.add(-1)));
    inbox.drain(NOBODY);
    assertEquals(List.of(0, -1), done);
    assertTrue(inbox.isFilled());
    inbox.drain(NOBODY);
    assertEquals(List.of(0, -1, 1), done);
  }

  @Test
  void aNudge_isOverAfterADrain() {
    Inbox inbox = new Inbox(() -> {});
    inbox.nudge();
    inbox.drain(NOBODY);
    assertFalse(inbox.isFilled());
  }

  @Test
  void whatComesInATick_waitsForTheNext() {
    TickInbox inbox = new TickInbox();
    handInAgain(inbox, 0);
    boolean unused = inbox.put(() -> done.add(-1));
    inbox.drain();
    assertEquals(List.of(0, -1), done);
    assertFalse(inbox.isEmpty());
    inbox.drain();
    assertEquals(List.of(0, -1, 1), done);
  }

  @Test
  void whatThrowsInATick_isDoneAgain_andWhatCameSince() {
    TickInbox inbox = new TickInbox();
    Stream.of(1, 2, 3).forEach(i -> inbox.put(() -> fail(i)));
    try {
      inbox.drain();
    } catch (OutOfMemoryError expected) {
      boolean unused = inbox.put(() -> done.add(4));
    }
    inbox.drain();
    assertEquals(List.of(1, 2, 2, 3, 4), done);
    assertTrue(inbox.isEmpty());
  }

  private void fail(int i) {
    done.add(i);
    if (done.equals(List.of(1, 2))) {
      throw new OutOfMemoryError("staged");
    }
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

  private void handInAgain(TickInbox inbox, int i) {
    if (i < MANY) {
      boolean unused =
          inbox.put(
              () -> {
                done.add(i);
                handInAgain(inbox, i + 1);
              });
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

package dev.coweave.task;

import static dev.coweave.script.Script.doFirst;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.script.Script;
import dev.coweave.sync.Mutex;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A wait has been granted, and memory runs out as the turn for it begins. */
class GrantedWaitTest {
  private final List<String> log = new ArrayList<>();
  private final Mutex lock = new Mutex();

  @AfterEach
  void nobodyListens() {
    Observer.activate(null);
  }

  @Test
  void aTurnThatCanNotBegin_isTriedOnceMore_soThatTheLockIsNotLost() throws Exception {
    EventLoop.run(new VirtualClock(), twoWhoLock(new NoMemory("waits", 1)));
    assertEquals(List.of("locked", "unlocked by the first", "locked"), log);
  }

  @Test
  void aTurnThatCanNotBeginAtAll_failsItsWait_andTheTaskGoesOn() throws Exception {
    EventLoop.run(new VirtualClock(), twoWhoLock(new NoMemory("waits", 2)));
    assertEquals(List.of("locked", "unlocked by the first", "no memory"), log);
  }

  private Script<?> twoWhoLock(NoMemory shortage) {
    return doFirst(
            (v, c) -> {
              assertTrue(lock.tryLock());
              log.add("locked");
              Task.start(
                  "waits",
                  doFirst((w, d) -> lock.lock(d))
                      .thenDo((w, d) -> log.add("locked"))
                      .caught(
                          (e, d) -> {
                            assertEquals(OutOfMemoryError.class, e.getClass());
                            log.add("no memory");
                            return null;
                          }));
              Task.yield(c);
            })
        .thenDo(
            (v, c) -> {
              Observer.activate(shortage);
              lock.unlock();
              log.add("unlocked by the first");
              Task.yield(c);
            });
  }

  /** Has no memory when the next turns of a task begin. */
  private static final class NoMemory extends Observer {
    private final String name;
    private int times;

    NoMemory(String name, int times) {
      this.name = name;
      this.times = times;
    }

    @Override
    void begins(TaskFuture<?> task) {
      if (((TaskState<?>) task).name().equals(name) && times-- > 0) {
        throw new OutOfMemoryError();
      }
    }

    @Override
    void ends(TaskFuture<?> task) {}

    @Override
    void done(TaskFuture<?> task, @Nullable Throwable failure) {}

    @Override
    void cancelled(TaskFuture<?> task) {}

    @Override
    void listen() {}

    @Override
    void leave() {}
  }
}

package dev.coweave.semantics.model;

import dev.coweave.Coroutine;
import dev.coweave.semantics.model.Step.Clause;
import dev.coweave.semantics.model.Step.Limit;
import dev.coweave.sync.Barrier;
import dev.coweave.sync.Channel;
import dev.coweave.sync.ChannelClosed;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Select;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** What becomes of steps: one task for each actor, and one outside. */
final class Actual {
  /** Actors wait for what to do in a shield, so that a cancelled one goes on; those that are left over end at last. */
  private static final Duration AT_LAST = Duration.ofDays(1);

  private static final Step LEAVE = null;

  private final List<Channel<Integer>> channels = new ArrayList<>();
  private final Mutex mutex = new Mutex();
  private final Semaphore semaphore = new Semaphore(Setting.PERMITS);
  private final Signal signal = new Signal();
  private final Barrier barrier = new Barrier(Setting.PARTIES);
  private final Actor[] actors = new Actor[Step.ACTORS];

  private final class Actor {
    private CompletableFuture<Step> next = new CompletableFuture<>();
    private String outcome = "nothing";
    private boolean left;
    private final Task<Void> task = Task.start(() -> act());

    @Coroutine
    private void act() throws TimeoutException {
      for (Step s = awaitStep(); s != LEAVE; s = awaitStep()) {
        next = new CompletableFuture<>();
        outcome = "waits";
        outcome = perform(s);
      }
    }

    @Coroutine
    private Step awaitStep() {
      try {
        return Task.shield(AT_LAST, () -> Task.await(next));
      } catch (TimeoutException e) {
        return LEAVE;
      }
    }
  }

  /** In a task. */
  Actual() {
    for (int i = 0; i < Setting.CAPACITIES.length; i++) {
      int capacity = Setting.CAPACITIES[i];
      channels.add(
          i == Setting.PRIORITY
              ? Channel.byPriority(capacity, Setting.ORDER)
              : new Channel<>(capacity));
    }
    replaceActors();
  }

  private void replaceActors() {
    for (int i = 0; i < actors.length; i++) {
      if (actors[i] == null || actors[i].left) {
        actors[i] = new Actor();
      }
    }
  }

  void happens(Step s) {
    Actor actor = actors[s.actor()];
    switch (s.kind()) {
      case PERFORM, SELECT, UNLOCK -> actor.next.complete(s);
      case LEAVE -> {
        actor.left = true;
        actor.next.complete(LEAVE);
      }
      case CANCEL -> actor.task.cancel(false);
      default -> act(s);
    }
  }

  private void act(Step s) {
    switch (s.kind()) {
      case TRY_SEND -> trySend(s);
      case TRY_RECEIVE -> tryReceive(s);
      case TRY_ACQUIRE -> semaphore.tryAcquire(s.n());
      case RELEASE -> semaphore.release(s.n());
      case SET -> signal.set();
      case CLEAR -> signal.clear();
      case PULSE -> signal.pulse();
      case CLOSE -> channels.get(s.n()).close();
      default -> throw new AssertionError(s);
    }
  }

  private void trySend(Step s) {
    try {
      channels.get(s.n()).trySend(s.item());
    } catch (ChannelClosed e) {
      // as expected
    }
  }

  private void tryReceive(Step s) {
    try {
      channels.get(s.n()).tryReceive();
    } catch (ChannelClosed e) {
      // as expected
    }
  }

  /** Lets all actors have their turns, then lets time pass. */
  @Coroutine
  void rests() {
    Task.sleep(Duration.ofNanos(Step.TICK / 4));
    replaceActors();
    Task.sleep(Duration.ofNanos(Step.TICK - Step.TICK / 4));
  }

  // ---- what actors do

  @Coroutine
  private String perform(Step s) {
    try {
      return limited(s);
    } catch (ChannelClosed e) {
      return "closed";
    } catch (TimeoutException e) {
      return "outer timeout";
    } catch (TaskCancelled e) {
      return "cancelled";
    } catch (Exception e) {
      return e.getClass().getSimpleName();
    }
  }

  @Coroutine
  private String limited(Step s) throws Exception {
    Limit limit = s.limit();
    if (limit.shield()) {
      return Task.shield(AT_LAST, () -> once(s));
    }
    if (limit.outer() < 0) {
      return once(s);
    }
    Duration outer = Duration.ofNanos(s.nanos(limit.outer(), 0));
    return Task.timeout(outer, () -> limit.inner() < 0 ? once(s) : onceWithinInner(s));
  }

  @Coroutine
  private String onceWithinInner(Step s) throws Exception {
    try {
      return Task.timeout(Duration.ofNanos(s.nanos(s.limit().inner(), 1)), () -> once(s));
    } catch (TimeoutException e) {
      return "inner timeout";
    }
  }

  @Coroutine
  private String once(Step s) {
    if (s.kind() == Step.Kind.UNLOCK) {
      mutex.unlock();
      return "unlocked";
    }
    return s.kind() == Step.Kind.SELECT ? select(s) : once(s.clauses().get(0));
  }

  @Coroutine
  private String once(Clause c) {
    switch (c.operation()) {
      case SEND:
        channels.get(c.n()).send(c.item());
        return "sent";
      case RECEIVE:
        return "received " + channels.get(c.n()).receive();
      case RECEIVE_EVEN:
        return "received " + channels.get(c.n()).receive(Setting::isEven);
      case LOCK:
        mutex.lock();
        return "locked";
      case ACQUIRE:
        semaphore.acquire(c.n());
        return "acquired";
      case AWAIT_SIGNAL:
        signal.await();
        return "signalled";
      case ARRIVE:
        barrier.await();
        return "passed";
      default:
        throw new AssertionError(c);
    }
  }

  @Coroutine
  private String select(Step s) {
    List<dev.coweave.sync.Clause<String>> clauses = new ArrayList<>();
    for (int i = 0; i < s.clauses().size(); i++) {
      clauses.add(
          clause(s.clauses().get(i), Duration.ofNanos(s.nanos(s.clauses().get(i).n(), 2 + i))));
    }
    return Select.select(clauses);
  }

  private dev.coweave.sync.Clause<String> clause(Clause c, Duration time) {
    return switch (c.operation()) {
      case SEND -> channels.get(c.n()).onSend(c.item(), () -> "sent");
      case RECEIVE -> channels.get(c.n()).onReceive(i -> "received " + i);
      case RECEIVE_EVEN -> channels.get(c.n()).onReceive(Setting::isEven, i -> "received " + i);
      case LOCK -> mutex.onLock(() -> "locked");
      case ACQUIRE -> semaphore.onAcquire(() -> "acquired");
      case AWAIT_SIGNAL -> signal.onSet(() -> "signalled");
      case TIMEOUT -> Select.onTimeout(time, () -> "time is up");
      case ARRIVE -> throw new AssertionError(c);
    };
  }

  /** All that can be seen from outside. */
  Map<String, String> state() {
    Map<String, String> state = new TreeMap<>();
    for (int i = 0; i < actors.length; i++) {
      state.put("actor " + i, actors[i].outcome);
    }
    for (int i = 0; i < channels.size(); i++) {
      Channel<Integer> c = channels.get(i);
      state.put("channel " + i, c.size() + (c.isClosed() ? " closed" : ""));
    }
    state.put("mutex", owner());
    state.put("semaphore", "" + semaphore.available());
    state.put("signal", "" + signal.isSet());
    state.put("barrier", "" + barrier.waiting());
    return state;
  }

  private String owner() {
    for (int i = 0; i < actors.length; i++) {
      if (mutex.owner() == actors[i].task) {
        return "of " + i;
      }
    }
    return mutex.isLocked() ? "of one that left" : "free";
  }
}

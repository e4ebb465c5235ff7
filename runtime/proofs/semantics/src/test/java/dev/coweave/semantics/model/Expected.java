package dev.coweave.semantics.model;

import dev.coweave.semantics.model.Step.Clause;
import dev.coweave.semantics.model.Step.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * What must become of steps, as simply as it can be said: whoever waits stands in one list, with all the clauses of its operation, and
 * each event looks through it from the front. What is cancelled or timed out leaves the list, and that is all.
 */
final class Expected {
  /** One that waits; deadlines in nanoseconds. */
  private record Waiting(
      int actor, List<Clause> clauses, boolean shield, List<Deadline> deadlines) {}

  private record Deadline(long time, String outcome) {}

  private record Match(Waiting who, int index) {
    Clause clause() {
      return who.clauses.get(index);
    }
  }

  private static final class Queue {
    final int capacity;
    final boolean byPriority;
    final List<Integer> items = new ArrayList<>();
    boolean closed;

    Queue(int capacity, boolean byPriority) {
      this.capacity = capacity;
      this.byPriority = byPriority;
    }

    void add(int item) {
      items.add(item);
      if (byPriority) {
        items.sort(Setting.ORDER); // which is stable
      }
    }

    Optional<Integer> take(IntPredicate filter) {
      for (Iterator<Integer> i = items.iterator(); i.hasNext(); ) {
        int item = i.next();
        if (filter.test(item)) {
          i.remove();
          return Optional.of(item);
        }
      }
      return Optional.empty();
    }
  }

  private final List<Queue> queues = new ArrayList<>();
  private final Map<Integer, Waiting> waiting = new LinkedHashMap<>();
  private final String[] outcomes = new String[Step.ACTORS];
  private final boolean[] cancelled = new boolean[Step.ACTORS];
  private final boolean[] idle = new boolean[Step.ACTORS];
  private final List<Step> begun = new ArrayList<>();
  private long now;
  private int permits = Setting.PERMITS;
  private boolean signal;

  /** Whoever holds the mutex; FREE, or GONE. */
  private int owner = FREE;

  private static final int FREE = -1;
  private static final int GONE = -2;

  Expected() {
    for (int i = 0; i < Setting.CAPACITIES.length; i++) {
      queues.add(new Queue(Setting.CAPACITIES[i], i == Setting.PRIORITY));
    }
    Arrays.fill(outcomes, "nothing");
  }

  /** Whether it was idle when all rested, and nothing has been asked of it since. */
  boolean isIdle(int actor) {
    return idle[actor];
  }

  /** A step that is not void happens. What actors begin, they begin in their turns: before all rest. */
  void happens(Step step) {
    if (step.kind().isAnActors()) {
      idle[step.actor()] = false;
      begun.add(step);
    } else {
      act(step);
    }
  }

  /** All that was begun is done as far as it goes, then a tick passes. */
  void rests() {
    begun.forEach(this::begin);
    begun.clear();
    now += Step.TICK;
    for (Optional<Waiting> w = nextDue(); w.isPresent(); w = nextDue()) {
      end(w.get(), first(w.get()).outcome);
    }
    for (int i = 0; i < idle.length; i++) {
      idle[i] = !waiting.containsKey(i);
    }
  }

  private Optional<Waiting> nextDue() {
    return waiting.values().stream()
        .filter(w -> !w.deadlines.isEmpty() && first(w).time <= now)
        .min(Comparator.comparing(w -> first(w).time));
  }

  private static Deadline first(Waiting w) {
    return w.deadlines.stream().min(Comparator.comparing(Deadline::time)).orElseThrow();
  }

  // ---- what actors do

  private void begin(Step s) {
    int actor = s.actor();
    switch (s.kind()) {
      case LEAVE -> leave(actor);
      case UNLOCK -> outcomes[actor] = unlock(actor);
      default -> perform(s);
    }
  }

  private void leave(int actor) {
    outcomes[actor] = "nothing";
    cancelled[actor] = false;
    owner = owner == actor ? GONE : owner;
  }

  private String unlock(int actor) {
    if (owner != actor && owner != GONE) {
      return "IllegalStateException";
    }
    owner = FREE;
    firstWaiting(c -> c.is(Operation.LOCK))
        .ifPresent(
            m -> {
              owner = m.who.actor;
              end(m.who, "locked");
            });
    return "unlocked";
  }

  private void perform(Step s) {
    int actor = s.actor();
    for (Clause c : s.clauses()) {
      Optional<String> done = attempt(c, actor);
      if (done.isPresent()) {
        outcomes[actor] = done.get();
        return;
      }
    }
    if (s.clauses().stream().anyMatch(c -> c.is(Operation.TIMEOUT) && c.n() == 0)) {
      outcomes[actor] = "time is up";
    } else if (cancelled[actor] && !s.limit().shield()) {
      outcomes[actor] = "cancelled";
    } else if (s.limit().outer() == 0 || s.limit().inner() == 0) {
      outcomes[actor] = s.limit().outer() == 0 ? "outer timeout" : "inner timeout";
    } else {
      outcomes[actor] = "waits";
      waiting.put(actor, new Waiting(actor, s.clauses(), s.limit().shield(), deadlines(s)));
    }
  }

  private List<Deadline> deadlines(Step s) {
    List<Deadline> deadlines = new ArrayList<>();
    if (s.limit().outer() > 0) {
      deadlines.add(new Deadline(now + s.nanos(s.limit().outer(), 0), "outer timeout"));
    }
    if (s.limit().inner() > 0) {
      deadlines.add(new Deadline(now + s.nanos(s.limit().inner(), 1), "inner timeout"));
    }
    for (int i = 0; i < s.clauses().size(); i++) {
      Clause c = s.clauses().get(i);
      if (c.is(Operation.TIMEOUT)) {
        deadlines.add(new Deadline(now + s.nanos(c.n(), 2 + i), "time is up"));
      }
    }
    return deadlines;
  }

  /** What it gives if it needn't wait. */
  private Optional<String> attempt(Clause c, int actor) {
    return switch (c.operation()) {
      case SEND -> send(c.n(), c.item());
      case RECEIVE -> receive(c.n(), any -> true);
      case RECEIVE_EVEN -> receive(c.n(), Setting::isEven);
      case LOCK -> lock(actor);
      case ACQUIRE -> acquire(c.n());
      case AWAIT_SIGNAL -> signal ? Optional.of("signalled") : Optional.empty();
      case TIMEOUT -> Optional.empty();
      case ARRIVE -> arrive();
    };
  }

  private Optional<String> send(int channel, int item) {
    Queue q = queues.get(channel);
    if (q.closed) {
      return Optional.of("closed");
    }
    Optional<Match> receiver = firstWaiting(c -> receives(c, channel, item));
    if (receiver.isPresent()) {
      end(receiver.get().who, "received " + item);
    } else if (q.items.size() < q.capacity) {
      q.add(item);
    } else {
      return Optional.empty();
    }
    return Optional.of("sent");
  }

  private static boolean receives(Clause c, int channel, int item) {
    return c.n() == channel
        && (c.is(Operation.RECEIVE) || (c.is(Operation.RECEIVE_EVEN) && Setting.isEven(item)));
  }

  private Optional<String> receive(int channel, IntPredicate filter) {
    Queue q = queues.get(channel);
    Optional<Integer> item = q.take(filter);
    Optional<Match> sender =
        firstWaiting(
            c ->
                c.is(Operation.SEND)
                    && c.n() == channel
                    && (item.isPresent() || filter.test(c.item())));
    if (item.isPresent()) {
      sender.ifPresent(m -> q.add(m.clause().item()));
    }
    sender.ifPresent(m -> end(m.who, "sent"));
    Optional<Integer> received = item.or(() -> sender.map(m -> m.clause().item()));
    return received.map(i -> "received " + i).or(() -> closed(q));
  }

  private static Optional<String> closed(Queue q) {
    return q.closed ? Optional.of("closed") : Optional.empty();
  }

  private Optional<String> lock(int actor) {
    if (owner == actor) {
      return Optional.of("IllegalStateException");
    }
    if (owner != FREE) {
      return Optional.empty();
    }
    owner = actor;
    return Optional.of("locked");
  }

  private Optional<String> acquire(int wanted) {
    if (permits < wanted || firstWaiting(c -> c.is(Operation.ACQUIRE)).isPresent()) {
      return Optional.empty();
    }
    permits -= wanted;
    return Optional.of("acquired");
  }

  private Optional<String> arrive() {
    List<Waiting> there = allWaiting(c -> c.is(Operation.ARRIVE));
    if (there.size() + 1 < Setting.PARTIES) {
      return Optional.empty();
    }
    there.forEach(w -> end(w, "passed"));
    return Optional.of("passed");
  }

  // ---- what others do

  private void act(Step s) {
    switch (s.kind()) {
      case CANCEL -> cancel(s.actor());
      case TRY_SEND -> send(s.n(), s.item());
      case TRY_RECEIVE -> receive(s.n(), any -> true);
      case TRY_ACQUIRE -> acquire(s.n());
      case RELEASE -> release(s.n());
      case SET, PULSE -> signal(s.kind() == Step.Kind.SET);
      case CLEAR -> signal = false;
      case CLOSE -> close(s.n());
      default -> throw new AssertionError(s);
    }
  }

  private void cancel(int actor) {
    cancelled[actor] = true;
    Waiting w = waiting.get(actor);
    if (w != null && !w.shield) {
      end(w, "cancelled");
    }
  }

  private void release(int more) {
    permits += more;
    Optional<Match> m = firstWaiting(c -> c.is(Operation.ACQUIRE));
    if (m.isPresent() && m.get().clause().n() <= permits) {
      permits -= m.get().clause().n();
      end(m.get().who, "acquired"); // and releases none for the next
    }
  }

  private void signal(boolean set) {
    signal |= set;
    allWaiting(c -> c.is(Operation.AWAIT_SIGNAL)).forEach(w -> end(w, "signalled"));
  }

  private void close(int channel) {
    queues.get(channel).closed = true;
    allWaiting(c -> isOf(c, channel)).forEach(w -> end(w, "closed"));
  }

  private static boolean isOf(Clause c, int channel) {
    return c.n() == channel && c.operation().ordinal() <= Operation.RECEIVE_EVEN.ordinal();
  }

  // ---- the list

  private Optional<Match> firstWaiting(Predicate<Clause> which) {
    for (Waiting w : waiting.values()) {
      for (int i = 0; i < w.clauses.size(); i++) {
        if (which.test(w.clauses.get(i))) {
          return Optional.of(new Match(w, i));
        }
      }
    }
    return Optional.empty();
  }

  private List<Waiting> allWaiting(Predicate<Clause> which) {
    return waiting.values().stream().filter(w -> w.clauses.stream().anyMatch(which)).toList();
  }

  private void end(Waiting w, String outcome) {
    if (waiting.remove(w.actor, w)) {
      outcomes[w.actor] = outcome;
      release(0); // who waited for permits behind it may need fewer
    }
  }

  /** All that can be seen from outside. */
  Map<String, String> state() {
    Map<String, String> state = new TreeMap<>();
    for (int i = 0; i < outcomes.length; i++) {
      state.put("actor " + i, outcomes[i]);
    }
    for (int i = 0; i < queues.size(); i++) {
      Queue q = queues.get(i);
      state.put("channel " + i, q.items.size() + (q.closed ? " closed" : ""));
    }
    state.put("mutex", owner == FREE ? "free" : owner == GONE ? "of one that left" : "of " + owner);
    state.put("semaphore", "" + permits);
    state.put("signal", "" + signal);
    state.put("barrier", "" + allWaiting(c -> c.is(Operation.ARRIVE)).size());
    return state;
  }
}

package dev.coweave.concurrency;

import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** One loop, two threads that submit, one that runs it or waits for it, and one that shuts it down, all at the same instant. */
final class Round {
  static final int THREADS = 4;

  /** The name of a loop's thread. */
  static final String NAME = "raced loop";

  /** How the loop ends. */
  enum Ending {
    CLOSE,
    SHUTDOWN,
    SHUTDOWN_NOW,
    TWO_AT_ONCE,
    FROM_INSIDE,
    INTERRUPTED_CLOSE
  }

  private static final Submission.Kind[] KINDS = Submission.Kind.values();

  private final Tally tally;
  private final SplittableRandom random;
  private final boolean opened;
  private final Ending ending;
  private final EventLoop loop;
  private final List<Submission> outside = new ArrayList<>();
  private final Queue<Submission> inside = new ConcurrentLinkedQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> returned = new ConcurrentLinkedQueue<>();

  Round(long seed, Tally tally) {
    this.tally = tally;
    random = new SplittableRandom(seed);
    opened = random.nextInt(4) > 0;
    ending = Ending.values()[random.nextInt(Ending.values().length)];
    loop = opened ? EventLoop.open(NAME) : EventLoop.create(Clock.system());
  }

  /** Runs the round; gives what went wrong. */
  List<String> run(Team team) {
    List<Submission> first = submissions();
    List<Submission> second = submissions();
    outside.addAll(first);
    outside.addAll(second);
    int wait = random.nextInt(2_000);
    int other = random.nextInt(2_000);
    team.run(
        List.of(
            guarded(() -> submit(first)),
            guarded(() -> submit(second)),
            guarded(() -> accompany(other)),
            guarded(() -> end(wait))));
    check(loop.isTerminated() && loop.isShutdown(), "hasn't terminated", loop);
    outside.forEach(s -> tally.count(s.check()));
    inside.forEach(s -> tally.count(s.check()));
    return List.copyOf(errors);
  }

  private Runnable guarded(Runnable action) {
    return () -> {
      try {
        action.run();
      } catch (Throwable t) {
        errors.add("threw " + t + " at " + List.of(t.getStackTrace()));
      }
    };
  }

  private List<Submission> submissions() {
    List<Submission> some = new ArrayList<>();
    for (int n = 1 + random.nextInt(5); n > 0; n--) {
      Submission.Kind kind = KINDS[random.nextInt(KINDS.length)];
      if (suits(kind)) {
        some.add(new Submission(this, kind, random.split()));
      }
    }
    return some;
  }

  private boolean suits(Submission.Kind kind) {
    return switch (kind) {
      case STUCK -> mayCancel(); // never ends by itself
      case BLOCKER -> random.nextInt(20) == 0; // takes a thread of the pool
      default -> true;
    };
  }

  // ---- the threads

  private void submit(List<Submission> some) {
    for (Submission s : some) {
      s.submit(loop);
    }
    some.forEach(Submission::await);
  }

  /** Waits for the end; a loop without a thread of its own is run first. */
  private void accompany(int spins) {
    spin(spins);
    if (!opened) {
      runAll();
    }
    if (ending == Ending.TWO_AT_ONCE) {
      loop.close();
    }
    if (opened) {
      awaitTermination();
    }
  }

  private void runAll() {
    try {
      loop.runAll();
    } catch (IllegalStateException e) {
      check(e.getMessage().contains("runs already"), "runAll threw " + e, loop);
    }
  }

  private void awaitTermination() {
    try {
      check(loop.awaitTermination(60, TimeUnit.SECONDS), "a waiter hung", loop);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void end(int spins) {
    spin(spins);
    switch (ending) {
      case CLOSE, TWO_AT_ONCE -> loop.close();
      case SHUTDOWN -> loop.shutdown();
      case SHUTDOWN_NOW -> returned.addAll(loop.shutdownNow());
      case FROM_INSIDE -> shutdownFromInside();
      case INTERRUPTED_CLOSE -> {
        Thread.currentThread().interrupt();
        loop.close();
        check(Thread.interrupted(), "close swallowed an interrupt", loop);
      }
    }
    refuses();
    loop.close();
    loop.close();
  }

  private void shutdownFromInside() {
    loop.execute(loop::shutdown);
    if (opened) {
      awaitTermination();
    }
    while (!loop.isShutdown()) {
      runAll();
    }
  }

  /** Once shutdown has returned nothing is accepted. */
  private void refuses() {
    Submission late = new Submission(this, Submission.Kind.COROUTINE, random);
    late.submit(loop);
    check(late.check() == Tally.Fate.REFUSED, "accepted after shutdown", late);
  }

  private static void spin(int spins) {
    for (int i = 0; i < spins; i++) {
      Thread.onSpinWait();
    }
  }

  // ---- for submissions

  /** A submission of one that runs. */
  Submission inside(Submission.Kind kind) {
    Submission s = new Submission(this, kind, new SplittableRandom(kind.ordinal()));
    inside.add(s);
    return s;
  }

  /** Whether tasks may be cancelled and jobs dropped. */
  boolean mayCancel() {
    return ending == Ending.SHUTDOWN_NOW || ending == Ending.INTERRUPTED_CLOSE;
  }

  /** Whether jobs that have not begun are dropped: nobody asks an interrupted close for them. */
  boolean mayDrop() {
    return ending == Ending.INTERRUPTED_CLOSE;
  }

  /** How often shutdownNow has given a job back. */
  int returned(Runnable job) {
    return Collections.frequency(returned, job);
  }

  void checkRuns(Submission s) {
    check(!loop.isTerminated(), "runs after the loop has terminated", s);
  }

  void check(boolean holds, String error, Object subject) {
    if (!holds) {
      errors.add(error + ": " + subject);
    }
  }

  @Override
  public String toString() {
    return (opened ? "opened, " : "created, ") + ending + ", " + outside;
  }
}

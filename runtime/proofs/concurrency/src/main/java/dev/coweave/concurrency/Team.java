package dev.coweave.concurrency;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Threads that begin something at the same instant, again and again. */
final class Team implements AutoCloseable {
  /** A member that takes longer hangs. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  /** How long members that are awake wait for those that aren't yet. */
  private static final int SPINS = 2_000;

  private final Member[] members;
  private final Thread leader = Thread.currentThread();
  private final AtomicInteger awake = new AtomicInteger();
  private final AtomicInteger working = new AtomicInteger();
  private volatile int round;
  private volatile boolean closed;

  private final class Member extends Thread {
    private Runnable action = () -> {};
    private volatile boolean busy;

    Member(int number) {
      super("team-" + number);
      setDaemon(true);
    }

    @Override
    public void run() {
      for (int next = 1; ; next++) {
        while (round < next && !closed) {
          LockSupport.park(this);
        }
        if (closed) {
          return;
        }
        meet(next * members.length);
        action.run();
        busy = false;
        if (working.decrementAndGet() == 0) {
          LockSupport.unpark(leader);
        }
      }
    }

    private void meet(int all) {
      awake.incrementAndGet();
      for (int spins = 0; awake.get() < all && spins < SPINS; spins++) {
        Thread.onSpinWait();
      }
    }
  }

  /** A team led by the calling thread. */
  Team(int size) {
    members = new Member[size];
    for (int i = 0; i < size; i++) {
      members[i] = new Member(i);
      members[i].start();
    }
  }

  /**
   * Each member runs one of the actions; returns when all have ended.
   *
   * @throws AssertionError if one doesn't end; the team is of no use then
   */
  void run(List<? extends Runnable> actions) {
    for (int i = 0; i < members.length; i++) {
      members[i].action = actions.get(i);
      members[i].busy = true;
    }
    working.set(members.length);
    round++;
    for (Member member : members) {
      LockSupport.unpark(member);
    }
    long begun = System.nanoTime();
    while (working.get() > 0) {
      LockSupport.parkNanos(this, PATIENCE);
      if (working.get() > 0 && System.nanoTime() - begun > PATIENCE) {
        throw new AssertionError(hanging());
      }
    }
  }

  private String hanging() {
    StringBuilder all = new StringBuilder();
    for (Member member : members) {
      if (member.busy) {
        all.append(member.getName()).append(" hangs");
        for (StackTraceElement e : member.getStackTrace()) {
          all.append("\n    at ").append(e);
        }
        all.append('\n');
      }
    }
    return all.toString();
  }

  @Override
  public void close() {
    closed = true;
    for (Member member : members) {
      LockSupport.unpark(member);
    }
  }
}

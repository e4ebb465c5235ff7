package dev.coweave.durable;

import dev.coweave.durable.sql.NodeTable;
import dev.coweave.durable.sql.RunRow;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An engine's threads: one that renews the {@link Lease} and frees the runs of the dead, one that claims what is due, and the workers.
 */
final class Node {
  /** How many runs a node has at most for each worker, while their checkpoints are being written. */
  private static final int RUNS_OF_A_WORKER = 16;

  private final DurableEngine engine;
  private final Lease lease;
  private final ExecutorService workers;
  private final Thread claimer;
  private final Thread keeper;

  /** What works on the runs that this node has. Those whose checkpoints are being written need no worker meanwhile. */
  private final Set<RunTurn> turns = ConcurrentHashMap.newKeySet();

  /** How many runs are being claimed. */
  private volatile int claiming;

  /** How many were. Written by the claimer alone. */
  private volatile long claimed;

  /** There may be runs that are this node's by the database, and nobody works on them: something failed in between. */
  private volatile boolean inDoubt;

  /** What workers do, or are to do. */
  private final AtomicInteger busy = new AtomicInteger();

  /** Whether the database was last heard to be in trouble. */
  private volatile boolean troubled;

  /** Whether more was due at the last round than this node could take. */
  private volatile boolean more;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean woken;
  private long nextPurge = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  private long nextAdoption = System.nanoTime();
  private volatile boolean closing;

  Node(DurableEngine engine, NodeTable nodes) {
    this.engine = engine;
    this.lease = new Lease(engine, nodes);
    this.workers =
        Executors.newFixedThreadPool(
            engine.options.workers(), r -> thread(r, "coweave-durable-worker"));
    this.claimer = thread(this::claim, "coweave-durable-claimer");
    this.keeper = thread(this::keep, "coweave-durable-keeper");
  }

  private static Thread thread(Runnable r, String name) {
    Thread t = new Thread(r, name);
    t.setDaemon(true);
    return t;
  }

  void start() throws SQLException {
    lease.begin();
    claimer.start();
    keeper.start();
  }

  /** There may be something to do. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void pause(long millis) throws InterruptedException {
    lock.lock();
    try {
      if (!woken && millis > 0) {
        changed.await(millis, TimeUnit.MILLISECONDS);
      }
      woken = false;
    } finally {
      lock.unlock();
    }
  }

  // ---- the lease

  private void keep() {
    while (!closing) {
      try {
        Thread.sleep(engine.options.lease().toMillis() / 6);
        if (!engine.isVirtual()) {
          lease.renew();
          troubleIsOver();
          purge();
        }
      } catch (InterruptedException e) {
        return;
      } catch (SQLException | RuntimeException | Error e) {
        databaseTrouble("the lease can't be renewed", e);
      }
    }
  }

  /** Once a minute. */
  private void purge() {
    long time = System.nanoTime();
    if (time - nextPurge >= 0) {
      nextPurge = time + TimeUnit.MINUTES.toNanos(1);
      engine.purge();
      engine.leavings.giveUp();
    }
  }

  // ---- work

  private void claim() {
    while (!closing) {
      try {
        if (inDoubt) {
          freeLost();
        }
        pause(round() ? 0 : waitMillis());
      } catch (InterruptedException e) {
        return;
      } catch (SQLException | RuntimeException | Error e) {
        if (!closing) {
          databaseTrouble("no work can be claimed", e);
          sleepAfterTrouble();
        }
      }
    }
  }

  private void freeLost() throws SQLException {
    String node = lease.node();
    inDoubt = false; // first: more may be lost meanwhile
    boolean done = false;
    try {
      int lost = engine.db.transact(c -> engine.claims.freeLost(c, node, this::has));
      done = true;
      if (lost > 0) {
        engine.log(System.Logger.Level.WARNING, "runs taken anew after a failure: " + lost, null);
      }
    } finally {
      if (!done) {
        inDoubt = true;
      }
    }
  }

  private boolean has(String run, long fence) {
    return turns.stream().anyMatch(t -> t.run.id().equals(run) && t.run.fence() == fence);
  }

  /** Told once, however often it is tried again, and that it is over. */
  private void databaseTrouble(String what, Throwable e) {
    if (!troubled) {
      troubled = true;
      trouble(what + ", and is tried again until it can", e);
    }
  }

  private void troubleIsOver() {
    if (troubled) {
      troubled = false;
      engine.log(System.Logger.Level.INFO, "the database answers again", null);
    }
  }

  private void trouble(String what, Throwable e) {
    try {
      engine.log(System.Logger.Level.WARNING, what + ": " + e.getMessage(), null);
    } catch (Error again) { // No memory to tell it in. It is tried again all the same.
    }
  }

  /** A turn failed by what must not happen to it, most likely that no memory was left: the run is taken anew. */
  private void lost(RunTurn turn, Throwable e) {
    over(turn);
    inDoubt = true;
    wake();
    trouble("run " + turn.run.id() + " is put off", e);
  }

  private void sleepAfterTrouble() {
    try {
      pause(engine.options.poll().toMillis());
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  /**
   * How many runs more this node can take: as many as there are workers without work. Where there are other nodes a run counts while its checkpoint is
   * written, too: it may come back to a long step, behind which one that was taken meanwhile would wait, and another node could do it.
   */
  private int free() {
    int workers = engine.options.workers();
    int most = lease.hasOthers() ? workers : workers * RUNS_OF_A_WORKER;
    return Math.min(workers - busy.get(), most - turns.size());
  }

  /** Claims what is due, as much as this node can take; whether there may be more. */
  private boolean round() throws SQLException {
    more = true; // first, so that what becomes free from here on wakes this
    int free = free();
    if (free > 0) {
      List<RunRow> rows = claim(free);
      more = rows.size() == free;
    }
    engine.tell();
    engine.watch();
    adopt();
    return more && free > 0;
  }

  private List<RunRow> claim(int most) throws SQLException {
    String node = lease.node();
    claiming = most; // before it is committed: nobody may think that nothing is at work
    boolean done = false;
    try {
      List<RunRow> rows = engine.db.single(c -> engine.claims.claim(c, node, most));
      claimed += rows.size();
      for (RunRow row : rows) {
        RunTurn turn = new RunTurn(engine, node, row);
        turns.add(turn);
        execute(turn, turn);
      }
      done = true;
      return rows;
    } finally {
      if (!done) {
        inDoubt = true; // It may be committed all the same.
      }
      claiming = 0;
    }
  }

  /** Gives a worker something to do for a run that this node has. */
  void execute(RunTurn turn, Runnable work) {
    busy.incrementAndGet();
    try {
      workers.execute(
          () -> {
            try {
              work.run();
            } catch (RuntimeException | Error e) {
              lost(turn, e);
            } finally {
              freed();
            }
          });
    } catch (RejectedExecutionException e) {
      freed();
      over(turn); // this node has ended; the run is as it was stored
    } catch (Error e) {
      freed();
      lost(turn, e);
    }
  }

  private void freed() {
    busy.decrementAndGet();
    if (more) {
      wake();
    }
  }

  /** This node no longer has a run. */
  void over(RunTurn turn) {
    turns.remove(turn);
    if (more || closing) {
      wake();
    }
  }

  private void adopt() throws SQLException {
    long time = System.nanoTime();
    if (time - nextAdoption >= 0) {
      nextAdoption = time + engine.options.poll().toNanos();
      boolean unused = engine.leavings.adopt();
    }
  }

  /** Until something is due, at most until the next poll; by virtual time nothing becomes due by itself. */
  private long waitMillis() throws SQLException {
    long poll = engine.options.poll().toMillis();
    if (engine.isVirtual() || free() <= 0) {
      return poll;
    }
    long[] next = engine.db.single(engine.claims::nextDue);
    return Math.max(1, Math.min(poll, next[0] - next[1]));
  }

  int working() {
    return claiming + turns.size();
  }

  /** Whether the lease, by this process's clock, has not run out. */
  boolean hasLease() {
    return lease.isHeld();
  }

  long claimed() {
    return claimed;
  }

  // ---- where time is virtual

  /** The lease of another node has ended. */
  void bury() {
    try {
      lease.freeRunsOfTheDead();
    } catch (SQLException e) {
      throw new DurableException("the durable engine's database can't be asked", e);
    }
  }

  /** Ends as if the process did: nothing is handed over, and nothing stored any more. */
  void crash(long millis) {
    lease.leave(millis);
    closing = true;
    engine.db.crash();
    wake();
    keeper.interrupt();
    workers.shutdown();
  }

  boolean isBusy() {
    return claiming > 0 || !turns.isEmpty();
  }

  private boolean awaitIdle(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (isBusy() && left > 0) {
        left = changed.awaitNanos(left);
      }
      return !isBusy();
    } finally {
      lock.unlock();
    }
  }

  /** Ends: runs that are worked on stop at their next checkpoint; those that don't get there in time are freed as they were stored. */
  void close(long graceMillis) {
    closing = true;
    wake();
    keeper.interrupt();
    try {
      claimer.join(graceMillis);
      boolean idle = awaitIdle(TimeUnit.MILLISECONDS.toNanos(graceMillis));
      workers.shutdown();
      if (!idle) {
        engine.log(
            System.Logger.Level.WARNING,
            "steps still run; their runs are taken by others, who repeat them with the same keys",
            null);
      }
      lease.end();
    } catch (SQLException e) {
      engine.log(
          System.Logger.Level.WARNING,
          "this node's runs are freed when its lease ends: " + e.getMessage(),
          null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

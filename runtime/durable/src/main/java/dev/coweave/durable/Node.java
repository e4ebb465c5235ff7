package dev.coweave.durable;

import dev.coweave.durable.sql.NodeTable;
import dev.coweave.durable.sql.RunRow;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An engine's presence in the database, and its threads: one that renews the lease and frees the runs of the dead, one that claims what is
 * due, and the workers.
 */
final class Node {
  private final DurableEngine engine;
  private final NodeTable nodes;
  private final ExecutorService workers;
  private final Thread claimer;
  private final Thread keeper;
  private final AtomicInteger busy = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean woken;
  private long nextPurge = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  private long nextAdoption = System.nanoTime();
  private volatile String id = newId();
  private volatile boolean closing;
  private volatile long renewed = System.nanoTime();

  Node(DurableEngine engine, NodeTable nodes) {
    this.engine = engine;
    this.nodes = nodes;
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

  private static String newId() {
    return ProcessHandle.current().pid() + "-" + UUID.randomUUID();
  }

  void start() throws SQLException {
    register();
    claimer.start();
    keeper.start();
  }

  private long lease() {
    return engine.options.lease().toMillis();
  }

  private void register() throws SQLException {
    engine.db.run(c -> nodes.register(c, id, lease(), engine.options.generation()));
    engine.others(engine.db.single(nodes::count) > 1);
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

  /** Leases are by real time, also where the runs' time is virtual: then there is one node, and no lease. */
  private void keep() {
    while (!closing) {
      try {
        Thread.sleep(lease() / 6);
        if (!engine.isVirtual()) {
          renew();
          purge();
        }
      } catch (InterruptedException e) {
        return;
      } catch (SQLException | RuntimeException e) {
        engine.log(
            System.Logger.Level.WARNING, "the lease can't be renewed: " + e.getMessage(), null);
      }
    }
  }

  /** Once a minute. */
  private void purge() {
    long time = System.nanoTime();
    if (time - nextPurge >= 0) {
      nextPurge = time + TimeUnit.MINUTES.toNanos(1);
      engine.purge();
      engine.giveUp();
    }
  }

  private void renew() throws SQLException {
    long time = System.nanoTime();
    boolean alive = engine.db.transact(c -> nodes.renew(c, id, lease()));
    if (!alive && !closing) {
      engine.log(
          System.Logger.Level.WARNING,
          "this node was taken to be dead, and others have its runs: it was stopped for longer than"
              + " its lease",
          null);
      id = newId();
      register();
    }
    renewed = time;
    engine.others(engine.db.single(nodes::count) > 1);
    List<String> dead = engine.db.transact(nodes::bury);
    if (!dead.isEmpty()) {
      engine.log(System.Logger.Level.INFO, "freed the runs of dead nodes " + dead, null);
      wake();
    }
  }

  // ---- work

  private void claim() {
    while (!closing) {
      try {
        pause(round() ? 0 : waitMillis());
      } catch (InterruptedException e) {
        return;
      } catch (SQLException | RuntimeException e) {
        if (!closing) {
          engine.log(
              System.Logger.Level.WARNING, "no work can be claimed: " + e.getMessage(), null);
          sleepAfterTrouble();
        }
      }
    }
  }

  private void sleepAfterTrouble() {
    try {
      pause(engine.options.poll().toMillis());
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  /** Claims what is due, as much as there are free workers; whether there may be more. */
  private boolean round() throws SQLException {
    int free = engine.options.workers() - busy.get();
    String node = id;
    if (free <= 0) {
      engine.tell();
      return false;
    }
    int claimed = 0;
    busy.addAndGet(free); // before it is committed: nobody may think that nothing is at work
    List<RunRow> rows;
    try {
      rows = engine.db.single(c -> engine.claims.claim(c, node, free));
      claimed = rows.size();
    } finally {
      busy.addAndGet(claimed - free);
    }
    for (RunRow row : rows) {
      RunTurn turn = new RunTurn(engine, node, row);
      workers.execute(
          () -> {
            try {
              turn.run();
            } finally {
              busy.decrementAndGet();
              wake();
            }
          });
    }
    engine.tell();
    engine.watch();
    adopt();
    return rows.size() == free;
  }

  private void adopt() throws SQLException {
    long time = System.nanoTime();
    if (time - nextAdoption >= 0) {
      nextAdoption = time + engine.options.poll().toNanos();
      engine.adopt();
    }
  }

  /** Until something is due, at most until the next poll; by virtual time nothing becomes due by itself. */
  private long waitMillis() throws SQLException {
    long poll = engine.options.poll().toMillis();
    if (engine.isVirtual() || busy.get() == engine.options.workers()) {
      return poll;
    }
    long[] next = engine.db.single(engine.claims::nextDue);
    return Math.max(1, Math.min(poll, next[0] - next[1]));
  }

  int working() {
    return busy.get();
  }

  /** Whether the lease, by this process's clock, has not run out. */
  boolean hasLease() {
    return engine.isVirtual()
        || System.nanoTime() - renewed < TimeUnit.MILLISECONDS.toNanos(lease());
  }

  boolean isBusy() {
    return busy.get() > 0;
  }

  /** Ends: runs that are worked on stop at their next checkpoint; those that don't get there in time are freed as they were stored. */
  void close(long graceMillis) {
    closing = true;
    wake();
    keeper.interrupt();
    workers.shutdown();
    try {
      claimer.join(graceMillis);
      if (!workers.awaitTermination(graceMillis, TimeUnit.MILLISECONDS)) {
        engine.log(
            System.Logger.Level.WARNING,
            "steps still run; their runs are taken by others, who repeat them with the same keys",
            null);
      }
      engine.db.run(
          c -> {
            nodes.remove(c, id);
          });
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

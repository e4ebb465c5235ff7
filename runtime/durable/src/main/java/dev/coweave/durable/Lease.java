package dev.coweave.durable;

import dev.coweave.durable.sql.NodeTable;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * An engine's presence in the database: a row that others see, for as long as it is renewed. After that they take the node's runs; it then goes on under another
 * name. Where time is virtual a lease ends only with a crash. Thread-safe.
 */
final class Lease {
  private final DurableEngine engine;
  private final NodeTable nodes;
  private volatile String node = newNode();
  private volatile long renewed = System.nanoTime();

  /** Whether there were other nodes when they were counted last. */
  private volatile boolean others;

  Lease(DurableEngine engine, NodeTable nodes) {
    this.engine = engine;
    this.nodes = nodes;
  }

  private static String newNode() {
    return ProcessHandle.current().pid() + "-" + UUID.randomUUID();
  }

  /** What the database calls this node now. */
  String node() {
    return node;
  }

  boolean hasOthers() {
    return others;
  }

  private long millis() {
    return engine.options.lease().toMillis();
  }

  /** Whether it has not run out, by this process's clock. */
  boolean isHeld() {
    return engine.isVirtual()
        || System.nanoTime() - renewed < TimeUnit.MILLISECONDS.toNanos(millis());
  }

  void begin() throws SQLException {
    long lease = engine.isVirtual() ? Operation.FOREVER : millis();
    engine.db.run(c -> nodes.register(c, node, lease, engine.options.generation()));
    countNodes();
  }

  private void countNodes() throws SQLException {
    others = engine.db.single(nodes::count) > 1;
    engine.others(others);
  }

  void renew() throws SQLException {
    long time = System.nanoTime();
    boolean alive = engine.db.transact(c -> nodes.renew(c, node, millis()));
    if (!alive && !engine.isClosing()) {
      engine.log(
          System.Logger.Level.WARNING,
          "this node was taken to be dead, and others have its runs: it was stopped for longer than"
              + " its lease",
          null);
      node = newNode();
      begin();
    }
    renewed = time;
    countNodes();
    freeRunsOfTheDead();
  }

  void freeRunsOfTheDead() throws SQLException {
    List<String> dead = engine.db.single(nodes::bury);
    if (!dead.isEmpty()) {
      engine.log(System.Logger.Level.INFO, "freed the runs of dead nodes " + dead, null);
      engine.wake(); // others too: this one may have no worker free
    }
  }

  /** It runs out so soon, and is not renewed: as if the process had ended. */
  void leave(long millis) {
    engine.ask(c -> nodes.renew(c, node, millis));
  }

  /** Ends it: what runs this node has are free. */
  void end() throws SQLException {
    engine.db.run(c -> nodes.remove(c, node));
  }
}

package dev.coweave.durable;

import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.format.Values;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What becomes of runs that this node can't go on with: they are given back to be taken again, left to nodes that have what they need, or parked.
 * Thread-safe.
 */
final class Leavings {
  /** How long runs wait for a node that has their method. */
  private static final long GIVE_UP_MILLIS = 60_000;

  private final DurableEngine engine;
  private final Values values;

  /** What runs needed and this engine lacked: told once. */
  private final Set<String> lacked = ConcurrentHashMap.newKeySet();

  Leavings(DurableEngine engine, Values values) {
    this.engine = engine;
    this.values = values;
  }

  /**
   * Gives a run back as it was stored.
   *
   * @param delay after how many milliseconds it may be taken again
   * @param attempts how often the step that follows was tried
   * @param count whether the claim counts as one that came to nothing
   */
  void release(RunTurn turn, long delay, int attempts, boolean count) {
    try {
      engine.db.run(c -> engine.claims.release(c, turn.run, turn.node, delay, attempts, count));
      engine.wake();
    } catch (SQLException e) {
      engine.watch.retry(() -> release(turn, delay, attempts, count));
    }
  }

  /** Parks a run that can't go on by itself; one that only can't go on here is left to other nodes. */
  void park(RunTurn turn, FormatException e) {
    String code = e.fault().code();
    String reason = String.valueOf(e.getMessage());
    String needs = e.needs();
    boolean ifOthers = needs == null || needs.startsWith(FormatException.METHOD);
    try {
      if (needs != null
          && engine.db.transact(
              c -> engine.claims.leave(c, turn.run, turn.node, needs, code, reason, ifOthers))) {
        if (lacked.add(needs)) {
          engine.log(
              System.Logger.Level.INFO, "runs are left to nodes that have it: " + reason, null);
        }
        boolean unused = adopt(); // it may have come meanwhile
        return;
      }
      boolean parked =
          engine.db.transact(c -> engine.claims.park(c, turn.run, turn.node, code, reason));
      engine.log(
          parked ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
          "run " + turn.run.id() + (parked ? " is parked: " : " is left to newer code: ") + reason,
          null);
      engine.ended(turn.run.id());
      engine.wake();
    } catch (SQLException x) {
      engine.watch.retry(() -> park(turn, e));
    }
  }

  /** Parks the runs for whose method no node has come. */
  void giveUp() {
    int parked = engine.ask(c -> engine.claims.giveUp(c, GIVE_UP_MILLIS));
    if (parked > 0) {
      engine.log(
          System.Logger.Level.WARNING, parked + " runs are parked: no node has their method", null);
    }
  }

  /**
   * Looks for runs that other nodes, or this one before it was set up, left to those that have what they need: one look after the other, for the last of
   * them says what this node may take.
   *
   * @return whether there were some
   */
  synchronized boolean adopt() throws SQLException {
    boolean some = engine.db.transact(c -> engine.claims.adopt(c, this::has)) > 0;
    if (some) {
      engine.node.wake();
    }
    return some;
  }

  private boolean has(String need) {
    int end = need.indexOf('#');
    return need.startsWith(FormatException.SERVICE)
        ? values.services().find(need.substring(FormatException.SERVICE.length())) != null
        : end > 0
            && engine.program.find(
                    need.substring(FormatException.METHOD.length(), end), need.substring(end + 1))
                != null;
  }
}

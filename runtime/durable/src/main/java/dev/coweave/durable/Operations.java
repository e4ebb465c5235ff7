package dev.coweave.durable;

import dev.coweave.durable.format.Delivery;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.sql.Database;
import dev.coweave.durable.sql.Messages;
import dev.coweave.durable.sql.NewRun;
import dev.coweave.durable.sql.Parking;
import dev.coweave.durable.sql.RunRow.Cancel;
import dev.coweave.durable.sql.RunTable;
import dev.coweave.durable.sql.Status;
import dev.coweave.durable.sql.WaitTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what a run has come to. Each returns what is delivered to the run; or null if it is being stored, or rests: then its row tells
 * what wakes it, and {@link #waited} what is delivered.
 */
final class Operations {
  private static final String SLEEP = "sleep";
  private static final String MESSAGE = "message:";
  private static final String RUN = "run:";

  /** What a transaction comes to. */
  private record Stored(String text, @Nullable Delivery outcome, Cancel cancel) {}

  private final RunTurn turn;

  Operations(RunTurn turn) {
    this.turn = turn;
  }

  @Nullable Delivery run(Operation operation) throws SQLException {
    if (operation instanceof Operation.DoStep s) {
      return step(s);
    } else if (operation instanceof Operation.Transact t) {
      return transact(t);
    } else if (operation instanceof Operation.Sleep s) {
      return sleep(s.time());
    } else if (operation instanceof Operation.Receive r) {
      return receive(r);
    } else if (operation instanceof Operation.Await a) {
      return await(a.run(), true);
    } else if (operation instanceof Operation.AwaitAll a) {
      return awaitAll(a.runs());
    } else if (operation instanceof Operation.Start s) {
      turn.engine.codes.save(s.run().code(), s.run().description());
      try {
        return commit(c -> start(c, s.run()));
      } catch (IllegalArgumentException e) { // there is no such queue
        return turn.checkpoint(Delivery.failed(e));
      }
    } else if (operation instanceof Operation.StartAll s) {
      for (NewRun run : s.runs()) {
        turn.engine.codes.save(run.code(), run.description());
      }
      try {
        return commit(c -> startAll(c, s.runs()));
      } catch (DurableException e) { // none was started
        return turn.checkpoint(Delivery.failed(e));
      }
    } else if (operation instanceof Operation.Send s) {
      return commit(c -> send(c, s));
    }
    Operation.CancelRun cancel = (Operation.CancelRun) operation;
    return commit(
        c -> {
          turn.engine.runs.cancel(c, cancel.run());
          return Delivery.NONE;
        });
  }

  /** What the run waited for may have come. */
  @Nullable Delivery waited(String waitsFor) throws SQLException {
    if (turn.isCancelPending()) {
      return turn.deliverCancel();
    } else if (waitsFor.startsWith(MESSAGE)) {
      return received(waitsFor.substring(MESSAGE.length()), turn.run.deadline(), true);
    } else if (waitsFor.equals(RunTable.ALL)) {
      return turn.engine.db.transact(this::ends);
    } else if (waitsFor.startsWith(RUN)) {
      return await(waitsFor.substring(RUN.length()), false);
    }
    return Delivery.NONE;
  }

  /** Stores the run, with an outcome that is found in the same transaction. */
  private @Nullable Delivery commit(Finding finding) throws SQLException {
    return stored(turn.engine.db.join(c -> found(c, finding)));
  }

  private Stored found(Connection c, Finding finding) throws SQLException {
    Delivery outcome = finding.in(c);
    String text = turn.text(outcome);
    return new Stored(text, outcome, turn.store(c, text, Parking.NONE));
  }

  private @Nullable Delivery stored(Stored stored) {
    turn.stored(stored.cancel);
    turn.engine.wake();
    return turn.reloaded(stored.text, Objects.requireNonNull(stored.outcome));
  }

  private interface Finding {
    Delivery in(Connection c) throws SQLException;
  }

  /** Stores the run as one that rests. */
  private static void rest(RunTurn turn, Connection c, Parking parking) throws SQLException {
    turn.store(c, turn.text(Delivery.NONE), parking);
  }

  // ---- steps

  private @Nullable Delivery step(Operation.DoStep s) {
    Delivery outcome;
    try {
      outcome = Delivery.of(s.body().run(turn.key(s.name())));
    } catch (VirtualMachineError e) {
      throw e;
    } catch (Throwable t) {
      int attempts = turn.attempts() + 1;
      if (attempts < s.retry().times()) {
        turn.engine.leavings.release(turn, s.retry().delay(attempts), attempts, false);
        return null;
      }
      outcome = Delivery.failed(t);
    }
    return turn.checkpoint(outcome);
  }

  private @Nullable Delivery transact(Operation.Transact t) throws SQLException {
    try {
      // Alone: nobody else waits for the user's code.
      Finding result = c -> Delivery.of(run(t.body(), c));
      return stored(turn.engine.db.transact(t.isolation().name(), c -> found(c, result)));
    } catch (BodyFailed e) {
      return turn.checkpoint(Delivery.failed(e.failure));
    } catch (SQLException e) {
      if (!Database.isOfWork(e)) {
        throw e;
      }
      return turn.checkpoint(Delivery.failed(e)); // a constraint that is checked at the end
    }
  }

  /** What it does takes at most as long as the database lets a process that is stopped in the middle hold its rows. */
  private @Nullable Object run(Step.Transaction<?, ?> body, Connection c) throws SQLException {
    Database db = turn.engine.db;
    long begun = System.nanoTime();
    try {
      Object result = body.run(GuardedConnection.of(c, db.dialect()));
      checkTime(begun, null);
      return result;
    } catch (VirtualMachineError | BodyFailed e) {
      throw e;
    } catch (Throwable e) {
      if (e instanceof SQLException sql && Database.isTransient(sql)) {
        throw sql; // the lambda runs again
      } else if (e instanceof SQLException sql && Database.isLost(sql)) {
        checkTime(begun, sql);
        throw sql; // the engine's own trouble
      }
      throw new BodyFailed(e);
    }
  }

  private void checkTime(long begun, @Nullable SQLException cause) {
    Duration limit = turn.engine.db.limit();
    if (System.nanoTime() - begun > limit.toNanos()) {
      String message =
          "a transaction took longer than " + limit.toMillis() + " ms, two thirds of the lease";
      throw new BodyFailed(
          new SQLTimeoutException(Fault.LONG_TRANSACTION.message(message), "57014", cause));
    }
  }

  /** What a transaction's body threw: it is rolled back. */
  private static final class BodyFailed extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Throwable failure;

    BodyFailed(Throwable failure) {
      super(null, failure, false, false);
      this.failure = failure;
    }
  }

  // ---- time

  private @Nullable Delivery sleep(Duration time) {
    return turn.rest(new Parking(false, Operation.millis(time), SLEEP, null));
  }

  // ---- messages

  private @Nullable Delivery receive(Operation.Receive r) throws SQLException {
    Duration timeout = r.timeout();
    Stored stored =
        turn.engine.db.join(
            c -> {
              String body = turn.engine.messages.receive(c, turn.run.id(), r.name());
              if (body != null) {
                return take(c, turn.engine.texts.read(body).outcome());
              }
              Long millis = timeout == null ? null : Operation.millis(timeout);
              rest(turn, c, new Parking(false, millis, MESSAGE + r.name(), millis));
              return new Stored("", null, Cancel.NONE);
            });
    return taken(stored);
  }

  /** The run was woken: by a message, or by its deadline. */
  private @Nullable Delivery received(String name, @Nullable Long deadline, boolean woken)
      throws SQLException {
    Stored stored =
        turn.engine.db.join(
            c -> {
              String body = turn.engine.messages.receive(c, turn.run.id(), name);
              if (body != null) {
                return take(c, turn.engine.texts.read(body).outcome());
              } else if (deadline != null && turn.engine.db.now(c) >= deadline) {
                return take(
                    c,
                    Delivery.failed(new TimeoutException("no message " + name + " came in time")));
              }
              turn.engine.claims.waitOn(c, turn.run, turn.node, deadline);
              return new Stored("", null, Cancel.NONE);
            });
    return taken(stored);
  }

  private Stored take(Connection c, Delivery outcome) throws SQLException {
    turn.checkFits(outcome);
    String text = turn.text(outcome);
    return new Stored(text, outcome, turn.store(c, text, Parking.NONE));
  }

  private @Nullable Delivery taken(Stored stored) {
    if (stored.outcome == null) {
      turn.engine.wake();
      return null;
    }
    turn.stored(stored.cancel);
    return turn.reloaded(stored.text, stored.outcome);
  }

  private Delivery send(Connection c, Operation.Send s) throws SQLException {
    String body = turn.engine.texts.message(s.message());
    return turn.engine.messages.send(c, s.run(), s.name(), s.messageId(), body)
            == Messages.Sent.NO_RUN
        ? Delivery.failed(DurableEngine.noRun(s.run()))
        : Delivery.NONE;
  }

  // ---- other runs

  private Delivery start(Connection c, NewRun run) throws SQLException {
    String origin = turn.engine.newRuns.start(c, run);
    return origin.equals(run.origin())
        ? Delivery.of(new Run<Object>(turn.engine, run.id()))
        : Delivery.failed(DurableEngine.otherStart(run));
  }

  private Delivery startAll(Connection c, List<NewRun> runs) throws SQLException {
    Map<String, String> origins = turn.engine.newRuns.startAll(c, runs);
    List<Run<Object>> handles = new ArrayList<>();
    for (NewRun run : runs) {
      if (!run.origin().equals(origins.get(run.id()))) {
        throw DurableEngine.otherStart(run);
      }
      handles.add(new Run<>(turn.engine, run.id()));
    }
    return Delivery.of(handles);
  }

  /** @param arrived whether the run comes to the wait now; else it rests there already */
  private @Nullable Delivery await(String id, boolean arrived) throws SQLException {
    Optional<Delivery> outcome =
        turn.engine.db.<Optional<Delivery>>join(
            c -> {
              RunTable.View other = turn.engine.runs.lock(c, id);
              if (other == null) {
                return Optional.of(Delivery.failed(DurableEngine.noRun(id)));
              } else if (other.status().isEnd()) {
                return Optional.of(turn.engine.texts.outcomeOf(other));
              } else if (arrived) {
                rest(turn, c, new Parking(false, null, RUN + id, null));
              } else {
                turn.engine.claims.waitOn(c, turn.run, turn.node, null);
              }
              return Optional.empty();
            });
    turn.engine.wake();
    return outcome.orElse(null);
  }

  private @Nullable Delivery awaitAll(List<String> runs) throws SQLException {
    boolean rests =
        turn.engine.db.join(
            c -> {
              if (WaitTable.wait(c, turn.run.id(), runs) == 0) {
                return false;
              }
              rest(turn, c, new Parking(false, null, RunTable.ALL, null));
              return true;
            });
    turn.engine.wake();
    return rests ? null : turn.engine.db.transact(this::ends);
  }

  /** What the runs that were waited for have come to: their results, or the first failure with the others suppressed. */
  private Delivery ends(Connection c) throws SQLException {
    List<@Nullable Object> results = new ArrayList<>();
    Throwable first = null;
    Map<String, RunTable.View> ended = turn.engine.runs.waitedFor(c, turn.run.id());
    for (String id : WaitTable.waitsFor(c, turn.run.id())) {
      RunTable.View run = ended.get(id);
      Delivery end =
          run == null ? Delivery.failed(DurableEngine.noRun(id)) : turn.engine.texts.outcomeOf(run);
      Throwable failure = end.failure();
      if (failure == null) {
        results.add(end.value());
      } else if (first == null) {
        first = failure;
      } else {
        first.addSuppressed(failure);
      }
    }
    return first == null ? Delivery.of(results) : Delivery.failed(first);
  }

  static Delivery ended(RunTable.View run, Delivery stored) {
    if (run.status() == Status.CANCELLED || run.status() == Status.TERMINATED) {
      String how = run.status() == Status.CANCELLED ? "cancelled" : "terminated";
      return Delivery.failed(new CancellationException("the run " + run.id() + " was " + how));
    }
    return stored;
  }
}

package dev.coweave.durable;

import dev.coweave.coroutine.Frame;
import dev.coweave.durable.format.Delivery;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.format.Snapshot;
import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.sql.Checkpoint;
import dev.coweave.durable.sql.Checkpoints;
import dev.coweave.durable.sql.Database;
import dev.coweave.durable.sql.LeaseLost;
import dev.coweave.durable.sql.Parking;
import dev.coweave.durable.sql.RunRow;
import dev.coweave.durable.sql.RunRow.Cancel;
import dev.coweave.durable.sql.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A node's work on one run, from a claim until the run rests, ends, or is no longer the node's.
 *
 * <pre>
 *   claimed ─► load ─► deliver what it waited for ─► resume ──► at a wait: its operation ──► checkpoint ─┐
 *                                                      ▲                                                │ goes on
 *                                                      └────────────────────────────────────────────────┘
 *                                                    ──► ended: the outcome is stored      rests: the row tells what wakes it
 * </pre>
 *
 * <p>Whatever goes wrong with the engine's own work drops the run as it was last stored; none of the run's code hears of it.
 */
final class RunTurn implements Runnable {
  /** How long a run is left alone that this node could not work on. */
  private static final long LATER = 200;

  final DurableEngine engine;
  final String node;
  final RunRow run;
  private final Operations operations;

  /** Where it stands, outermost first. */
  private List<Frame> frames = List.of();

  private Cancel cancel;
  private long checkpoint;

  /** A checkpoint that is being written, and what is done when it is committed. */
  private @Nullable CompletableFuture<Cancel> storing;

  private Part then = () -> null;

  RunTurn(DurableEngine engine, String node, RunRow run) {
    this.engine = engine;
    this.node = node;
    this.run = run;
    this.cancel = run.cancel();
    this.checkpoint = run.checkpoint();
    this.operations = new Operations(this);
  }

  @Override
  public void run() {
    goOn(this::begin);
  }

  private interface Part {
    @Nullable Delivery run() throws SQLException;
  }

  /** Works until the run rests or ends, or a checkpoint is being written: then the worker is free, and another goes on when it is committed. */
  private void goOn(Part first) {
    guarded(first);
    CompletableFuture<Cancel> later = storing;
    if (later == null) {
      engine.node.over(this);
    } else {
      later.whenComplete((now, failure) -> engine.node.execute(this, () -> goOn(this::stored)));
    }
  }

  private void guarded(Part first) {
    try {
      work(first);
    } catch (LeaseLost e) {
      engine.log(System.Logger.Level.INFO, "run " + run.id() + " was taken by another node", null);
    } catch (SQLException e) {
      if (Database.isOfWork(e)) { // and it would be refused again
        engine.leavings.park(this, new FormatException(refused(e), String.valueOf(e), e));
        return;
      }
      engine.log(
          System.Logger.Level.WARNING, "run " + run.id() + " is put off: " + e.getMessage(), e);
      engine.leavings.release(this, LATER, attempts(), false); // the engine's own trouble
    } catch (Crashes.Crash e) {
      engine.leavings.release(this, 0, attempts(), false);
    } catch (FormatException e) {
      engine.leavings.park(this, e);
    } catch (VirtualMachineError e) {
      engine.log(
          System.Logger.Level.ERROR, "run " + run.id() + " failed as a crash would: " + e, e);
      engine.leavings.release(this, LATER, attempts(), true);
    } catch (RuntimeException | Error e) {
      engine.log(System.Logger.Level.ERROR, "run " + run.id() + " is put off: " + e, e);
      engine.leavings.release(this, LATER, attempts(), true);
    }
  }

  /** SQLSTATE 22001: too long. */
  private static Fault refused(SQLException e) {
    return "22001".equals(e.getSQLState()) ? Fault.TOO_LARGE : Fault.REFUSED;
  }

  private void work(Part first) throws SQLException {
    Delivery outcome = first.run();
    while (true) {
      if (outcome == null) {
        if (storing == null || !storing.isDone()) {
          return;
        }
        outcome = stored();
      } else if (engine.isClosing()) {
        engine.leavings.release(this, 0, attempts(), false);
        return;
      } else {
        outcome = go(outcome);
      }
    }
  }

  private @Nullable Delivery begin() throws SQLException {
    if (run.claims() > engine.options.maxClaims()) {
      throw new FormatException(
          Fault.POISON,
          "the run was taken " + (run.claims() - 1) + " times without getting to a checkpoint");
    }
    Snapshot loaded = engine.texts.read(run.state());
    frames = loaded.frames();
    if (frames.isEmpty()) {
      throw new FormatException(Fault.BAD_TEXT, "the text has no frames");
    }
    return run.waitsFor() == null ? loaded.outcome() : operations.waited(run.waitsFor());
  }

  /** Goes on to the next wait; returns what is delivered there, or null if the run rests, has ended, or is being stored. */
  private @Nullable Delivery go(Delivery outcome) throws SQLException {
    Crashes.moment(engine.crashes);
    RunContinuation c = new RunContinuation(engine, run.id());
    DurableMethod method = engine.program.methodOf((DurableFrame) frames.get(0));
    Operation operation = c.resume(frames, outcome);
    if (operation == null) {
      end(c.end(method.result()));
      return null;
    }
    frames = c.frames();
    Frame plain =
        frames.stream().filter(f -> !(f instanceof DurableFrame)).findFirst().orElse(null);
    if (plain != null) {
      return Delivery.failed(
          new IllegalStateException(
              Fault.NOT_DURABLE.message(
                  "a durable wait in "
                      + plain.toStackTraceElement()
                      + ", a coroutine that isn't durable")));
    }
    engine.codes.save(frames);
    if (cancel == Cancel.REQUESTED) {
      return deliverCancel();
    }
    return operations.run(operation);
  }

  private void end(Delivery outcome) throws SQLException {
    Throwable failure = outcome.failure();
    if (failure instanceof VirtualMachineError crash) {
      throw crash;
    }
    Status status =
        failure == null
            ? Status.DONE
            : failure instanceof RunCancelled ? Status.CANCELLED : Status.FAILED;
    String text = engine.texts.write(new Snapshot(List.of(), outcome));
    Crashes.moment(engine.crashes);
    boolean others = engine.checkpoints.end(run, node, status, text);
    engine.ended(run.id());
    if (others) {
      engine.wake();
    }
  }

  // ---- for operations

  /** The cancellation is delivered here, once. */
  @Nullable Delivery deliverCancel() {
    Delivery outcome = Delivery.failed(new RunCancelled("the run " + run.id() + " was cancelled"));
    cancel = Cancel.DELIVERED;
    return checkpoint(outcome);
  }

  /** How often the step that follows was tried already. */
  int attempts() {
    return checkpoint == run.checkpoint() ? run.attempts() : 0;
  }

  boolean isCancelPending() {
    return cancel == Cancel.REQUESTED;
  }

  /** The text of the run where it stands, with what is delivered there. */
  String text(Delivery outcome) {
    return engine.texts.write(new Snapshot(frames, outcome));
  }

  /**
   * Whether a message is what the run receives.
   *
   * @throws FormatException if it isn't; the message stays where it is
   */
  void checkFits(Delivery message) {
    Frame leaf = frames.get(frames.size() - 1);
    engine.texts.checkFits(message, engine.program.methodOf((DurableFrame) leaf).at(leaf.state));
  }

  /** Stores the run with what is delivered to it, and then goes on with it. */
  @Nullable Delivery checkpoint(Delivery outcome) {
    String text = text(outcome);
    return store(text, Parking.NONE, () -> reloaded(text, outcome));
  }

  /** Stores the run as one that rests until its time has come. */
  @Nullable Delivery rest(Parking parking) {
    return store(
        text(Delivery.NONE),
        parking,
        () -> {
          engine.wake();
          return null;
        });
  }

  /** Stores the run in a transaction of its own, together with other runs; and {@code then} is done with it. */
  private @Nullable Delivery store(String text, Parking parking, Part then) {
    Crashes.moment(engine.crashes);
    Object event = CheckpointRecorder.begin();
    this.then =
        () -> {
          written(event, text, parking);
          return then.run();
        };
    storing = engine.checkpoints.store(checkpoint(text, parking));
    return null;
  }

  /** What was being stored is committed, or has failed. */
  private @Nullable Delivery stored() throws SQLException {
    CompletableFuture<Cancel> done = Objects.requireNonNull(storing);
    storing = null;
    stored(Checkpoints.outcome(done));
    return then.run();
  }

  /** Stores the run as a part of a transaction. */
  Cancel store(Connection c, String text, Parking parking) throws SQLException {
    Object event = CheckpointRecorder.begin();
    Cancel now = engine.checkpoints.store(c, checkpoint(text, parking));
    Crashes.moment(engine.crashes);
    written(event, text, parking);
    return now;
  }

  private Checkpoint checkpoint(String text, Parking parking) {
    return new Checkpoint(run, node, text, parking, cancel == Cancel.DELIVERED);
  }

  private void written(@Nullable Object event, String text, Parking parking) {
    engine.written.increment();
    if (event != null) {
      CheckpointRecorder.end(event, run.id(), text.length(), parking.keep());
    }
  }

  /** A checkpoint was committed. */
  void stored(Cancel now) {
    checkpoint++;
    if (cancel != Cancel.DELIVERED) {
      cancel = now;
    }
  }

  /** What the run goes on with; with {@code reload} frames and outcome are made anew, as after a crash. */
  Delivery reloaded(String text, Delivery outcome) {
    if (!engine.options.reload()) {
      return outcome;
    }
    Snapshot snapshot = engine.texts.read(text);
    frames = snapshot.frames();
    return snapshot.outcome();
  }

  /** A key that no other step has: of another run, of another place, or after another checkpoint. */
  String key(String name) {
    int place = 0;
    for (Frame f : frames) {
      DurableMethod m = engine.program.methodOf((DurableFrame) f);
      place = 31 * (31 * place + m.toString().hashCode()) + m.at(f.state).call().hashCode();
    }
    return Long.toString(run.incarnation(), 36)
        + "-"
        + checkpoint
        + "-"
        + Integer.toHexString(place)
        + "-"
        + name;
  }
}

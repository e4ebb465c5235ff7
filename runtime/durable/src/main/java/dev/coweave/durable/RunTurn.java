package dev.coweave.durable;

import dev.coweave.coroutine.Frame;
import dev.coweave.durable.format.Delivery;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.format.Snapshot;
import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.sql.Checkpoint;
import dev.coweave.durable.sql.LeaseLost;
import dev.coweave.durable.sql.Parking;
import dev.coweave.durable.sql.RunRow;
import dev.coweave.durable.sql.RunRow.Cancel;
import dev.coweave.durable.sql.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
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
    try {
      work();
    } catch (LeaseLost e) {
      engine.log(System.Logger.Level.INFO, "run " + run.id() + " was taken by another node", null);
    } catch (SQLException e) {
      engine.log(
          System.Logger.Level.WARNING, "run " + run.id() + " is put off: " + e.getMessage(), e);
      engine.release(this, LATER, attempts(), false); // the engine's own trouble
    } catch (FormatException e) {
      stuck(e);
    } catch (VirtualMachineError e) {
      engine.log(
          System.Logger.Level.ERROR, "run " + run.id() + " failed as a crash would: " + e, e);
      engine.release(this, LATER, attempts(), true);
    } catch (RuntimeException | Error e) {
      engine.log(System.Logger.Level.ERROR, "run " + run.id() + " is put off: " + e, e);
      engine.release(this, LATER, attempts(), true);
    }
  }

  /** It can't go on by itself; or only not here, where a service is not known. */
  private void stuck(FormatException e) {
    engine.park(this, e);
  }

  private void work() throws SQLException {
    if (run.claims() > engine.options.maxClaims()) {
      throw new FormatException(
          Fault.POISON,
          "the run was taken " + (run.claims() - 1) + " times without getting to a checkpoint");
    }
    Snapshot loaded = engine.read(run.state());
    frames = loaded.frames();
    if (frames.isEmpty()) {
      throw new FormatException(Fault.BAD_TEXT, "the text has no frames");
    }
    Delivery outcome = loaded.outcome();
    if (run.waitsFor() != null) {
      outcome = operations.waited(run.waitsFor());
    }
    while (outcome != null) {
      if (engine.isClosing()) {
        engine.release(this, 0, attempts(), false);
        return;
      }
      outcome = go(outcome);
    }
  }

  /** Goes on to the next wait; gives what is delivered there, or null if the run rests or has ended. */
  private @Nullable Delivery go(Delivery outcome) throws SQLException {
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
    String text = engine.write(new Snapshot(List.of(), outcome));
    engine.checkpoints.end(run, node, status, text);
    engine.ended(run.id());
  }

  // ---- for operations

  /** The cancellation is delivered here, once. */
  Delivery deliverCancel() throws SQLException {
    Delivery outcome = Delivery.failed(new RunCancelled("the run " + run.id() + " was cancelled"));
    cancel = Cancel.DELIVERED;
    return Objects.requireNonNull(checkpoint(outcome));
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
    return engine.write(new Snapshot(frames, outcome));
  }

  /** Stores the run with what is delivered to it, and goes on with it. */
  @Nullable Delivery checkpoint(Delivery outcome) throws SQLException {
    String text = text(outcome);
    stored(store(null, text, Parking.NONE));
    return reloaded(text, outcome);
  }

  /** Stores the run as one that rests until its time has come. */
  void rest(Parking parking) throws SQLException {
    store(null, text(Delivery.NONE), parking);
  }

  /** @param c the transaction of which this is a part; null for one of its own, together with those of other runs */
  Cancel store(@Nullable Connection c, String text, Parking parking) throws SQLException {
    Object event = CheckpointRecorder.begin();
    Checkpoint p = new Checkpoint(run, node, text, parking, cancel);
    Cancel now = c == null ? engine.checkpoints.store(p) : engine.checkpoints.store(c, p);
    engine.written.increment();
    if (event != null) {
      CheckpointRecorder.end(event, run.id(), text.length(), parking.keep());
    }
    return now;
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
    Snapshot snapshot = engine.read(text);
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

package dev.coweave.task;

import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Operation;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Drives the tasks of a scheduler that has no queue, but a table of its tasks, and comes by each in turn. It keeps itself how long a task
 * waits: until a number of rounds has passed, or a condition holds. For those who write schedulers.
 *
 * @hidden
 */
public abstract class RoundRobin extends TaskContinuation {
  // A turn that only waits for the next round needs the frame and nothing else, so it touches
  // nothing else: which task it is, is known by the place in the table, and found when somebody
  // asks. Then the task is looked at after the turn.
  //
  //              quietTurn                    somebody asks: current, task
  //   place = -1 ─────────► place = the place ───────────────────────────► place = -1,
  //                                                                        current = the task

  /** Where the task stands in the table whose turn it is, if nobody has asked for it; else -1. */
  private int place = -1;

  /** For schedulers. */
  protected RoundRobin() {}

  /** The task at a place of the table. */
  protected abstract TaskState<?> at(int place);

  @Override
  protected final @Nullable TaskState<?> outermostMade() {
    int p = place;
    if (p < 0) {
      return null;
    }
    place = -1;
    TaskState<?> t = at(p);
    current = t;
    return t;
  }

  /** That of a quiet turn is there, if not yet found. */
  @Override
  public final @Nullable TaskState<?> currentIfMade() {
    return current();
  }

  /** Whether nobody has asked in this turn whose it is. */
  protected final boolean isQuiet() {
    return place >= 0;
  }

  /** A task's wait has been ended. */
  protected static void noteReady(TaskState<?> t) {
    t.noteReady();
  }

  // ---- quiet turns

  /** Whether a task that is parked may have a quiet turn: it waits for rounds, and nothing is to be restored or looked at. */
  protected static boolean mayBeQuiet(TaskState<?> t) {
    return t.isPlain();
  }

  /** The frame in which a task is parked. */
  protected static @Nullable Frame frameOf(TaskState<?> t) {
    return t.frames();
  }

  /** Whether a task is parked in a wait that this scheduler doesn't keep. */
  protected static boolean waitsElsewhere(TaskState<?> t) {
    return t.waitsFor() != null;
  }

  /**
   * Gives a task a turn that begins with nothing but its frame.
   *
   * @param at its place
   * @param f the frame in which it is parked
   * @return the frame in which it is parked now; null if the task is to be looked at, or has ended
   */
  protected final @Nullable Frame quietTurn(int at, @Nullable Frame f) {
    place = at;
    budget = BUDGET;
    TaskState<?> t = null;
    try {
      Frame left = drive(f);
      if (suspended && place >= 0 && isOutside()) {
        Frame unused = park();
        forgetFailure();
        place = -1;
        if (left != f) {
          at(at).park(left);
        }
        return left;
      }
      t = task();
      settle(t, left);
    } catch (Throwable e) { // as in turn
      place = -1;
      broken(t == null ? at(at) : t, e);
    }
    current = null;
    return null;
  }

  /** Whether the calls of the running task are inside of no async generator. */
  private boolean isOutside() {
    Frame inside = within(null);
    return inside == null || within(inside) != null;
  }

  /**
   * Asks a condition as code of a task: it sees what the task sees.
   *
   * @param at the task's place
   * @return whether it holds
   */
  protected final boolean asks(int at) {
    place = at;
    try {
      return isOver(at);
    } finally {
      place = -1;
      if (current != null) {
        current = null;
      }
    }
  }

  // ---- other turns

  /**
   * Looks at a task, and gives it its turn if it is ready.
   *
   * @param at its place
   * @return whether it was
   */
  protected final boolean look(int at) {
    TaskState<?> t = at(at);
    boolean ready = t.waitsFor() != null ? t.takeReady() : endsWait(t, at);
    if (ready) {
      turn(t);
    }
    return ready;
  }

  /** Whether a wait for rounds or a condition ends: it is over, or its task is cancelled. A condition that holds wins. */
  private boolean endsWait(TaskState<?> t, int at) {
    Operation operation = operation(at);
    Contexts own = t.enterContexts();
    boolean over;
    try {
      over = asks(at);
      if (over && operation != null && t.isCancelPending()) {
        end(t, operation, null);
      }
    } catch (Throwable e) {
      if (operation == null) {
        throw e; // No condition's: the stack is full.
      }
      end(t, operation, e);
      over = true;
    }
    t.leaveContexts(own);
    return over || t.isCancelPending();
  }

  /** Gives a task its turn, in which its wait for a condition throws what the condition has thrown. */
  protected final void turnAfter(int at, Throwable failure) {
    TaskState<?> t = at(at);
    end(t, Objects.requireNonNull(operation(at)), failure);
    turn(t);
  }

  /** The task's turn finds the outcome of a wait. */
  @SuppressWarnings("NullAway") // a Void is null
  private static void end(TaskState<?> t, Operation operation, @Nullable Throwable failure) {
    TurnWait w = new TurnWait(operation, 0);
    boolean unused = failure == null ? w.resume(null) : w.fail(failure);
    t.waitFor(w);
  }

  /** Whether a task's wait is over, as this scheduler keeps it. The wait throws whatever a condition throws. */
  protected abstract boolean isOver(int place);

  /** The operation of a task that waits for a condition; null if it waits for a round. */
  protected abstract @Nullable Operation operation(int place);

  /** A wait that a scheduler keeps itself, for those who look. */
  protected static Resumption<?> view(Operation operation, long since) {
    return new TurnWait(operation, since);
  }
}

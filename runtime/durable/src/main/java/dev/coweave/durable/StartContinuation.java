package dev.coweave.durable;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.frame.DurableFrame;
import org.jspecify.annotations.Nullable;

/**
 * Calls the lambda that begins a run, as far as the durable method: that unwinds before its body begins, and its frame has the arguments.
 */
final class StartContinuation extends Continuation {
  private boolean reached;

  /** What begins a run, with its twin's argument. */
  interface Body {
    void call(Continuation c) throws Exception;
  }

  /** A durable method is entered: it is to unwind. */
  void reach() {
    reached = true;
    depth = MAX_DEPTH;
  }

  /**
   * The frame of the durable method that a lambda calls.
   *
   * @throws FormatException if it calls none
   */
  static Frame capture(Body body) {
    StartContinuation c = new StartContinuation();
    Throwable thrown = null;
    try {
      body.call(c);
      // With coweave.maxDepth=1 the lambda itself unwinds before.
      while (!c.reached && c.suspended) {
        Frame f = c.park();
        if (f == null) {
          break;
        }
        f.resume(c);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      thrown = t;
    }
    return c.captured(thrown);
  }

  private Frame captured(@Nullable Throwable thrown) {
    Frame f = park();
    if (!reached || !(f instanceof DurableFrame)) {
      throw new FormatException(
          Fault.NO_DURABLE_CALL,
          thrown == null
              ? "the lambda that begins the run calls no durable method"
              : "the lambda that begins the run ended before it called a durable method: " + thrown,
          thrown);
    }
    return f;
  }

  /** Each frame is stored, and is a method's. */
  @Override
  protected boolean keepsTails() {
    return false;
  }
}

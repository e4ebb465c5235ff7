package dev.coweave.coroutine;

import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of an async generator: the frame of an activation that may both wait and yield. The weaver makes a subclass a method, whose
 * fields are the saved locals; docs/adr/0019 says why it is a frame and not a continuation.
 *
 * <p>Not thread-safe; handed from task to task, it must be handed over with a happens-before edge.
 */
public abstract class GeneratorFrame extends Frame {
  // The consumer's call of hasNext, next or close enters the body on its own stack, with its own
  // continuation. The body then
  //
  //   yields itself      returns true, the element in a field: nothing is saved but its locals
  //   waits              its frames are pushed, this one, and the consumer's: one chain, resumed as
  //                      any is.
  //                      When the driver comes back here, what was asked for is given to the
  //                      consumer
  //   yields in a        the nested frames unwind. On the consumer's stack, they stop at the call
  //   nested call        of hasNext. In the driver, the chain is cut at this frame: what is inside
  //                      stays in leaf, and the consumer goes on with the element
  //
  //   leaf ─► … ─► this │ consumer ─► … ─► task           │ where the chain is cut, by
  // Continuation.inside
  //
  // A generator of which another yields all is lent: an ordinary frame of the other's chain, whose
  // elements pass it by.
  //
  //            hasNext, next                    yield                     end, or the body throws
  //   0 (fresh) ───────────► RUNNING ──────────────────► k (at yield k) ─────────► FINISHED
  //       │               (also while it waits,  ◄─────────────┘                      ▲
  //       │                or is lent)             hasNext, next, close               │
  //       └─────────────────────────────── close ─────────────────────────────────────┘

  private static final int RUNNING = -1;
  private static final int FINISHED = -2;

  /** The question of its consumer, who waits for the answer. */
  private enum Asked {
    /** Whether there is an element, as an int. */
    MORE,
    /** Whether there is an element, as an object. */
    MORE_BOXED,
    ELEMENT,
    END,
    /** All elements, for the generator that yields them: it is lent. */
    ALL
  }

  /** Where the body goes on: 0 at its start, k at its suspension point k; negative when it can't. Written by woven code. */
  public int coweave$state;

  /** The element that was yielded last. Written by woven code that doesn't keep a primitive. */
  public @Nullable Object coweave$element;

  /** The depth of what the body calls. */
  public int coweave$depth;

  /** The body has run a step ahead. */
  private boolean ready;

  private @Nullable Object result;

  /** The innermost frame of a nested call that has yielded; its chain ends with this frame. Null if the body itself has. */
  private @Nullable Frame leaf;

  // While it is parked in a chain:
  private int stoppedAt;
  private @Nullable Asked asked;
  private @Nullable Frame around;

  /** While it is being closed. */
  private @Nullable GeneratorClosed closing;

  /** For woven code. */
  protected GeneratorFrame() {}

  // ---- what woven code overrides and calls

  /**
   * Runs the body from {@link #coweave$state} to its next yield, its next wait or its end.
   *
   * @param c the consumer's continuation
   * @return true when it has yielded or a nested call has suspended, false when it has ended
   */
  protected abstract boolean step(Continuation c);

  /** The element that was yielded last, boxed. */
  protected @Nullable Object take() {
    return coweave$element;
  }

  /** Drops what the fields refer to. */
  protected void clear() {}

  /**
   * The body returns.
   *
   * @param value what it returned, which must be null: {@code return AsyncGenerator.end()} returns null
   * @return false, for {@link #step}
   */
  public final boolean coweave$returned(@Nullable Object value) {
    if (value != null) {
      throw new IllegalStateException(
          "an async generator returned "
              + value.getClass().getName()
              + "; end it by 'return AsyncGenerator.end();' or 'return null;'");
    }
    finish();
    return false;
  }

  /** Keeps the result of {@code yieldAll}; woven code calls it for {@code Generator.end(result)}. */
  public final void coweave$keep(@Nullable Object result) {
    this.result = result;
  }

  // ---- what the consumer asks; each returns a dummy where it sets c.suspended

  /** Whether there is an element. */
  protected final boolean more(Continuation c) {
    return ready || (ready = advance(Asked.MORE, c));
  }

  /** Whether there is an element, for plain callers. */
  protected final Boolean moreBoxed(Continuation c) {
    return ready || (ready = advance(Asked.MORE_BOXED, c));
  }

  /**
   * The next element.
   *
   * @throws NoSuchElementException when the body has ended
   */
  protected final @Nullable Object element(Continuation c) {
    if (!ready && !advance(Asked.ELEMENT, c)) {
      if (c.suspended) {
        return null;
      }
      throw exhausted();
    }
    ready = false;
    return take();
  }

  /** Whether the next element is there, so that it may be taken by {@link #coweave$ready}. */
  public final boolean coweave$isReady() {
    return ready;
  }

  /** Takes the element that is there; what woven code calls in place of {@code next}, for that may wait. */
  public final @Nullable Object coweave$ready() {
    ready = false;
    return take();
  }

  /** Ends the body: the yield at which it stands throws an error, so that its {@code finally} blocks run. */
  protected final void end(Continuation c) {
    checkNotInside();
    ready = false;
    if (coweave$state == 0) {
      finish();
    }
    if (coweave$state == FINISHED) {
      return;
    }
    GeneratorClosed closed = new GeneratorClosed();
    closing = closed;
    c.giveFailure(closed);
    boolean yielded;
    try {
      yielded = advance(Asked.END, c);
    } catch (GeneratorClosed e) {
      if (e != closed) {
        throw e;
      }
      closed(closed);
      return;
    }
    if (!c.suspended) {
      closing = null;
      if (yielded) {
        throw yieldedInEnd();
      }
    }
  }

  private boolean advance(Asked what, Continuation c) {
    int depth = c.depth;
    if (coweave$state < 0 || leaf != null || depth >= Continuation.MAX_DEPTH) {
      return advanceInDriver(what, c);
    }
    Frame before = c.inside;
    coweave$depth = depth + 1;
    boolean more;
    try {
      more = step(c);
    } catch (Throwable t) {
      throw failed(t);
    }
    return c.suspended ? stopped(what, before, c) : more;
  }

  /** The way of an element that comes from a parked chain, or doesn't come. */
  private boolean advanceInDriver(Asked what, Continuation c) {
    if (coweave$state == FINISHED) {
      return false;
    }
    checkNotInside();
    around = c.within(this);
    stop(what);
    unwind(c);
    return false;
  }

  /** The body's nested call has suspended on the consumer's stack; whether by an element for it. */
  private boolean stopped(Asked what, @Nullable Frame before, Continuation c) {
    boolean entered = c.inside != before; // by a generator or a timeout inside
    if (!entered && c.isYielding()) {
      coweave$element = c.takeElement();
      c.push(this);
      keep(c.park());
      return true;
    }
    around = entered ? before : c.within(this);
    stop(what);
    c.push(this);
    return false;
  }

  // ---- in the driver

  @Override
  public final void resume(Continuation c) {
    if (ready) { // lent when it had run ahead
      ready = false;
      pass(take(), c);
      return;
    }
    if (leaf != null) {
      unwind(c);
      return;
    }
    coweave$state = stoppedAt;
    coweave$depth = 1;
    boolean more;
    try {
      more = step(c);
    } catch (Throwable t) {
      failedInDriver(t, c);
      return;
    }
    if (c.suspended) {
      stop(Objects.requireNonNull(asked));
      c.push(this);
    } else {
      answer(more, c);
    }
  }

  private void failedInDriver(Throwable t, Continuation c) {
    GeneratorClosed closed = asked == Asked.END && t == closing ? closing : null;
    leave(c);
    finish();
    if (closed == null) {
      throw wrap(t);
    }
    closed(closed);
  }

  /** The body has ended by what closed it. */
  private static void closed(GeneratorClosed by) {
    Throwable failure = by.inCleanUp();
    if (failure != null) {
      throw wrap(failure);
    }
  }

  /** A nested call has yielded, and its frames have unwound to the driver: the frame that goes on. */
  final @Nullable Frame yielded(Frame innermost, @Nullable Object element, Continuation c) {
    Frame consumer = parent;
    coweave$state = stoppedAt;
    coweave$element = element;
    keep(innermost);
    answer(true, c);
    return consumer;
  }

  /** Gives the consumer what it asked for. */
  private void answer(boolean more, Continuation c) {
    Asked what = Objects.requireNonNull(asked); // it is parked
    if (what == Asked.ALL && more) {
      pass(take(), c);
      return;
    }
    Frame consumer = leave(c);
    switch (what) {
      case MORE -> {
        ready = more;
        c.give(more ? 1 : 0);
      }
      case MORE_BOXED -> {
        ready = more;
        c.give((Object) more);
      }
      case ELEMENT -> {
        if (more) {
          c.give(take());
        } else {
          c.giveFailure(exhausted());
        }
      }
      case END -> {
        closing = null;
        if (more) {
          c.giveFailure(yieldedInEnd());
        }
      }
      case ALL -> endLent(consumer, c);
    }
  }

  /** PEP 380: an inner generator that ends when it is closed doesn't keep the outer ones from closing. */
  private void endLent(@Nullable Frame consumer, Continuation c) {
    if (c.boundary(consumer) instanceof GeneratorFrame root && root.closing != null) {
      c.giveFailure(root.closing);
    } else {
      c.give(result);
    }
  }

  /** The element of a lent generator, for the one that yields all of it. */
  private void pass(@Nullable Object element, Continuation c) {
    stop(Asked.ALL);
    c.yieldElement(element);
    c.push(this);
  }

  private void stop(Asked what) {
    if (asked != what) {
      asked = what;
    }
    if (coweave$state != RUNNING) {
      stoppedAt = coweave$state;
    }
    state = (short) stoppedAt; // for traces
    coweave$state = RUNNING;
  }

  /** It is no longer a part of the consumer's chain: the consumer's frame. */
  private @Nullable Frame leave(Continuation c) {
    if (asked != Asked.ALL) {
      c.within(around);
      around = null;
    }
    asked = null;
    Frame consumer = parent;
    parent = null;
    c.unwound(consumer);
    return consumer;
  }

  private void keep(@Nullable Frame innermost) {
    leaf = innermost == this ? null : innermost;
  }

  /** Goes on at the innermost frame, once the consumer's stack has unwound. */
  private void unwind(Continuation c) {
    Frame innermost = leaf;
    leaf = null;
    c.unwind(innermost == null ? this : innermost, this);
  }

  @Override
  protected final boolean takesYields() {
    return asked != Asked.ALL;
  }

  @Override
  final String resumedIn() {
    return GeneratorFrame.class.getName();
  }

  // ---- yieldAll

  /**
   * Lends itself to the async generator that yields all of it: the caller returns a dummy, if c.suspended.
   *
   * @return what the body ended with, if it has
   * @throws IllegalStateException if somebody is inside
   */
  public final @Nullable Object lend(Continuation c) {
    if (coweave$state == FINISHED) {
      return result;
    }
    checkNotInside();
    stop(Asked.ALL);
    if (ready) {
      c.unwind(this, this);
    } else {
      unwind(c);
    }
    return null;
  }

  // ---- ends

  private RuntimeException failed(Throwable t) {
    LogicalStack.leftBody(t, getClass());
    finish();
    return wrap(t);
  }

  private static RuntimeException wrap(Throwable t) {
    if (t instanceof NoSuchElementException) {
      // As PEP 479: else the consumer would take a bug of the body for the end of the sequence.
      return new IllegalStateException("the generator's body threw " + t, t);
    }
    Continuation.<RuntimeException>sneakyThrow(t);
    throw new AssertionError(t);
  }

  private void finish() {
    coweave$state = FINISHED;
    leaf = null;
    coweave$element = null;
    ready = false;
    closing = null;
    clear();
  }

  private void checkNotInside() {
    if (coweave$state == RUNNING) {
      throw new IllegalStateException(
          "the async generator is in use\n"
              + "  because: another call of hasNext, next or close has not returned, or another"
              + " generator yields all of it\n"
              + "  fix: let one task at a time ask it");
    }
  }

  private static IllegalStateException yieldedInEnd() {
    return new IllegalStateException(
        "the generator yielded while it was closed; don't yield in a finally block or catch"
            + " Throwable around a yield");
  }

  private static NoSuchElementException exhausted() {
    return new NoSuchElementException("the generator has ended");
  }
}

package dev.coweave.coroutine;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Calls in tail position: their callers' activations have ended, for the callee's outcome is their own; only traces and dumps
 * still show them. It stands in the chain between the callee's frame and the next caller that was saved, and passes the outcome
 * through.
 *
 * <pre>
 *   writeRow's frame ──► TailCalls: saveOrder:5, handle:9 ──► main's frame
 * </pre>
 *
 * <p>Coroutines that call each other in tail position may go on for ever. So each place is kept once, with a count, the last
 * called first, and at most {@link #MAX_PLACES} of them: memory is bounded by the program's text.
 *
 * <p>Many tasks' bodies are such a call, as {@code () -> serve(connection)}. While they wait they all have the same object for it, which is never
 * changed.
 */
final class TailCalls extends Frame {
  /** More than these are counted only. */
  static final int MAX_PLACES = 32;

  /** How many are kept to be shared; a power of two. */
  private static final int SHARED = 256;

  /** Those of more calls are not shared. */
  private static final int MAX_SHARED_PLACES = 4;

  /** By the hash of the innermost trace; one takes another's place. Of a program that was unloaded only text stays. */
  private static final AtomicReferenceArray<@Nullable TailCalls> ALL_SHARED =
      new AtomicReferenceArray<>(SHARED);

  private static final class Place {
    final String trace;
    int count = 1;
    @Nullable Place outer;

    Place(String trace, @Nullable Place outer) {
      this.trace = trace;
      this.outer = outer;
    }

    boolean isLike(Place other) {
      return trace.equals(other.trace) && count == other.count;
    }
  }

  private Place innermost;
  private byte places = 1;

  /** Others have it too: it must not change. */
  private boolean shared;

  /** How many calls were left out for those that are kept. */
  private int more;

  TailCalls(String trace, int count) {
    innermost = new Place(trace, null);
    innermost.count = count;
  }

  /** Whether others have it too, so that nothing may be added. */
  boolean isShared() {
    return shared;
  }

  /** One like this that may be shared, if this is outermost for good and of few calls, each once; else this. In a cycle of calls each is more. */
  TailCalls shared() {
    if (shared || parent != null || !isSmall()) {
      return this;
    }
    int at = innermost.trace.hashCode() & SHARED - 1;
    TailCalls known = ALL_SHARED.getAcquire(at);
    if (known != null && standsWhere(known)) {
      return known;
    }
    shared = true;
    ALL_SHARED.setRelease(at, this);
    return this;
  }

  private boolean isSmall() {
    if (places > MAX_SHARED_PLACES || more > 0) {
      return false;
    }
    Place p = innermost;
    while (p != null && p.count == 1) {
      p = p.outer;
    }
    return p == null;
  }

  /**
   * A caller, around the callee and inside those that are here.
   *
   * @param trace as {@link Frame#trace} has it, with one line; a constant of the caller's class, compared by identity
   * @param count how many times it was called
   */
  @SuppressWarnings("StringEquality")
  void addInside(String trace, int count) {
    if (innermost.trace == trace) {
      innermost.count += count;
    } else {
      Place known = remove(trace);
      if (known == null) {
        innermost = new Place(trace, innermost);
        innermost.count = count;
        places++;
      } else {
        known.count += count;
        known.outer = innermost;
        innermost = known;
      }
      dropOutermost();
    }
  }

  /** The next frame in the chain is one of these too: this takes its place. */
  void absorb(TailCalls outer) {
    parent = outer.parent;
    more += outer.more;
    for (Place p = outer.innermost; p != null; p = p.outer) {
      addOutside(p.trace, p.count);
    }
  }

  /** The same, around those that are here. */
  @SuppressWarnings("StringEquality")
  void addOutside(String trace, int count) {
    Place p = innermost;
    while (p.trace != trace && p.outer != null) {
      p = p.outer;
    }
    if (p.trace == trace) {
      p.count += count;
    } else if (places < MAX_PLACES) {
      p.outer = new Place(trace, null);
      p.outer.count = count;
      places++;
    } else {
      more += count;
    }
  }

  @SuppressWarnings("StringEquality")
  private @Nullable Place remove(String trace) {
    Place inner = innermost;
    for (Place p = inner.outer; p != null; p = p.outer) {
      if (p.trace == trace) {
        inner.outer = p.outer;
        return p;
      }
      inner = p;
    }
    return null;
  }

  private void dropOutermost() {
    if (places > MAX_PLACES) {
      Place p = innermost;
      for (int i = 2; i < places; i++) {
        p = p.outer == null ? p : p.outer;
      }
      more += p.outer == null ? 0 : p.outer.count;
      p.outer = null;
      places--;
    }
  }

  /** The outcome stays where it is, for the next caller to take. */
  @Override
  public void resume(Continuation c) {}

  @Override
  public String trace() {
    return innermost.trace;
  }

  @Override
  boolean standsWhere(Frame other) {
    if (this == other) {
      return true;
    }
    if (!(other instanceof TailCalls calls) || more != calls.more) {
      return false;
    }
    Place mine = innermost;
    Place its = calls.innermost;
    while (mine != null && its != null && mine.isLike(its)) {
      mine = mine.outer;
      its = its.outer;
    }
    return mine == null && its == null;
  }

  @Override
  protected void addTo(List<StackTraceElement> calls) {
    StackTraceElement last = null;
    for (Place p = innermost; p != null; p = p.outer) {
      last = element(p.trace);
      calls.add(last);
      if (p.count > 1) {
        calls.add(more(last, p.count - 1));
      }
    }
    if (more > 0 && last != null) {
      calls.add(more(last, more));
    }
  }

  private static StackTraceElement element(String trace) {
    String[] parts = trace.split("\\|", -1);
    return new StackTraceElement(
        parts[0], parts[1], parts[2].isEmpty() ? null : parts[2], Integer.parseInt(parts[3]));
  }
}

package dev.coweave.generator;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The frame of a {@code yieldAll}.
 *
 * <p>Of a generator it stands for the body, which is <i>lent</i>: the frames of the inner generator's nested calls are linked
 * under this one, in the continuation of the generator that is consumed, whose driver resumes the innermost at once however deep
 * the delegation. Meanwhile this frame is the inner generator's own leaf; whoever asks the inner generator directly takes its
 * body back, and from then on this frame asks it step by step, as it does any iterator.
 */
final class Delegation extends Frame {
  private final Iterator<?> inner;
  private Generator<?> root;
  private boolean started;
  private boolean lent;

  private Delegation(Iterator<?> inner, Generator<?> root) {
    this.inner = inner;
    this.root = root;
  }

  static void begin(Iterator<?> inner, Generator<?> root) {
    root.unwind(new Delegation(inner, root));
  }

  boolean lends(Generator<?> g) {
    return lent && inner == g;
  }

  boolean isLent() {
    return lent;
  }

  /** Leaves the inner generator where it is. */
  void takeBack() {
    ((Generator<?>) inner).release();
  }

  Generator<?> root() {
    return root.driver();
  }

  void giveBack() {
    lent = false;
  }

  void moveTo(Generator<?> root) {
    this.root = root;
  }

  @Override
  public void resume(Continuation c) {
    root = (Generator<?>) c;
    if (!started) {
      started = true;
      root.give((Object) null);
      lent = inner instanceof Generator<?> g && g.lend(this, root);
      if (root.suspended) {
        return;
      }
    }
    if (lent) {
      ((Generator<?>) inner).stepFor(this, root);
    } else {
      stepwise();
    }
  }

  private void stepwise() {
    Object sent;
    try {
      sent = root.takeRef();
    } catch (Throwable t) {
      raise(t);
      return;
    }
    if (sent != null) {
      send(sent);
    } else if (inner.hasNext()) {
      yieldOn(inner.next());
    } else {
      end();
    }
  }

  private void send(Object value) {
    if (!(inner instanceof Generator<?> g)) {
      throw new UnsupportedOperationException(
          "send to a generator that yields all of "
              + inner.getClass().getName()
              + ", which can't take a value");
    }
    try {
      yieldOn(g.send(value));
    } catch (NoSuchElementException e) {
      end();
    }
  }

  private void raise(Throwable t) {
    if (root.isClosing(t)) {
      close();
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    if (!(inner instanceof Generator<?> g)) {
      Continuation.<RuntimeException>sneakyThrow(t);
      throw new AssertionError(t);
    }
    try {
      yieldOn(g.raise(t));
    } catch (NoSuchElementException e) {
      if (e == t) {
        throw e;
      }
      end();
    }
  }

  private void close() {
    if (inner instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        Continuation.<RuntimeException>sneakyThrow(e);
      }
    }
  }

  private void yieldOn(@Nullable Object value) {
    root.yielded(value);
    root.push(this);
  }

  private void end() {
    root.give(inner instanceof Generator<?> g ? g.result() : null);
  }

  /** With the lent body, which is no frame; what is inside it is. */
  @Override
  protected void addTo(List<StackTraceElement> calls) {
    StackTraceElement body = lent && inner instanceof Generator<?> g ? g.lentBody() : null;
    if (body != null) {
      calls.add(body);
    }
    super.addTo(calls);
  }

  @Override
  public String trace() {
    return YieldEach.OPERATION.trace();
  }
}

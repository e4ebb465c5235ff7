package dev.coweave.generator;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Operation;
import java.util.Iterator;

/** The frame of a {@code yieldAll} of an iterator, called from an async generator. */
final class YieldEach extends Frame {
  static final Operation OPERATION = Operation.behind(YieldEach.class, "Generator.yieldAll");

  private final Iterator<?> inner;

  YieldEach(Iterator<?> inner) {
    this.inner = inner;
  }

  @Override
  public void resume(Continuation c) {
    try {
      c.takeRef();
    } catch (Throwable t) { // the generator is closed
      close(t);
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    if (inner.hasNext()) {
      c.yieldElement(inner.next());
      c.push(this);
    } else {
      c.give(inner instanceof Generator<?> g ? g.<Object>result() : null);
    }
  }

  private void close(Throwable t) {
    if (inner instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Throwable u) {
        t.addSuppressed(u);
      }
    }
  }

  @Override
  public String trace() {
    return OPERATION.trace();
  }
}

package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import dev.coweave.task.TaskContinuation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a blocking stream. A worker thread reads when a task waits, and what it has read stays for the next if that one is cancelled: so
 * nothing is read that nobody wants, but for one piece.
 */
final class PipeInput extends ByteInput {
  private static final int PIECE = 1 << 16; // what a pipe holds

  private final InputStream in;

  // Guarded by this.
  private ByteBuffer piece = Buffers.EMPTY;
  private boolean filling;
  private boolean ended;
  private boolean closed;
  private @Nullable IOException failure;
  private @Nullable Outside<@Nullable Void> waiting;

  PipeInput(InputStream in) {
    super("ByteInput");
    this.in = in;
  }

  @Override
  synchronized int tryRead(ByteBuffer to) throws IOException {
    if (closed) {
      throw new AsynchronousCloseException();
    }
    if (piece.hasRemaining()) {
      int n = Math.min(to.remaining(), piece.remaining());
      to.put(piece.slice(piece.position(), n));
      piece.position(piece.position() + n);
      return n;
    }
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
    return ended ? -1 : 0;
  }

  @Override
  void awaitReadable(String operation, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, operation);
    Outside<@Nullable Void> w;
    boolean fill;
    synchronized (this) {
      if (piece.hasRemaining() || ended || closed || failure != null) {
        return;
      }
      w = Outside.begin(tc, operation);
      waiting = w;
      fill = !filling;
      filling = true;
    }
    if (fill) {
      try {
        Outside.run(this::fill);
      } catch (Throwable t) { // no thread can be started
        synchronized (this) {
          filling = false;
          waiting = null;
        }
        w.endFailed(t);
      }
    }
    tc.suspend(w);
  }

  @SuppressWarnings("NullAway") // a Void is null
  private void fill() {
    byte[] bytes = piece.capacity() == 0 ? new byte[PIECE] : piece.array(); // All of it was read.
    int n = 0;
    IOException failed = null;
    try {
      n = in.read(bytes);
    } catch (IOException e) {
      failed = e;
    }
    Outside<@Nullable Void> w;
    synchronized (this) {
      filling = false;
      failure = failed;
      ended = n < 0;
      piece = ByteBuffer.wrap(bytes, 0, Math.max(0, n));
      w = waiting;
      waiting = null;
    }
    if (w != null) {
      w.end(null);
    }
  }

  @Override
  public void close() {
    Outside<@Nullable Void> w;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      w = waiting;
      waiting = null;
    }
    if (w != null) {
      w.endFailed(new AsynchronousCloseException());
    }
    Outside.close(in);
  }

  @Override
  public String toString() {
    return "the output of a process";
  }
}

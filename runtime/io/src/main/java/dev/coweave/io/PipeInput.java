package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.task.TaskContinuation;
import dev.coweave.wait.OffloadedCall;
import dev.coweave.wait.Waits;
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
  private static final Operations OPERATIONS = Operations.of(ByteInput.class);

  private final InputStream in;
  private final String name;

  // Guarded by this.
  private ByteBuffer piece = Buffers.EMPTY;
  private boolean filling;
  private boolean ended;
  private boolean closed;
  private @Nullable Throwable failure;
  private @Nullable OffloadedCall<@Nullable Void> waiting;

  /**
   * Reads a stream.
   *
   * @param name for messages and dumps
   */
  PipeInput(InputStream in, String name) {
    super(OPERATIONS);
    this.in = in;
    this.name = name;
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
      throw Pipes.failure(failure);
    }
    return ended ? -1 : 0;
  }

  @Override
  @Coroutine
  void awaitReadable(Operation operation) {
    Pipes.checkReal(operation);
    Waits.<@Nullable Void>suspend(operation, c -> beginWait(c, operation));
  }

  private @Nullable OffloadedCall<@Nullable Void> beginWait(
      TaskContinuation c, Operation operation) {
    OffloadedCall<@Nullable Void> w;
    boolean fill;
    synchronized (this) {
      if (piece.hasRemaining() || ended || closed || failure != null) {
        return null;
      }
      w = new OffloadedCall<>(c, operation, this);
      waiting = w;
      fill = !filling;
      filling = true;
    }
    if (fill) {
      try {
        OffloadedCall.run(this::fill);
      } catch (Throwable t) { // no thread can be started
        synchronized (this) {
          filling = false;
          waiting = null;
        }
        w.endFailed(t);
      }
    }
    return w;
  }

  @SuppressWarnings("NullAway") // a Void is null
  private void fill() {
    ByteBuffer read = Buffers.EMPTY;
    int n = 0;
    Throwable failed = null;
    try {
      byte[] bytes = piece.capacity() == 0 ? new byte[PIECE] : piece.array(); // All of it was read.
      n = in.read(bytes);
      read = ByteBuffer.wrap(bytes, 0, Math.max(0, n));
    } catch (Throwable t) { // Also an Error: whoever waits has nobody else to learn it from.
      failed = t;
    }
    OffloadedCall<@Nullable Void> w;
    synchronized (this) {
      filling = false;
      failure = failed;
      ended = n < 0;
      piece = read;
      w = waiting;
      waiting = null;
    }
    if (w != null) {
      w.end(null);
    }
  }

  @Override
  public void close() {
    OffloadedCall<@Nullable Void> w;
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
    Pipes.close(in);
  }

  @Override
  public String toString() {
    return name;
  }
}

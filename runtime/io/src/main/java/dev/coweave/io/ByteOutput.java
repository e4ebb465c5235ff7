package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.task.TaskContinuation;
import dev.coweave.wait.OffloadedCall;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes that goes out: what a {@link Subprocess} reads. One task may write at a time; a second gets an {@link
 * IllegalStateException}. A write that is cancelled after its first byte has gone out can't be taken back: each later write fails.
 */
public final class ByteOutput implements AutoCloseable {
  private static final Operation WRITE = Operation.of(ByteOutput.class, "write");

  private static final int PIECE = 1 << 16; // what a pipe holds

  private final OutputStream out;
  private final String name;
  private final Output output = new Output(new Pipe());

  // Guarded by this, not by the stream: that is locked while it blocks.
  private boolean writing;
  private boolean closed;
  private @Nullable Throwable failure;
  private @Nullable OffloadedCall<@Nullable Void> waiting;

  /**
   * Writes to a stream.
   *
   * @param name for messages and dumps
   */
  ByteOutput(OutputStream out, String name) {
    this.out = out;
    this.name = name;
  }

  /**
   * Writes all of a buffer, waiting for the process to read if it is slow.
   *
   * @param from the bytes
   * @throws AsynchronousCloseException if this is closed, also meanwhile
   * @throws IOException if the process has ended or reads no more, or an earlier write was cancelled half way
   */
  @Coroutine
  public void write(ByteBuffer from) throws IOException {
    Pipes.checkReal(WRITE);
    output.write(from, WRITE);
  }

  /**
   * Writes bytes; see {@link #write(ByteBuffer)}.
   *
   * @param bytes not changed meanwhile
   * @throws IOException if they can't be written
   */
  @Coroutine
  public void write(byte[] bytes) throws IOException {
    write(ByteBuffer.wrap(bytes));
  }

  /** Ends the stream: the process reads what was written, and then the end. Whoever writes fails. Doing it again does nothing. Any thread. */
  @Override
  public void close() {
    OffloadedCall<@Nullable Void> w;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      w = takeWaiting();
    }
    if (w != null) {
      w.endFailed(new AsynchronousCloseException());
    }
    Pipes.close(out);
  }

  private @Nullable OffloadedCall<@Nullable Void> takeWaiting() {
    OffloadedCall<@Nullable Void> w = waiting;
    waiting = null;
    return w;
  }

  /** A worker thread writes one piece after the other. */
  private final class Pipe implements Output.Sink {
    @Override
    public boolean tryWrite(ByteBuffer from) throws IOException {
      byte[] piece;
      synchronized (ByteOutput.this) {
        if (closed) {
          throw new AsynchronousCloseException();
        }
        if (failure != null) {
          throw Pipes.failure(failure);
        }
        if (writing || !from.hasRemaining()) {
          return !writing;
        }
        piece = new byte[Math.min(PIECE, from.remaining())];
        from.get(piece);
        writing = true;
      }
      try {
        OffloadedCall.run(() -> write(piece));
      } catch (Throwable t) { // no thread can be started: nothing was written
        from.position(from.position() - piece.length);
        synchronized (ByteOutput.this) {
          writing = false;
        }
        throw t;
      }
      return false;
    }

    @SuppressWarnings("NullAway") // a Void is null
    private void write(byte[] piece) {
      Throwable failed = null;
      try {
        out.write(piece);
        out.flush();
      } catch (Throwable t) { // Also an Error: whoever waits has nobody else to learn it from.
        failed = t;
      }
      OffloadedCall<@Nullable Void> w;
      synchronized (ByteOutput.this) {
        writing = false;
        failure = failed;
        w = takeWaiting();
      }
      if (w != null) {
        w.end(null);
      }
    }

    @Override
    public boolean tryEnd() {
      close();
      return true;
    }

    @Override
    @Coroutine
    public void awaitWritable(Operation operation) {
      Waits.<@Nullable Void>suspend(operation, c -> beginWait(c, operation));
    }

    private @Nullable OffloadedCall<@Nullable Void> beginWait(
        TaskContinuation c, Operation operation) {
      synchronized (ByteOutput.this) {
        if (!writing || closed) {
          return null;
        }
        OffloadedCall<@Nullable Void> w = new OffloadedCall<>(c, operation, this);
        waiting = w;
        return w;
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }
}

package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes that goes out: what a {@link Subprocess} reads. One task may write at a time; a second gets an {@link
 * IllegalStateException}. A write that is cancelled after its first byte has gone out can't be taken back: each later write fails.
 */
@Stamp(abi = Stamp.ABI)
public final class ByteOutput implements AutoCloseable {
  private static final int PIECE = 1 << 16; // what a pipe holds

  private final OutputStream out;
  private final Output output = new Output(new Pipe());

  // Guarded by this, not by the stream: that is locked while it blocks.
  private boolean writing;
  private boolean closed;
  private @Nullable IOException failure;
  private @Nullable Outside<@Nullable Void> waiting;

  ByteOutput(OutputStream out) {
    this.out = out;
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
    PlainCall.act("ByteOutput.write", c -> write(from, c));
  }

  /**
   * The twin of {@link #write(ByteBuffer)}; not for users.
   *
   * @hidden
   */
  public void write(ByteBuffer from, Continuation c) throws IOException {
    output.write(from, "ByteOutput.write", c);
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

  /**
   * The twin of {@link #write(byte[])}; not for users.
   *
   * @hidden
   */
  public void write(byte[] bytes, Continuation c) throws IOException {
    write(ByteBuffer.wrap(bytes), c);
  }

  /** Ends the stream: the process reads what was written, and then the end. Whoever writes fails. Doing it again does nothing. Any thread. */
  @Override
  public void close() {
    Outside<@Nullable Void> w;
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
    Outside.close(out);
  }

  private @Nullable Outside<@Nullable Void> takeWaiting() {
    Outside<@Nullable Void> w = waiting;
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
          throw new IOException(failure.getMessage(), failure);
        }
        if (writing || !from.hasRemaining()) {
          return !writing;
        }
        piece = new byte[Math.min(PIECE, from.remaining())];
        from.get(piece);
        writing = true;
      }
      try {
        Outside.run(() -> write(piece));
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
      IOException failed = null;
      try {
        out.write(piece);
        out.flush();
      } catch (IOException e) {
        failed = e;
      }
      Outside<@Nullable Void> w;
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
    public void awaitWritable(String operation, Continuation c) {
      TaskContinuation tc = TaskContinuation.toWait(c, operation);
      Outside<@Nullable Void> w;
      synchronized (ByteOutput.this) {
        if (!writing || closed) {
          return;
        }
        w = Outside.begin(tc, operation);
        waiting = w;
      }
      tc.suspend(w);
    }

    @Override
    public String toString() {
      return "the input of a process";
    }
  }
}

package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.task.TaskCancelled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;

/**
 * A stream of bytes each way: {@link TcpConnection}, {@link TlsConnection}. One task may read while another writes; a second reader or
 * writer gets an {@link IllegalStateException}. Closing it ends both, from any thread.
 *
 * <p>A read that is cancelled or times out has taken no byte: what has come stays for the next. A write that is cancelled after its first
 * byte has gone out can't be taken back: each later write fails. Reading goes on.
 */
public abstract class Connection extends ByteInput {
  /** Writes the direction that goes out. */
  final Output output;

  Connection(Operations operations) {
    super(operations);
    this.output = new Output(new Outgoing());
  }

  // ---- what a kind of connection does

  abstract Network.Endpoint endpoint();

  /** Writes what it can; whether all has gone. */
  abstract boolean tryWrite(ByteBuffer from) throws IOException;

  /** Ends this side's stream; whether that is done. */
  abstract boolean tryShutdownOutput() throws IOException;

  /** Waits after {@link #tryWrite} or {@link #tryShutdownOutput} returned false; returns without waiting where that may have changed. */
  @Coroutine
  abstract void awaitWritable(Operation operation);

  /** A write fails with this; see {@link #readFailed}. */
  abstract void writeFailed(Throwable failure);

  /** An operation is over that may have waited in {@link #awaitWritable}. */
  void writingEnded() {}

  private final class Outgoing implements Output.Sink {
    @Override
    public boolean tryWrite(ByteBuffer from) throws IOException {
      return Connection.this.tryWrite(from);
    }

    @Override
    public boolean tryEnd() throws IOException {
      return tryShutdownOutput();
    }

    @Override
    @Coroutine
    public void awaitWritable(Operation operation) {
      Connection.this.awaitWritable(operation);
    }

    @Override
    public void writingEnded() {
      Connection.this.writingEnded();
    }

    @Override
    public String toString() {
      return Connection.this.toString();
    }
  }

  // ---- operations

  /**
   * Writes all of a buffer, waiting for the peer to read if it is slow.
   *
   * @param from the bytes
   * @throws AsynchronousCloseException if the connection is closed meanwhile
   * @throws IOException if the connection is broken, or an earlier write was cancelled half way
   */
  @Coroutine
  public final void write(ByteBuffer from) throws IOException {
    try {
      output.write(from, operations.write());
    } catch (IOException | TaskCancelled e) {
      writeFailed(e);
      throw e;
    }
  }

  /**
   * Writes bytes; see {@link #write(ByteBuffer)}.
   *
   * @param bytes not changed meanwhile
   * @throws IOException if the connection is broken
   */
  @Coroutine
  public final void write(byte[] bytes) throws IOException {
    write(ByteBuffer.wrap(bytes));
  }

  /**
   * Ends this side's stream: the peer reads what was written, and then the end. Reading goes on. Doing it again does nothing.
   *
   * @throws AsynchronousCloseException if the connection is closed meanwhile
   * @throws IOException if the connection is broken, or an earlier write was cancelled half way
   */
  @Coroutine
  public final void shutdownOutput() throws IOException {
    try {
      output.end(operations.shutdownOutput());
    } catch (IOException | TaskCancelled e) {
      writeFailed(e);
      throw e;
    }
  }

  /** Whether it has not been closed on this side. */
  public final boolean isOpen() {
    return endpoint().isOpen();
  }

  /**
   * Closes it, without waiting. Whoever waits in an operation of it fails with an {@link AsynchronousCloseException}. Closing it again does
   * nothing. Any thread.
   */
  @Override
  public void close() throws IOException {
    endpoint().close();
  }
}

package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.Poller;
import dev.coweave.task.PlainCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectableChannel;

/**
 * A stream of bytes each way: {@link TcpConnection}, {@link TlsConnection}. One task may read while another writes; a second reader or
 * writer gets an {@link IllegalStateException}. Closing it ends both, from any thread.
 *
 * <p>A read that is cancelled or times out has taken no byte: what has come stays for the next. A write that is cancelled after its first
 * byte has gone out can't be taken back: each later write fails. Reading goes on.
 */
@Stamp(abi = Stamp.ABI)
public abstract class Connection extends ByteInput {
  /** What the direction that goes out is written with. */
  final Output output;

  Connection(String type) {
    super(type);
    this.output = new Output(new Outgoing());
  }

  // ---- what a kind of connection does

  abstract SelectableChannel channel();

  /** Writes what it can; whether all has gone. */
  abstract boolean tryWrite(ByteBuffer from) throws IOException;

  /** Ends this side's stream; whether that is done. */
  abstract boolean tryShutdownOutput() throws IOException;

  /** Waits after {@link #tryWrite} or {@link #tryShutdownOutput} gave false; returns without waiting where it may give true now. */
  abstract void awaitWritable(String operation, Continuation c);

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
    public void awaitWritable(String operation, Continuation c) {
      Connection.this.awaitWritable(operation, c);
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
    PlainCall.act(type + ".write", c -> write(from, c));
  }

  /**
   * The twin of {@link #write(ByteBuffer)}; not for users.
   *
   * @hidden
   */
  public final void write(ByteBuffer from, Continuation c) throws IOException {
    output.write(from, type + ".write", c);
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
   * The twin of {@link #write(byte[])}; not for users.
   *
   * @hidden
   */
  public final void write(byte[] bytes, Continuation c) throws IOException {
    write(ByteBuffer.wrap(bytes), c);
  }

  /**
   * Ends this side's stream: the peer reads what was written, and then the end. Reading goes on. Doing it again does nothing.
   *
   * @throws AsynchronousCloseException if the connection is closed meanwhile
   * @throws IOException if the connection is broken, or an earlier write was cancelled half way
   */
  @Coroutine
  public final void shutdownOutput() throws IOException {
    PlainCall.act(type + ".shutdownOutput", this::shutdownOutput);
  }

  /**
   * The twin of {@link #shutdownOutput()}; not for users.
   *
   * @hidden
   */
  public final void shutdownOutput(Continuation c) throws IOException {
    output.end(type + ".shutdownOutput", c);
  }

  /** Whether it has not been closed on this side. */
  public final boolean isOpen() {
    return channel().isOpen();
  }

  /**
   * Closes it, without waiting. Whoever waits in an operation of it fails with an {@link AsynchronousCloseException}. Closing it again does
   * nothing. Any thread.
   */
  @Override
  public void close() throws IOException {
    Poller.close(channel());
  }
}

package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.Poller;
import dev.coweave.task.PlainCall;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectableChannel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes each way: {@link TcpConnection}, {@link TlsConnection}. One task may read while another writes; a second reader or
 * writer gets an {@link IllegalStateException}. Closing it ends both, from any thread.
 *
 * <p>A read that is cancelled or times out has taken no byte: what has come stays for the next. A write that is cancelled after its first
 * byte has gone out can't be taken back: each later write fails.
 */
@Stamp(abi = Stamp.ABI)
public abstract class Connection implements AutoCloseable {
  private static final int LONGEST_LINE = 65_536;
  private static final int READING = 1;
  private static final int WRITING = 2;

  private final String type;

  /** What has come and was not read yet, from position to limit; given up while it is empty, for most connections mostly wait. */
  private ByteBuffer buffer = Buffers.EMPTY;

  /** The tasks that are in an operation. */
  private volatile int busy;

  /** A write was cancelled half way. */
  private boolean torn;

  Connection(String type) {
    this.type = type;
  }

  // ---- what a kind of connection does

  abstract SelectableChannel channel();

  /** Reads what is there: how many bytes, 0 if it would block, -1 at the end. */
  abstract int tryRead(ByteBuffer to) throws IOException;

  /** Writes what it can; whether all has gone. */
  abstract boolean tryWrite(ByteBuffer from) throws IOException;

  /** What {@link #tryRead} waits for when it gives 0. */
  abstract int readsAfter();

  /** What {@link #tryWrite} waits for when it gives false. */
  abstract int writesAfter();

  // ---- operations

  private abstract class Operation<T> extends Attempt<T> {
    private final int side;

    Operation(String name, int side) {
      super(channel(), type + "." + name);
      this.side = side;
    }

    final T start(Continuation c) {
      enter(side, side == READING ? "reads" : "writes");
      return begin(c);
    }

    @Override
    final int operation() {
      return side == READING ? readsAfter() : writesAfter();
    }

    @Override
    void ended() {
      leave(side);
    }
  }

  private synchronized void enter(int side, String does) {
    if ((busy & side) != 0) {
      throw new IllegalStateException(
          "another task "
              + does
              + " already: "
              + this
              + "\n  because: the bytes of two would mix\n  fix: let one task do it, or take turns with a Mutex");
    }
    busy |= side;
  }

  private synchronized void leave(int side) {
    busy &= ~side;
  }

  /**
   * Reads what is there, waiting until there is something.
   *
   * @param to takes the bytes; must have room
   * @return how many bytes; -1 at the end of the stream
   * @throws AsynchronousCloseException if the connection is closed meanwhile
   * @throws IOException if the connection is broken
   */
  @Coroutine
  public final int read(ByteBuffer to) throws IOException {
    return PlainCall.<Integer>run(type + ".read", c -> new Read(to).start(c));
  }

  /**
   * The twin of {@link #read(ByteBuffer)}; not for users.
   *
   * @hidden
   */
  public final int read(ByteBuffer to, Continuation c) throws IOException {
    Integer n = new Read(to).start(c);
    return c.suspended ? 0 : n;
  }

  private final class Read extends Operation<Integer> {
    private final ByteBuffer to;

    Read(ByteBuffer to) {
      super("read", READING);
      if (!to.hasRemaining()) {
        throw new IllegalArgumentException("the buffer is full: no room to read into");
      }
      this.to = to;
    }

    @Override
    @Nullable Integer attempt() throws IOException {
      int n = buffer.hasRemaining() ? take(to) : tryRead(to);
      return n == 0 ? null : Integer.valueOf(n);
    }

    @Override
    void give(Integer n, Continuation c) {
      c.give(n.intValue());
    }
  }

  /**
   * Reads a number of bytes, waiting until they are there.
   *
   * @param length how many; the connection keeps them in memory until all have come
   * @return the bytes
   * @throws EOFException if the stream ends before; what has come can still be read
   * @throws AsynchronousCloseException if the connection is closed meanwhile
   * @throws IOException if the connection is broken
   */
  @Coroutine
  public final byte[] readExactly(int length) throws IOException {
    return PlainCall.run(type + ".readExactly", c -> readExactly(length, c));
  }

  /**
   * The twin of {@link #readExactly(int)}; not for users.
   *
   * @hidden
   */
  public final byte[] readExactly(int length, Continuation c) throws IOException {
    if (length < 0) {
      throw new IllegalArgumentException("negative length: " + length);
    }
    return new Operation<byte[]>("readExactly", READING) {
      @Override
      byte @Nullable [] attempt() throws IOException {
        while (buffer.remaining() < length) {
          int n = fill(Math.min(length, 2 * buffer.remaining() + Buffers.SIZE));
          if (n < 0) {
            throw new EOFException(
                "the stream ended after " + buffer.remaining() + " of " + length + " bytes");
          }
          if (n == 0) {
            return null;
          }
        }
        byte[] bytes = new byte[length];
        take(ByteBuffer.wrap(bytes));
        return bytes;
      }
    }.start(c);
  }

  /**
   * Reads a line of at most 65,536 bytes; see {@link #readLine(int)}.
   *
   * @return the line without its end; null at the end of the stream
   * @throws IOException if the line is longer, or the connection is broken
   */
  @Coroutine
  public final @Nullable String readLine() throws IOException {
    return readLine(LONGEST_LINE);
  }

  /**
   * The twin of {@link #readLine()}; not for users.
   *
   * @hidden
   */
  public final @Nullable String readLine(Continuation c) throws IOException {
    return readLine(LONGEST_LINE, c);
  }

  /**
   * Reads a line of UTF-8, which ends with {@code \n}, {@code \r\n} or the stream.
   *
   * @param max how many bytes it may have; bounds what a peer can make this keep in memory
   * @return the line without its end; null at the end of the stream
   * @throws IOException if the line is longer, or the connection is broken
   */
  @Coroutine
  public final @Nullable String readLine(int max) throws IOException {
    return PlainCall.<Line>run(type + ".readLine", c -> new ReadLine(max).start(c)).text;
  }

  /**
   * The twin of {@link #readLine(int)}; not for users.
   *
   * @hidden
   */
  public final @Nullable String readLine(int max, Continuation c) throws IOException {
    Line line = new ReadLine(max).start(c);
    return c.suspended ? null : line.text;
  }

  private record Line(@Nullable String text) {}

  private final class ReadLine extends Operation<Line> {
    private final int max;
    private int scanned;

    ReadLine(int max) {
      super("readLine", READING);
      this.max = max;
    }

    @Override
    @Nullable Line attempt() throws IOException {
      while (true) {
        for (; scanned < buffer.remaining(); scanned++) {
          if (buffer.get(buffer.position() + scanned) == '\n') {
            return line(scanned, 1);
          }
        }
        if (scanned > max) {
          throw new IOException("a line of more than " + max + " bytes");
        }
        int n = fill(Math.min(scanned + Buffers.SIZE, max + 2));
        if (n < 0) {
          return scanned == 0 ? new Line(null) : line(scanned, 0);
        }
        if (n == 0) {
          return null;
        }
      }
    }

    private Line line(int length, int end) throws IOException {
      if (length > max + 1) {
        throw new IOException("a line of more than " + max + " bytes");
      }
      byte[] bytes = new byte[length];
      take(ByteBuffer.wrap(bytes));
      skip(end);
      boolean cr = end > 0 && length > 0 && bytes[length - 1] == '\r';
      if (length - (cr ? 1 : 0) > max) {
        throw new IOException("a line of more than " + max + " bytes");
      }
      return new Line(new String(bytes, 0, length - (cr ? 1 : 0), StandardCharsets.UTF_8));
    }

    @Override
    void give(Line line, Continuation c) {
      c.give(line.text);
    }
  }

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
    int before = Objects.requireNonNull(from, "from").position();
    Boolean unused =
        new Operation<Boolean>("write", WRITING) {
          private boolean done;

          @Override
          @Nullable Boolean attempt() throws IOException {
            if (torn) {
              throw new IOException("an earlier write was cancelled half way: " + Connection.this);
            }
            done = tryWrite(from);
            return done ? Boolean.TRUE : null;
          }

          @Override
          void ended() {
            torn |= !done && from.position() > before;
            super.ended();
          }
        }.start(c);
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

  /** Whether it has not been closed on this side. */
  public final boolean isOpen() {
    return channel().isOpen();
  }

  /**
   * Closes it. Whoever waits in an operation of it fails with an {@link AsynchronousCloseException}. Closing it again does nothing. Any
   * thread.
   */
  @Override
  public void close() throws IOException {
    Poller.close(channel());
  }

  // ---- the buffer

  /** Reads more: how many bytes, 0 if it would block, -1 at the end. */
  private int fill(int wanted) throws IOException {
    if (buffer.capacity() < wanted) {
      ByteBuffer larger = Buffers.take(wanted).put(buffer).flip();
      Buffers.give(buffer);
      buffer = larger;
    } else if (buffer.capacity() - buffer.position() < wanted) {
      buffer.compact().flip();
    }
    int start = buffer.position();
    int end = buffer.limit();
    buffer.limit(buffer.capacity()).position(end);
    int n;
    try {
      n = tryRead(buffer);
    } finally {
      end = buffer.position();
      buffer.position(start).limit(end);
      release();
    }
    return n;
  }

  private int take(ByteBuffer to) {
    int n = Math.min(to.remaining(), buffer.remaining());
    to.put(buffer.slice(buffer.position(), n));
    skip(n);
    return n;
  }

  private void skip(int n) {
    buffer.position(buffer.position() + n);
    release();
  }

  private void release() {
    if (!buffer.hasRemaining()) {
      Buffers.give(buffer);
      buffer = Buffers.EMPTY;
    }
  }
}

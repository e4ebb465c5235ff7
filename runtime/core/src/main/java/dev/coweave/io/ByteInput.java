package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes that comes in: a {@link Connection}'s, or what a {@link Subprocess} prints. One task may read at a time; a second
 * gets an {@link IllegalStateException}. A read that is cancelled or times out has taken no byte: what has come stays for the next.
 */
@Stamp(abi = Stamp.ABI)
public abstract class ByteInput implements AutoCloseable {
  private static final int LONGEST_LINE = 65_536;

  final String type;

  /** What has come and was not read yet. */
  private final ByteQueue buffered = new ByteQueue();

  private final Turn reading = new Turn(this, "reads");

  ByteInput(String type) {
    this.type = type;
  }

  // ---- what a kind of stream does

  /** Reads what is there: how many bytes, 0 if it would block, -1 at the end. */
  abstract int tryRead(ByteBuffer to) throws IOException;

  /** Waits after {@link #tryRead} gave 0; returns without waiting where something has come meanwhile. */
  abstract void awaitReadable(String operation, Continuation c);

  /** An operation is over that may have waited in {@link #awaitReadable}. */
  void readingEnded() {}

  // ---- operations

  private abstract class Reading<T> extends Attempt<T> {
    Reading(String name) {
      super(type + "." + name);
    }

    @Override
    final void starting() {
      reading.take();
    }

    @Override
    final void await(Continuation c) {
      awaitReadable(name, c);
    }

    @Override
    final void ended() {
      reading.leave();
      readingEnded();
    }
  }

  /**
   * Reads what is there, waiting until there is something.
   *
   * @param to takes the bytes; must have room
   * @return how many bytes; -1 at the end of the stream
   * @throws AsynchronousCloseException if this is closed meanwhile
   * @throws IOException if the stream is broken
   */
  @Coroutine
  public final int read(ByteBuffer to) throws IOException {
    return PlainCall.<Integer>run(type + ".read", c -> new Read(to, true).begin(c));
  }

  /**
   * The twin of {@link #read(ByteBuffer)}; not for users.
   *
   * @hidden
   */
  public final int read(ByteBuffer to, Continuation c) throws IOException {
    Integer n = new Read(to, false).begin(c);
    return c.suspended ? 0 : n;
  }

  private final class Read extends Reading<Integer> {
    private final ByteBuffer to;
    private final boolean boxed;

    Read(ByteBuffer to, boolean boxed) {
      super("read");
      if (!to.hasRemaining()) {
        throw new IllegalArgumentException("the buffer is full: no room to read into");
      }
      this.to = to;
      this.boxed = boxed;
    }

    @Override
    @Nullable Integer attempt() throws IOException {
      int n = buffered.isEmpty() ? tryRead(to) : buffered.take(to);
      return n == 0 ? null : Integer.valueOf(n);
    }

    @Override
    void give(Integer n, Continuation c) {
      if (boxed) {
        c.give(n);
      } else {
        c.give(n.intValue());
      }
    }
  }

  /**
   * Reads a number of bytes, waiting until they are there.
   *
   * @param length how many; they are kept in memory until all have come
   * @return the bytes
   * @throws EOFException if the stream ends before; what has come can still be read
   * @throws AsynchronousCloseException if this is closed meanwhile
   * @throws IOException if the stream is broken
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
    return new Reading<byte[]>("readExactly") {
      @Override
      byte @Nullable [] attempt() throws IOException {
        while (buffered.size() < length) {
          int n = fill(Math.min(length - buffered.size(), buffered.size() + Buffers.SIZE));
          if (n < 0) {
            throw new EOFException(
                "the stream ended after " + buffered.size() + " of " + length + " bytes");
          }
          if (n == 0) {
            return null;
          }
        }
        byte[] bytes = new byte[length];
        int unused = buffered.take(ByteBuffer.wrap(bytes));
        return bytes;
      }
    }.begin(c);
  }

  /**
   * Reads a line of at most 65,536 bytes; see {@link #readLine(int)}.
   *
   * @return the line without its end; null at the end of the stream
   * @throws IOException if the line is longer, or the stream is broken
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
   * @throws IOException if the line is longer, or the stream is broken
   */
  @Coroutine
  @SuppressWarnings("NullAway") // null is the end
  public final @Nullable String readLine(int max) throws IOException {
    return PlainCall.<@Nullable String>run(type + ".readLine", c -> readLine(max, c));
  }

  /**
   * The twin of {@link #readLine(int)}; not for users.
   *
   * @hidden
   */
  public final @Nullable String readLine(int max, Continuation c) throws IOException {
    Line line = new ReadLine(max).begin(c);
    return c.suspended ? null : line.text;
  }

  private record Line(@Nullable String text) {}

  private final class ReadLine extends Reading<Line> {
    private final int max;
    private int scanned;

    ReadLine(int max) {
      super("readLine");
      this.max = max;
    }

    @Override
    @Nullable Line attempt() throws IOException {
      while (true) {
        for (; scanned < buffered.size(); scanned++) {
          if (buffered.get(scanned) == '\n') {
            return line(scanned, 1);
          }
        }
        if (scanned > max) {
          throw tooLong();
        }
        int n = fill((int) Math.min(Buffers.SIZE, max + 2L - scanned));
        if (n < 0) {
          return scanned == 0 ? new Line(null) : line(scanned, 0);
        }
        if (n == 0) {
          return null;
        }
      }
    }

    private Line line(int length, int end) throws IOException {
      boolean cr = end > 0 && length > 0 && buffered.get(length - 1) == '\r';
      if (length - (cr ? 1 : 0) > max) {
        throw tooLong();
      }
      byte[] bytes = new byte[length];
      int unused = buffered.take(ByteBuffer.wrap(bytes));
      buffered.skip(end);
      return new Line(new String(bytes, 0, length - (cr ? 1 : 0), StandardCharsets.UTF_8));
    }

    private IOException tooLong() {
      return new IOException("a line of more than " + max + " bytes");
    }

    @Override
    void give(Line line, Continuation c) {
      c.give(line.text);
    }
  }

  /**
   * Closes it. Whoever waits in an operation of it fails with an {@link AsynchronousCloseException}. Closing it again does nothing. Any
   * thread.
   */
  @Override
  public abstract void close() throws IOException;

  // ---- the buffer

  /** Reads more: how many bytes, 0 if it would block, -1 at the end. */
  private int fill(int room) throws IOException {
    ByteBuffer to = buffered.open(room);
    try {
      return tryRead(to);
    } finally {
      buffered.close();
    }
  }

  /**
   * Another stream reads from here on, and gets what was buffered.
   *
   * @param by what reads
   */
  final ByteQueue takeOver(String by) {
    reading.takeForEver(by);
    return buffered;
  }
}

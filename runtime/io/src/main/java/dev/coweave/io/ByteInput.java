package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.task.TaskCancelled;
import dev.coweave.wait.Waits;
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
public abstract class ByteInput implements AutoCloseable {
  private static final int LONGEST_LINE = 65_536;

  final Operations operations;

  /** Bytes that have come and were not read yet. */
  private final ByteQueue buffered = new ByteQueue();

  private final Exclusive reading = new Exclusive(this, "reads");

  ByteInput(Operations operations) {
    this.operations = operations;
  }

  // ---- what a kind of stream does

  /** Reads what is there: how many bytes, 0 if it would block, -1 at the end. */
  abstract int tryRead(ByteBuffer to) throws IOException;

  /** Waits after {@link #tryRead} returned 0; returns without waiting where something has come meanwhile. */
  @Coroutine
  abstract void awaitReadable(Operation operation);

  /** An operation is over that may have waited in {@link #awaitReadable}. */
  void readingEnded() {}

  /** A read fails with this; by a {@link TaskCancelled} it has taken too long, or isn't wanted any more. */
  void readFailed(Throwable failure) {}

  // ---- operations

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
    if (!to.hasRemaining()) {
      throw new IllegalArgumentException("the buffer is full: no room to read into");
    }
    pause();
    reading.take();
    try {
      if (!buffered.isEmpty()) {
        return buffered.take(to);
      }
      Waits.checkpoint(Operations.PRICE);
      int n = tryRead(to);
      while (n == 0) {
        awaitReadable(operations.read());
        n = tryRead(to);
      }
      return n;
    } catch (IOException | TaskCancelled e) {
      readFailed(e);
      throw e;
    } finally {
      reading.user = null;
      readingEnded();
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
    if (length < 0) {
      throw new IllegalArgumentException("negative length: " + length);
    }
    pause();
    reading.take();
    try {
      while (buffered.size() < length) {
        int room = Math.min(length - buffered.size(), buffered.size() + Buffers.SIZE);
        if (!fill(room, operations.readExactly())) {
          throw new EOFException(
              "the stream ended after " + buffered.size() + " of " + length + " bytes");
        }
      }
      return take(length);
    } catch (IOException | TaskCancelled e) {
      readFailed(e);
      throw e;
    } finally {
      reading.user = null;
      readingEnded();
    }
  }

  /**
   * Reads all that comes until the stream ends.
   *
   * @param max how many bytes there may be; bounds what a peer can make this keep in memory
   * @return the bytes
   * @throws AsynchronousCloseException if this is closed meanwhile
   * @throws IOException if there are more, or the stream is broken; what has come can still be read
   */
  @Coroutine
  public final byte[] readAll(int max) throws IOException {
    if (max < 0) {
      throw new IllegalArgumentException("negative limit: " + max);
    }
    pause();
    reading.take();
    try {
      boolean more = true;
      while (more) {
        int size = buffered.size();
        if (size > max) {
          throw new IOException("a stream of more than " + max + " bytes");
        }
        int room = (int) Math.min(Math.max(size, Buffers.SIZE), max + 1L - size);
        more = fill(room, operations.readAll());
      }
      return take(buffered.size());
    } catch (IOException | TaskCancelled e) {
      readFailed(e);
      throw e;
    } finally {
      reading.user = null;
      readingEnded();
    }
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
   * Reads a line of UTF-8, which ends with {@code \n}, {@code \r\n} or the stream.
   *
   * @param max how many bytes it may have; bounds what a peer can make this keep in memory
   * @return the line without its end; null at the end of the stream
   * @throws IOException if the line is longer, or the stream is broken
   */
  @Coroutine
  public final @Nullable String readLine(int max) throws IOException {
    if (max < 0) {
      throw new IllegalArgumentException("negative limit: " + max);
    }
    pause();
    reading.take();
    try {
      for (int scanned = 0; ; ) {
        for (; scanned < buffered.size(); scanned++) {
          if (buffered.get(scanned) == '\n') {
            return line(scanned, 1, max);
          }
        }
        if (scanned > max) {
          throw tooLong(max);
        }
        int room = (int) Math.min(Buffers.SIZE, max + 2L - scanned);
        if (!fill(room, operations.readLine())) {
          return scanned == 0 ? null : line(scanned, 0, max);
        }
      }
    } catch (IOException | TaskCancelled e) {
      readFailed(e);
      throw e;
    } finally {
      reading.user = null;
      readingEnded();
    }
  }

  /** The next line, of a length and an end. */
  private String line(int length, int end, int max) throws IOException {
    boolean cr = end > 0 && length > 0 && buffered.get(length - 1) == '\r';
    int size = cr ? length - 1 : length;
    if (size > max) {
      throw tooLong(max);
    }
    byte[] bytes = new byte[size];
    buffered.copy(bytes);
    String line = new String(bytes, StandardCharsets.UTF_8);
    buffered.skip(length + end); // Last: where memory runs out before, the next read gets it.
    return line;
  }

  private static IOException tooLong(int max) {
    return new IOException("a line of more than " + max + " bytes");
  }

  /**
   * Closes it. Whoever waits in an operation of it fails with an {@link AsynchronousCloseException}. Closing it again does nothing. Any
   * thread.
   */
  @Override
  public abstract void close() throws IOException;

  // ---- the parts of an operation

  @Coroutine
  private void pause() {
    try {
      Waits.checkpoint(1);
    } catch (TaskCancelled e) {
      readFailed(e);
      throw e;
    }
  }

  /** Reads more into the buffer, waiting until there is something; false at the end. A peer that sends all the time must not keep others waiting. */
  @Coroutine
  private boolean fill(int room, Operation operation) throws IOException {
    Waits.checkpoint(Operations.PRICE);
    int n = tryFill(room);
    while (n == 0) {
      awaitReadable(operation);
      n = tryFill(room);
    }
    return n > 0;
  }

  private int tryFill(int room) throws IOException {
    ByteBuffer to = buffered.open(room);
    try {
      return tryRead(to);
    } finally {
      buffered.close();
    }
  }

  /** Takes bytes that are there. */
  private byte[] take(int length) {
    byte[] bytes = new byte[length];
    buffered.copy(bytes);
    buffered.skip(length);
    return bytes;
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

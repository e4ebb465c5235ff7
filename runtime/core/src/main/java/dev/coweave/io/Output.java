package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The operations of a stream that goes out: a connection's, or a process's input. */
final class Output {
  /** What a kind of stream does. */
  interface Sink {
    /** Writes what it can; whether all has gone. */
    boolean tryWrite(ByteBuffer from) throws IOException;

    /** Ends the stream after all that was written; whether that is done. */
    boolean tryEnd() throws IOException;

    /** Waits after one of these gave false; returns without waiting where it may have become true meanwhile. */
    void awaitWritable(String operation, Continuation c);

    /** An operation is over that may have waited in {@link #awaitWritable}. */
    default void writingEnded() {}
  }

  private final Sink sink;
  private final Turn writing;

  /** A write was cancelled, or failed, half way. */
  private volatile boolean torn;

  Output(Sink sink) {
    this.sink = sink;
    this.writing = new Turn(sink, "writes");
  }

  abstract class Writing extends Attempt<Boolean> {
    Writing(String name) {
      super(name);
    }

    /** Goes on; whether it is done. */
    abstract boolean go() throws IOException;

    @Override
    final @Nullable Boolean attempt() throws IOException {
      if (torn) {
        throw new IOException("an earlier write was cancelled half way: " + sink);
      }
      return go() ? Boolean.TRUE : null;
    }

    @Override
    final void await(Continuation c) {
      sink.awaitWritable(name, c);
    }

    /** The twins give nothing. */
    @Override
    final void give(Boolean done, Continuation c) {
      c.give((@Nullable Object) null);
    }

    @Override
    final void starting() {
      writing.take();
    }

    @Override
    void ended() {
      writing.leave();
      sink.writingEnded();
    }

    final void run(Continuation c) {
      Boolean unused = begin(c);
    }
  }

  void write(ByteBuffer from, String name, Continuation c) {
    int before = Objects.requireNonNull(from, "from").position();
    new Writing(name) {
      private boolean done;

      @Override
      boolean go() throws IOException {
        done = sink.tryWrite(from);
        return done;
      }

      @Override
      void ended() {
        torn |= !done && from.position() > before;
        super.ended();
      }
    }.run(c);
  }

  void end(String name, Continuation c) {
    new Writing(name) {
      @Override
      boolean go() throws IOException {
        return sink.tryEnd();
      }
    }.run(c);
  }

  /** Whether the stream would end in the middle of a write if it ended now. */
  boolean isCut() {
    return torn || writing.isTaken();
  }

  /**
   * Another stream writes from here on.
   *
   * @param by what writes
   */
  void takeOver(String by) {
    if (torn) {
      throw new IllegalStateException("an earlier write was cancelled half way: " + sink);
    }
    writing.takeForEver(by);
  }

  /** It doesn't after all. */
  void giveBack() {
    writing.leave();
  }
}

package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The operations of a stream that goes out: a connection's, or a process's input. */
final class Output {
  /** The operations of a kind of stream. */
  interface Sink {
    /** Writes what it can; whether all has gone. */
    boolean tryWrite(ByteBuffer from) throws IOException;

    /** Ends the stream after all that was written; whether that is done. */
    boolean tryEnd() throws IOException;

    /** Waits after one of these returned false; returns without waiting where it may have become true meanwhile. */
    @Coroutine
    void awaitWritable(Operation operation);

    /** An operation is over that may have waited in {@link #awaitWritable}. */
    default void writingEnded() {}
  }

  /** Something that takes its turn with writes. */
  @FunctionalInterface
  interface Step {
    /** Goes on; whether it is done. */
    boolean go() throws IOException;
  }

  private final Sink sink;
  private final Exclusive writing;

  /** A write was cancelled, or failed, half way. */
  private volatile boolean torn;

  Output(Sink sink) {
    this.sink = sink;
    this.writing = new Exclusive(sink, "writes");
  }

  @Coroutine
  void write(ByteBuffer from, Operation operation) throws IOException {
    int before = from.position();
    Waits.checkpoint(Operations.PRICE);
    writing.take();
    boolean done = false;
    try {
      checkWhole();
      done = sink.tryWrite(from);
      while (!done) {
        sink.awaitWritable(operation);
        done = sink.tryWrite(from);
      }
    } finally {
      torn |= !done && from.position() > before;
      writing.user = null;
      sink.writingEnded();
    }
  }

  @Coroutine
  void end(Operation operation) throws IOException {
    run(operation, sink::tryEnd);
  }

  @Coroutine
  void run(Operation operation, Step step) throws IOException {
    Waits.checkpoint(Operations.PRICE);
    writing.take();
    try {
      checkWhole();
      while (!step.go()) {
        sink.awaitWritable(operation);
      }
    } finally {
      writing.user = null;
      sink.writingEnded();
    }
  }

  private void checkWhole() throws IOException {
    if (torn) {
      throw new IOException("an earlier write was cancelled half way: " + sink);
    }
  }

  /** Whether the stream would end in the middle of a write if it ended now. */
  boolean isCut() {
    return torn || writing.user != null;
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
    writing.user = null;
  }
}

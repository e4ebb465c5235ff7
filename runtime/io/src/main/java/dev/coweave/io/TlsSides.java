package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import dev.coweave.task.TaskState;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * The waits of a TLS connection's two tasks. A reader may have to write and a writer to read, but only one can wait for the same thing:
 * the other is parked until that one has made its step. Thread-safe.
 */
final class TlsSides {
  /** A step of the engine, which returns 0 where it needs something first. */
  @FunctionalInterface
  interface Step {
    /** Makes the step. */
    int go() throws IOException;
  }

  /** One of the two. Guarded by the engine. */
  static final class Side {
    /** The need of its last step, and when that was. */
    private TlsEngine.Need need = TlsEngine.Need.READABLE;

    private int seen;

    /** Its wait, on behalf of both. */
    private TlsEngine.@Nullable Need waitsFor;

    /** Its wait for the other. */
    private @Nullable Parked parked;
  }

  private final class Parked extends Resumption<@Nullable Void> {
    private final Side side;
    private final Operation operation;

    Parked(TaskState<?> task, Side side, Operation operation) {
      super(task);
      this.side = side;
      this.operation = operation;
    }

    @Override
    protected Operation operation() {
      return operation;
    }

    @Override
    protected String described() {
      return channel + ", after the task that " + (side == reader ? "writes" : "reads");
    }

    @Override
    protected void withdrawn() {
      synchronized (tls) {
        if (side.parked == this) {
          side.parked = null;
        }
      }
    }
  }

  final Side reader = new Side();
  final Side writer = new Side();
  private final TlsEngine tls;
  private final Network.Endpoint channel;

  TlsSides(TlsEngine tls, Network.Endpoint channel) {
    this.tls = tls;
    this.channel = channel;
  }

  /** Makes a step, after which the other side may be able to make one. */
  int step(Side me, Step step) throws IOException {
    try {
      synchronized (tls) {
        me.seen = tls.changes();
        if (other(me).waitsFor
            == TlsEngine.Need.WORK) { // The engine is locked meanwhile: this would block.
          me.need = TlsEngine.Need.WORK;
          return 0;
        }
        tls.begins();
        int result = step.go();
        me.need = tls.need();
        me.seen = tls.changes();
        if (result == 0 && me.need == TlsEngine.Need.READER && !channel.isOpen()) {
          throw new AsynchronousCloseException(); // No reader will come.
        }
        return result;
      }
    } finally {
      over(me);
    }
  }

  /** A side no longer waits for what it did. */
  void over(Side me) {
    Parked other;
    synchronized (tls) {
      me.waitsFor = null;
      other = takeParked(other(me));
    }
    try {
      wake(other);
    } catch (VirtualMachineError e) {
      wake(other); // It has nobody else.
    }
  }

  private Side other(Side me) {
    return me == reader ? writer : reader;
  }

  /** Whether the engine is at work on another thread. Guarded by the engine. */
  boolean isWorking() {
    return reader.waitsFor == TlsEngine.Need.WORK || writer.waitsFor == TlsEngine.Need.WORK;
  }

  private static @Nullable Parked takeParked(Side side) {
    Parked p = side.parked;
    side.parked = null;
    return p;
  }

  @SuppressWarnings("NullAway") // a Void is null
  private static void wake(@Nullable Parked p) {
    if (p != null) {
      p.resume(null);
    }
  }

  /** Waits for what the last step needed; may return before that is there. */
  @Coroutine
  void await(Side me, Operation operation) {
    TlsEngine.Need next = claim(me);
    if (next == null) {
      return;
    }
    if (next == TlsEngine.Need.READABLE) { // no switch: see TlsEngine
      channel.await(SelectionKey.OP_READ, operation);
    } else if (next == TlsEngine.Need.WRITABLE) {
      channel.await(SelectionKey.OP_WRITE, operation);
    } else if (next == TlsEngine.Need.WORK) {
      Task.<@Nullable Void>blocking(
          () -> {
            tls.work();
            return null;
          });
    } else if (next == TlsEngine.Need.READER) {
      Waits.<@Nullable Void>suspend(operation, c -> park(me, new Parked(c.task(), me, operation)));
    } else {
      Task.yield();
    }
  }

  /** Decides who waits for what a side needs: READER if the other does; null if there may be nothing to wait for any more. */
  private TlsEngine.@Nullable Need claim(Side me) {
    synchronized (tls) {
      if (me.need == TlsEngine.Need.TURN) {
        return me.need;
      }
      if (hasChanged(me)) {
        return null;
      }
      if (mustPark(me)) {
        return TlsEngine.Need.READER;
      }
      me.waitsFor = me.need;
      return me.need;
    }
  }

  private @Nullable Parked park(Side me, Parked p) {
    synchronized (tls) {
      if (hasChanged(me) || !mustPark(me)) {
        return null;
      }
      me.parked = p;
      return p;
    }
  }

  /** Whether a step may find something else. One that needs the engine's work done finds no end of the channel before. */
  private boolean hasChanged(Side me) {
    return tls.changes() != me.seen || (me.need != TlsEngine.Need.WORK && !channel.isOpen());
  }

  private boolean mustPark(Side me) {
    return me.need == TlsEngine.Need.READER || me.need == other(me).waitsFor;
  }

  /** The connection has been closed. */
  void closed() {
    for (Side side : new Side[] {reader, writer}) {
      Parked p;
      synchronized (tls) {
        p = takeParked(side);
      }
      if (p != null) {
        try {
          p.fail(new AsynchronousCloseException());
        } catch (VirtualMachineError e) {
          p.fail(e); // It has nobody else.
        }
      }
    }
  }
}

package dev.coweave.junit.network;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.task.TaskState;
import dev.coweave.wait.Poller;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.jspecify.annotations.Nullable;

/** A socket of the simulated network: who waits for it, and whether it is open. */
abstract class Socket implements Network.Endpoint {
  final Host host;

  /** Where it is bound to; null before. */
  @Nullable InetSocketAddress local;

  private volatile boolean open = true;

  /** By operation; see {@link java.nio.channels.SelectionKey}. */
  private final @Nullable SocketWait[] waits = new @Nullable SocketWait[5];

  Socket(Host host) {
    this.host = host;
    host.opened(this);
  }

  // ---- waiting

  /** Whether an operation can be tried again. */
  abstract boolean isReady(int operation);

  @Override
  @Coroutine
  public final void await(int operation, Operation name) {
    Waits.<@Nullable Void>suspend(name, c -> begin(c.task(), operation, name));
  }

  private @Nullable SocketWait begin(TaskState<?> task, int operation, Operation name) {
    if (!open || isReady(operation)) {
      return null; // Trying again tells.
    }
    int i = Integer.numberOfTrailingZeros(operation);
    SocketWait other = waits[i];
    if (other != null && !other.isDone()) {
      throw Poller.taken(name, other.operation);
    }
    SocketWait wait = new SocketWait(task, name, this);
    waits[i] = wait;
    return wait;
  }

  /** An operation can be tried again. */
  final void wake(int operation) {
    int i = Integer.numberOfTrailingZeros(operation);
    SocketWait wait = waits[i];
    if (wait != null) {
      waits[i] = null;
      wait.goOn();
    }
  }

  final void wakeAll() {
    for (int i = 0; i < waits.length; i++) {
      wake(1 << i);
    }
  }

  // ---- closing

  @Override
  public final void close() {
    if (open) {
      open = false; // at once, also on another thread
      host.events().execute(this::closeHere);
    }
  }

  private void closeHere() {
    host.closed(this);
    for (int i = 0; i < waits.length; i++) {
      SocketWait wait = waits[i];
      if (wait != null) {
        waits[i] = null;
        wait.fail(new AsynchronousCloseException());
      }
    }
    ends();
  }

  /** It was closed: frees its port, and tells its peers. */
  abstract void ends();

  /** Its machine has no power any more. */
  void vanish() {
    open = false;
  }

  @Override
  public final boolean isOpen() {
    return open;
  }

  final void checkOpen() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
  }

  /** Its connection with another host is reset, if it is one. */
  void resets(Host peer) {}

  // ---- addresses

  static InetSocketAddress checked(SocketAddress a) {
    if (!(a instanceof InetSocketAddress i)) {
      throw new UnsupportedAddressTypeException();
    }
    if (i.isUnresolved()) {
      throw new UnresolvedAddressException();
    }
    return i;
  }

  @Override
  public final InetSocketAddress localAddress() throws IOException {
    checkOpen();
    InetSocketAddress at = local;
    if (at == null) {
      throw new IOException("not bound"); // Nobody gets to see one of these.
    }
    return at;
  }

  /**
   * Takes an address of this host.
   *
   * @return the address, with its port
   */
  final InetSocketAddress boundTo(Ports<Socket> ports, InetSocketAddress at) throws BindException {
    try {
      if (!host.isLocal(at.getAddress())) {
        throw new BindException("Cannot assign requested address");
      }
      InetSocketAddress bound = ports.bind(at, this);
      local = bound;
      return bound;
    } catch (BindException e) {
      open = false;
      host.closed(this);
      throw e;
    }
  }

  @Override
  public final SelectableChannel channel() {
    throw new UnsupportedOperationException(
        "COWEAVE-481: the channel of "
            + this
            + "\n"
            + "  because: a socket of a simulated network has none\n"
            + "  fix: leave out its options there, or set them only where the network is the"
            + " operating system's");
  }
}

package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.task.Resumption;
import dev.coweave.task.TaskState;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A network in memory, for one loop: no channel, no selector, no real time. */
final class MemoryNetwork implements Network {
  /** How many bytes a direction holds. */
  private static final int WINDOW = 4096;

  private final Map<SocketAddress, Listening> listening = new HashMap<>();
  private int ports = 40_000;

  /** Those who wait for something of an endpoint. */
  private abstract class Base implements Endpoint {
    private final List<Resumption<@Nullable Void>> waiting = new ArrayList<>();
    boolean open = true;
    SocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), ports++);

    abstract boolean isReady(int operation);

    @Override
    @Coroutine
    public void await(int operation, Operation name) {
      Waits.<@Nullable Void>suspend(name, c -> isReady(operation) ? null : begin(c.task()));
    }

    private Resumption<@Nullable Void> begin(TaskState<?> task) {
      Resumption<@Nullable Void> w = new Waiting(task);
      waiting.add(w);
      return w;
    }

    void changed() {
      List<Resumption<@Nullable Void>> all = List.copyOf(waiting);
      waiting.clear();
      all.forEach(w -> w.resume(null));
    }

    @Override
    public void close() {
      open = false;
      List<Resumption<@Nullable Void>> all = List.copyOf(waiting);
      waiting.clear();
      all.forEach(w -> w.fail(new AsynchronousCloseException()));
    }

    @Override
    public SocketAddress localAddress() {
      return local;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public SelectableChannel channel() {
      throw new UnsupportedOperationException("in memory");
    }

    void checkOpen() throws IOException {
      if (!open) {
        throw new ClosedChannelException();
      }
    }
  }

  private static final class Waiting extends Resumption<@Nullable Void> {
    Waiting(TaskState<?> task) {
      super(task);
    }
  }

  private final class Pipe extends Base implements Stream {
    private final ByteBuffer received = ByteBuffer.allocate(WINDOW);
    private @Nullable Pipe peer;
    private boolean ended;
    private boolean shut;

    @Override
    boolean isReady(int operation) {
      return switch (operation) {
        case SelectionKey.OP_READ -> received.position() > 0 || ended;
        case SelectionKey.OP_WRITE -> peer == null || peer.received.hasRemaining();
        default -> true;
      };
    }

    @Override
    public boolean connect(SocketAddress to) throws IOException {
      Listening l = listening.get(to);
      if (l == null) {
        throw new ConnectException("Connection refused");
      }
      Pipe other = new Pipe();
      other.local = to;
      other.peer = this;
      peer = other;
      l.backlog.add(other);
      l.changed();
      return true;
    }

    @Override
    public boolean finishConnect() {
      return true;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      checkOpen();
      received.flip();
      int n = Math.min(to.remaining(), received.remaining());
      to.put(received.slice(received.position(), n));
      received.position(received.position() + n);
      received.compact();
      if (n > 0 && peer != null) {
        peer.changed();
      }
      return n == 0 && ended ? -1 : n;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      checkOpen();
      if (peer == null || !peer.open || shut) {
        throw new IOException("Broken pipe");
      }
      int n = Math.min(from.remaining(), peer.received.remaining());
      peer.received.put(from.slice(from.position(), n));
      from.position(from.position() + n);
      peer.changed();
      return n;
    }

    @Override
    public void shutdownOutput() {
      shut = true;
      if (peer != null) {
        peer.ended = true;
        peer.changed();
      }
    }

    @Override
    public void close() {
      super.close();
      shutdownOutput();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
      return open && peer != null ? peer.local : null;
    }
  }

  private final class Listening extends Base implements Listener {
    private final ArrayDeque<Pipe> backlog = new ArrayDeque<>();

    @Override
    boolean isReady(int operation) {
      return !backlog.isEmpty();
    }

    @Override
    public @Nullable Stream accept() throws IOException {
      checkOpen();
      return backlog.poll();
    }

    @Override
    public void close() {
      super.close();
      listening.remove(local);
    }
  }

  @Override
  public Stream stream() {
    return new Pipe();
  }

  @Override
  public Listener listen(SocketAddress address, int backlog) {
    Listening l = new Listening();
    if (address instanceof InetSocketAddress a && a.getPort() != 0) {
      l.local = address;
    }
    listening.put(l.local, l);
    return l;
  }

  @Override
  public Datagrams datagrams(SocketAddress address) {
    throw new UnsupportedOperationException();
  }

  @Override
  @Coroutine
  public InetAddress[] addresses(String host, Operation operation) throws IOException {
    if (!host.equals("server")) {
      throw new UnknownHostException(host);
    }
    return new InetAddress[] {InetAddress.getLoopbackAddress()};
  }
}

package dev.coweave.junit.network;

import static java.nio.channels.SelectionKey.OP_CONNECT;
import static java.nio.channels.SelectionKey.OP_READ;
import static java.nio.channels.SelectionKey.OP_WRITE;

import dev.coweave.io.network.Network;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** One side of a connection. */
final class TcpSocket extends Socket implements Network.Stream {
  /** How a connection has ended, before its time. */
  private enum Broken {
    NO,

    /** The peer has reset it. */
    RESET("Connection reset by peer"),

    /** The peer, whose stream had ended, has reset it; or a writer has been told that it was reset. */
    PIPE("Broken pipe"),

    /** What was sent was never acknowledged. */
    TIMED_OUT("Connection timed out");

    final String message;

    Broken() {
      this("");
    }

    Broken(String message) {
      this.message = message;
    }
  }

  /** Null until it is connecting. */
  private @Nullable InetSocketAddress remote;

  private @Nullable TcpSocket peer;
  private @Nullable Flow out;
  private @Nullable Connecting connecting;

  /** Who waits for it to be established; null for nobody, or when it is. */
  private @Nullable ListeningSocket listener;

  // ---- what has come

  private final ArrayDeque<ByteBuffer> received = new ArrayDeque<>();

  /** How many bytes of it have been read since the peer was last told. */
  private int read;

  private boolean peerEnded;
  private Broken broken = Broken.NO;

  /** A reader has been told that the connection was reset. */
  private boolean resetRead;

  // ---- what goes out

  /** How many bytes may be sent until the peer has read some. */
  private int room;

  private final int buffers;
  private boolean ended;

  /** It was closed in an orderly way. */
  private boolean closed;

  /**
   * @param listener whose connection it will be; null for one that connects
   */
  TcpSocket(Host host, @Nullable ListeningSocket listener) {
    super(host);
    this.listener = listener;
    this.buffers = host.buffers();
  }

  /** Both sides know each other. */
  void joins(TcpSocket other, InetSocketAddress localAddress, InetSocketAddress remoteAddress) {
    local = localAddress;
    remote = remoteAddress;
    peer = other;
    room = other.buffers;
    out = new Flow(this, other);
  }

  /** Sends something to the peer, if there is one. */
  void send(Segment s) {
    if (out != null) {
      boolean unused = out.send(s);
    }
  }

  @Override
  void resets(Host other) {
    if (peer != null && peer.host == other) {
      resets();
    }
  }

  @Override
  boolean isReady(int operation) {
    return switch (operation) {
      case OP_READ -> !received.isEmpty() || peerEnded || broken != Broken.NO;
      case OP_WRITE -> room > 0 || ended || broken != Broken.NO;
      default -> connecting == null || connecting.isDone();
    };
  }

  // ---- connecting

  @Override
  public boolean connect(SocketAddress to) throws IOException {
    checkOpen();
    InetSocketAddress at = checked(to);
    if (connecting != null) {
      throw new ConnectionPendingException();
    }
    connecting = new Connecting(this, at);
    local = connecting.local();
    return false;
  }

  @Override
  public boolean finishConnect() throws IOException {
    checkOpen();
    return connecting != null && connecting.finish();
  }

  void connectingEnded() {
    wake(OP_CONNECT);
  }

  private Flow checkConnected() throws IOException {
    checkOpen();
    if (out == null) {
      throw new NotYetConnectedException();
    }
    return out;
  }

  // ---- reading

  @Override
  public int read(ByteBuffer to) throws IOException {
    Flow unused = checkConnected();
    if (resetRead) {
      throw new SocketException("Connection reset");
    }
    int n = take(to);
    if (n > 0 || !to.hasRemaining()) {
      makeRoom(n);
      return n;
    }
    if (peerEnded) {
      return -1;
    }
    switch (broken) {
      case RESET -> {
        resetRead = true;
        broken = Broken.PIPE;
        throw new SocketException("Connection reset");
      }
      case TIMED_OUT -> {
        broken = Broken.PIPE;
        throw new IOException(Broken.TIMED_OUT.message);
      }
      case PIPE -> {
        return -1; // It has been told.
      }
      case NO -> {}
    }
    return 0;
  }

  private int take(ByteBuffer to) {
    int n = 0;
    while (to.hasRemaining() && !received.isEmpty()) {
      ByteBuffer first = received.peek();
      int m = Math.min(to.remaining(), first.remaining());
      to.put(first.slice(first.position(), m));
      first.position(first.position() + m);
      if (!first.hasRemaining()) {
        received.remove();
      }
      n += m;
    }
    return n;
  }

  /** The peer is told when it is worth while: of half of the buffer, or when it may be waiting for the last of it. */
  private void makeRoom(int bytes) {
    read += bytes;
    if (read * 2 >= buffers) {
      send(Segment.room(read));
      read = 0;
    }
  }

  // ---- writing

  @Override
  public int write(ByteBuffer from) throws IOException {
    Flow flow = checkConnected();
    if (ended) {
      throw new AsynchronousCloseException(); // the JDK's choice
    }
    if (broken != Broken.NO) {
      String message = broken.message;
      broken = Broken.PIPE;
      throw new IOException(message);
    }
    int n = Math.min(from.remaining(), room);
    if (n > 0) {
      byte[] bytes = new byte[n];
      from.get(bytes);
      room -= n;
      boolean unused = flow.send(Segment.data(bytes));
    }
    return n;
  }

  @Override
  public void shutdownOutput() throws IOException {
    Flow flow = checkConnected();
    if (!ended) {
      ended = true;
      boolean unused = flow.send(Segment.of(Segment.Kind.END));
      wake(OP_WRITE);
    }
  }

  // ---- what the peer sends

  void arrives(Segment s) {
    if (!isOpen() || broken != Broken.NO) {
      answerDead(s);
      return;
    }
    switch (s.kind) {
      case DATA -> {
        received.add(ByteBuffer.wrap(s.bytes));
        wake(OP_READ);
      }
      case ROOM -> {
        room += s.room;
        wake(OP_WRITE);
      }
      case END -> {
        peerEnded = true;
        wake(OP_READ);
      }
      case RESET -> resets();
      case ESTABLISHED -> isEstablished();
    }
  }

  /** One that was closed here is told of what nobody will read; one of which nobody knows here of anything. */
  private void answerDead(Segment s) {
    TcpSocket p = peer;
    boolean wrong = s.kind == Segment.Kind.DATA || (!closed && s.kind != Segment.Kind.RESET);
    if (p != null && wrong && host.isOn()) {
      Segment reset = Segment.of(Segment.Kind.RESET);
      if (out == null || !out.send(reset)) {
        boolean unused = new Flow(this, p).send(reset);
      }
    }
  }

  private void isEstablished() {
    ListeningSocket l = listener;
    listener = null;
    if (l != null) {
      l.established(this);
    }
  }

  /** Whoever connected has given up. */
  void neverEstablished() {
    ListeningSocket l = listener;
    listener = null;
    if (l != null && isOpen()) {
      l.neverEstablished();
      vanish();
      host.closed(this);
    }
  }

  /** Nobody will accept it. */
  void abort() {
    send(Segment.of(Segment.Kind.RESET));
    vanish();
    host.closed(this);
  }

  /** The connection is over, and both directions of it with it. */
  void resets() {
    breaks(peerEnded ? Broken.PIPE : Broken.RESET);
  }

  void gaveUp() {
    breaks(Broken.TIMED_OUT);
  }

  private void breaks(Broken how) {
    if (out != null) {
      out.end();
    }
    if (isOpen() && broken == Broken.NO) {
      broken = how;
      wakeAll();
    }
  }

  // ---- its end

  /** As an operating system does: what was written still goes out, unless there is something that nobody has read; then the peer gets a reset (RFC 2525 2.17). */
  @Override
  void ends() {
    closed = true;
    if (connecting != null) {
      connecting.abandon();
    }
    if (!received.isEmpty()) {
      received.clear();
      send(Segment.of(Segment.Kind.RESET));
    } else if (!ended && broken == Broken.NO) {
      ended = true;
      send(Segment.of(Segment.Kind.END));
    }
    freePort();
  }

  private void freePort() {
    if (connecting != null) {
      host.tcp.free(connecting.local());
    }
  }

  @Override
  void vanish() {
    super.vanish();
    if (connecting != null) {
      connecting.abandon();
    }
    if (out != null) {
      out.isOrphaned();
    }
  }

  @Override
  public @Nullable SocketAddress remoteAddress() {
    return isOpen() && out != null ? remote : null;
  }

  @Override
  public String toString() {
    return "TCP " + local + " to " + remote;
  }
}

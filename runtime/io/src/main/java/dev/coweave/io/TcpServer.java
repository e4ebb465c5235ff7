package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Accepts TCP connections. May be closed by any thread.
 *
 * <pre>{@code
 * try (TcpServer server = TcpServer.bind(new InetSocketAddress(7))) {
 *   server.serve(10_000, connection -> {                      // in a task of its own for each client
 *     for (String line; (line = connection.readLine()) != null; ) connection.write((line + "\n").getBytes(UTF_8));
 *   });
 * }
 * }</pre>
 */
public final class TcpServer implements AutoCloseable {
  private static final Operation ACCEPT = Operation.of(TcpServer.class, "accept");

  private static final int BACKLOG = 1024;

  private final Network.Listener listener;
  private final Peers peers = new Peers();
  private final ServerLog log = new ServerLog();

  TcpServer(Network.Listener listener) {
    this.listener = listener;
  }

  /**
   * Listens.
   *
   * @param address where; port 0 for any that is free
   * @return the server
   * @throws IOException such as {@link java.net.BindException} if the address is in use
   */
  public static TcpServer bind(SocketAddress address) throws IOException {
    TcpConnection.load();
    Network.Listener listener =
        Network.here().listen(Objects.requireNonNull(address, "address"), BACKLOG);
    try {
      return new TcpServer(listener);
    } catch (Throwable t) {
      Endings.closeAfter(t, listener);
      throw t;
    }
  }

  /**
   * Bounds how many connections one peer may have open at once, so that it can't take all places of {@link #serve}: one more is closed as
   * soon as it is accepted. A peer is an address, of IPv6 the first 64 bits of one, for a host has as many as it likes. Off at first, for
   * behind a proxy all clients have the same. Any thread, at any time; not for {@link #accept}.
   *
   * @param connections how many; positive
   * @return this
   */
  public TcpServer limitPerPeer(int connections) {
    if (connections <= 0) {
      throw new IllegalArgumentException("limit of connections of a peer: " + connections);
    }
    peers.limit(connections);
    return this;
  }

  /**
   * Accepts a connection, waiting until there is one. If this is cancelled none has been taken.
   *
   * @return the connection, with Nagle's algorithm off
   * @throws java.nio.channels.AsynchronousCloseException if the server is closed meanwhile
   * @throws IOException if none can be accepted, such as for want of file descriptors
   */
  @Coroutine
  public TcpConnection accept() throws IOException {
    Waits.checkpoint(Operations.PRICE);
    TcpConnection accepted = tryAccept();
    while (accepted == null) {
      awaitConnection();
      accepted = tryAccept();
    }
    return accepted;
  }

  /** A connection; null if there is none now. */
  @Nullable TcpConnection tryAccept() throws IOException {
    Network.Stream accepted = listener.accept();
    if (accepted == null) {
      return null;
    }
    try {
      return new TcpConnection(accepted);
    } catch (Throwable t) {
      Endings.closeAfter(t, accepted);
      throw t;
    }
  }

  /** Waits until {@link #tryAccept} may give one. */
  @Coroutine
  void awaitConnection() {
    listener.await(SelectionKey.OP_ACCEPT, ACCEPT);
  }

  /**
   * Serves connections, each in a task of its own, until the server is closed or this is cancelled. Where as many as allowed are open, the
   * next wait in the operating system's queue. A handler that fails ends its connection, and is reported; where the failure is what one of its
   * connection's operations threw, or a timeout that was up in one, the peer has done it, and it is only counted: the logger {@code
   * dev.coweave.io} says how often at most once a minute, and at level DEBUG each. When the process has no file descriptor left, accepting
   * pauses.
   *
   * <p>When the server is closed this returns after the last handler has; when it is cancelled, so are they.
   *
   * @param limit how many connections are open at once at most; positive
   * @param handler serves one
   */
  @Coroutine
  public void serve(int limit, ConnectionHandler<? super TcpConnection> handler) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit of connections: " + limit);
    }
    Service service = new Service(this, Objects.requireNonNull(handler, "handler"), peers, log);
    try {
      service.run(limit);
    } finally {
      service.ended();
    }
  }

  /**
   * Serves connections with TLS; see {@link #serve(int, Supplier, ConnectionHandler)}.
   *
   * @param limit how many connections are open at once at most; positive
   * @param context who this is, and whom to trust
   * @param handler serves one
   */
  @Coroutine
  public void serve(
      int limit, SSLContext context, ConnectionHandler<? super TlsConnection> handler) {
    Objects.requireNonNull(context, "context");
    serve(limit, () -> serverEngine(context), handler);
  }

  private static SSLEngine serverEngine(SSLContext context) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    return engine;
  }

  /**
   * Serves connections with TLS, as {@link #serve(int, ConnectionHandler)} does without. A client shakes hands in its connection's own task
   * and counts for the limit; it has ten seconds for it. If it fails that is reported, as a handler's failure is. When the handler returns,
   * the end of the stream is declared to the client, which has ten seconds to take it; when it fails, the connection just ends, and the
   * client sees that it was cut. For other times, let a handler of TCP connections call {@link TcpConnection#startTls(SSLEngine)}.
   *
   * @param limit how many connections are open at once at most; positive
   * @param engines returns a new engine for each connection, for ALPN, client certificates, or whatever it is to agree on
   * @param handler serves one
   */
  @Coroutine
  public void serve(
      int limit, Supplier<SSLEngine> engines, ConnectionHandler<? super TlsConnection> handler) {
    TlsConnection.load();
    TlsService.load();
    Objects.requireNonNull(engines, "engines");
    Objects.requireNonNull(handler, "handler");
    serve(limit, connection -> TlsService.serve(connection, engines.get(), handler));
  }

  /**
   * Where it listens.
   *
   * @throws IOException if it is closed
   */
  public InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Whether it has not been closed. */
  public boolean isOpen() {
    return listener.isOpen();
  }

  /**
   * The channel, for its options.
   *
   * @throws UnsupportedOperationException in a simulated network
   */
  public ServerSocketChannel channel() {
    return (ServerSocketChannel) listener.channel();
  }

  /** Stops listening; connections stay open. A task that waits in {@link #accept()} fails with a {@link java.nio.channels.AsynchronousCloseException}. Any thread. */
  @Override
  public void close() throws IOException {
    listener.close();
  }

  @Override
  public String toString() {
    try {
      return "TcpServer at " + listener.localAddress();
    } catch (IOException e) {
      return "TcpServer, closed";
    }
  }
}

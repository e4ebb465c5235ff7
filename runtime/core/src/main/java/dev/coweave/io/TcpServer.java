package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.Poller;
import dev.coweave.task.PlainCall;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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
@Stamp(abi = Stamp.ABI)
public final class TcpServer implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocketChannel channel;

  private TcpServer(ServerSocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Listens.
   *
   * @param address where; port 0 for any that is free
   * @return the server
   * @throws IOException such as {@link java.net.BindException} if the address is in use
   */
  public static TcpServer bind(SocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.bind(address, BACKLOG);
      return new TcpServer(channel);
    } catch (Throwable t) {
      channel.close();
      throw t;
    }
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
    return PlainCall.run("TcpServer.accept", this::accept);
  }

  /**
   * The twin of {@link #accept()}; not for users.
   *
   * @hidden
   */
  public TcpConnection accept(Continuation c) throws IOException {
    return new Attempt<TcpConnection>("TcpServer.accept") {
      @Override
      @Nullable TcpConnection attempt() throws IOException {
        SocketChannel accepted = channel.accept();
        return accepted == null ? null : TcpConnection.of(accepted);
      }

      @Override
      void await(Continuation d) {
        Poller.await(channel, SelectionKey.OP_ACCEPT, name, d);
      }
    }.begin(c);
  }

  /**
   * Serves connections, each in a task of its own, until the server is closed or this is cancelled. Where as many as allowed are open, the
   * next wait in the operating system's queue. A handler that fails ends its connection, and is reported; when the process has no file
   * descriptor left, accepting pauses.
   *
   * <p>When the server is closed this returns after the last handler has; when it is cancelled, so are they.
   *
   * @param limit how many connections are open at once at most; positive
   * @param handler serves one
   */
  @Coroutine
  public void serve(int limit, ConnectionHandler<? super TcpConnection> handler) {
    PlainCall.act("TcpServer.serve", c -> serve(limit, handler, c));
  }

  /**
   * The twin of {@link #serve(int, ConnectionHandler)}; not for users.
   *
   * @hidden
   */
  public void serve(int limit, ConnectionHandler<? super TcpConnection> handler, Continuation c) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit of connections: " + limit);
    }
    new Serving(this, limit, Objects.requireNonNull(handler, "handler")).run(c);
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
    PlainCall.act("TcpServer.serve", c -> serve(limit, context, handler, c));
  }

  /**
   * The twin of {@link #serve(int, SSLContext, ConnectionHandler)}; not for users.
   *
   * @hidden
   */
  public void serve(
      int limit,
      SSLContext context,
      ConnectionHandler<? super TlsConnection> handler,
      Continuation c) {
    Objects.requireNonNull(context, "context");
    serve(limit, () -> serverEngine(context), handler, c);
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
   * @param engines gives each connection a new engine, for ALPN, client certificates, or whatever it is to agree on
   * @param handler serves one
   */
  @Coroutine
  public void serve(
      int limit, Supplier<SSLEngine> engines, ConnectionHandler<? super TlsConnection> handler) {
    PlainCall.act("TcpServer.serve", c -> serve(limit, engines, handler, c));
  }

  /**
   * The twin of {@link #serve(int, Supplier, ConnectionHandler)}; not for users.
   *
   * @hidden
   */
  public void serve(
      int limit,
      Supplier<SSLEngine> engines,
      ConnectionHandler<? super TlsConnection> handler,
      Continuation c) {
    Objects.requireNonNull(engines, "engines");
    serve(limit, new ServedTls(engines, Objects.requireNonNull(handler, "handler")), c);
  }

  /**
   * Where it listens.
   *
   * @throws IOException if it is closed
   */
  public InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  /** Whether it has not been closed. */
  public boolean isOpen() {
    return channel.isOpen();
  }

  /** The channel, for its options. */
  public ServerSocketChannel channel() {
    return channel;
  }

  /** Stops listening; connections stay open. Who waits in {@link #accept()} fails with a {@link java.nio.channels.AsynchronousCloseException}. Any thread. */
  @Override
  public void close() throws IOException {
    Poller.close(channel);
  }
}

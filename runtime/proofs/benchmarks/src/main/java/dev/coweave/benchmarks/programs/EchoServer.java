package dev.coweave.benchmarks.programs;

import dev.coweave.Coroutine;
import dev.coweave.benchmarks.VirtualThreads;
import dev.coweave.io.Connection;
import dev.coweave.io.TcpServer;
import dev.coweave.loop.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/** A server that sends back what comes, on one thread, written in several ways. Its process prints its port, and its CPU time when it is asked. */
final class EchoServer {
  static final int BUFFER = 4096;
  private static final int LIMIT = 20_000;

  private EchoServer() {}

  /**
   * Serves until its process is ended.
   *
   * @param args the way, and for TLS the file with the key
   */
  public static void main(String[] args) throws Exception {
    Path key = args.length > 1 ? Path.of(args[1]) : null;
    System.out.println(
        switch (args[0]) {
          case Measured.OURS -> woven(key);
          case "NIO by hand" -> NioEcho.start();
          case "Netty" -> NettyEcho.start(key);
          case "virtual threads" -> threads(key);
          default -> throw new IllegalArgumentException(args[0]);
        });
    while (System.in.read() >= 0) {
      System.out.println(Usage.cpu());
    }
  }

  private static int woven(Path key) throws Exception {
    TcpServer server = TcpServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    EventLoop loop = EventLoop.open("echo");
    if (key == null) {
      loop.start(() -> server.serve(LIMIT, connection -> echo(connection)));
    } else {
      SSLContext context = Keys.context(key);
      loop.start(() -> server.serve(LIMIT, context, connection -> echo(connection)));
    }
    return server.localAddress().getPort();
  }

  @Coroutine
  private static void echo(Connection connection) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    while (connection.read(buffer) >= 0) {
      connection.write(buffer.flip());
      buffer.clear();
    }
  }

  private static int threads(Path key) throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    ServerSocket server =
        key == null
            ? new ServerSocket(0, LIMIT, here)
            : Keys.context(key).getServerSocketFactory().createServerSocket(0, LIMIT, here);
    Thread acceptor =
        new Thread(
            () -> {
              while (true) {
                try {
                  Socket socket = server.accept();
                  VirtualThreads.start(() -> echo(socket));
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              }
            });
    acceptor.start();
    return server.getLocalPort();
  }

  private static void echo(Socket socket) {
    byte[] buffer = new byte[BUFFER];
    try (socket;
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream()) {
      for (int n; (n = in.read(buffer)) >= 0; ) {
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      return; // The client has gone.
    }
  }
}

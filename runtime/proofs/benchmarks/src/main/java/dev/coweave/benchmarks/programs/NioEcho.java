package dev.coweave.benchmarks.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** An echo server as fast as it goes by hand: a selector, and a buffer for each connection. */
final class NioEcho {
  private final Selector selector = Selector.open();
  private final ServerSocketChannel server = ServerSocketChannel.open();

  private NioEcho() throws IOException {
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
  }

  static int start() throws IOException {
    NioEcho echo = new NioEcho();
    new Thread(echo::serve, "echo").start();
    return echo.server.socket().getLocalPort();
  }

  private void serve() {
    try {
      while (true) {
        selector.select(this::ready);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept();
      } else {
        echo(key);
      }
    } catch (IOException e) {
      key.cancel(); // The client has gone.
    }
  }

  private void accept() throws IOException {
    SocketChannel connection = server.accept();
    if (connection != null) {
      connection.configureBlocking(false);
      connection.register(
          selector, SelectionKey.OP_READ, ByteBuffer.allocateDirect(EchoServer.BUFFER));
    }
  }

  private static void echo(SelectionKey key) throws IOException {
    SocketChannel connection = (SocketChannel) key.channel();
    ByteBuffer buffer = (ByteBuffer) key.attachment();
    if (key.isReadable() && connection.read(buffer) < 0) {
      connection.close();
      return;
    }
    connection.write(buffer.flip());
    int wanted = buffer.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ;
    buffer.compact();
    if (key.interestOps() != wanted) {
      key.interestOps(wanted);
    }
  }
}

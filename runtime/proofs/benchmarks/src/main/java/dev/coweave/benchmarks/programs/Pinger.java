package dev.coweave.benchmarks.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Clients that each send a few bytes, wait until all of them are back, and send again: a selector, by hand. */
final class Pinger implements AutoCloseable {
  private static final int BYTES = 64;

  private static final class Ping {
    final SocketChannel connection;
    final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);
    long sent;

    Ping(SocketChannel connection) {
      this.connection = connection;
    }

    void send() throws IOException {
      bytes.clear();
      sent = System.nanoTime();
      while (bytes.hasRemaining()) {
        connection.write(bytes); // so few that a socket takes them
      }
      bytes.clear();
    }
  }

  final Latencies latencies = new Latencies();
  private final Selector selector = Selector.open();
  private final List<Ping> pings = new ArrayList<>();

  Pinger(int port, int connections) throws IOException {
    for (int i = 0; i < connections; i++) {
      SocketChannel connection =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      connection.configureBlocking(false);
      Ping ping = new Ping(connection);
      connection.register(selector, SelectionKey.OP_READ, ping);
      pings.add(ping);
    }
  }

  void start() throws IOException {
    for (Ping ping : pings) {
      ping.send();
    }
  }

  /** Goes on for so long, and returns how long it was: nanoseconds. */
  long run(long nanos) throws IOException {
    latencies.clear();
    long begin = System.nanoTime();
    long now = begin;
    while (now - begin < nanos) {
      selector.select(this::ready, 1000);
      now = System.nanoTime();
    }
    return now - begin;
  }

  private void ready(SelectionKey key) {
    Ping ping = (Ping) key.attachment();
    try {
      if (ping.connection.read(ping.bytes) < 0) {
        throw new IOException("the server has closed a connection");
      }
      if (!ping.bytes.hasRemaining()) {
        latencies.add(System.nanoTime() - ping.sent);
        ping.send();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (Ping ping : pings) {
      ping.connection.close();
    }
    selector.close();
  }
}

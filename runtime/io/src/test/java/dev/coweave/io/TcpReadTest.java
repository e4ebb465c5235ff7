package dev.coweave.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a connection asks the operating system for bytes, and when it waits to be told. */
@Timeout(60)
class TcpReadTest {
  private final ByteBuffer buffer = ByteBuffer.allocate(2);
  private SocketChannel peer;
  private TcpConnection connection;
  private Selector selector;

  @BeforeEach
  void connect() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      peer = SocketChannel.open(server.getLocalAddress());
      SocketChannel accepted = server.accept();
      connection = new TcpConnection(accepted);
      selector = Selector.open();
      accepted.register(selector, SelectionKey.OP_READ);
    }
  }

  @AfterEach
  void close() throws IOException {
    selector.close();
    connection.close();
    peer.close();
  }

  @Test
  void afterAReadThatLeftRoom_theNextWaitsOnce_andThenGetsWhatHasCome() throws IOException {
    assertEquals(1, sendAndRead(1));
    send(1);
    assertEquals(0, next());
    assertEquals(1, next());
    peer.close();
    awaitSome();
    assertEquals(0, next());
    assertEquals(-1, next());
  }

  @Test
  void afterAReadThatLeftNoRoom_theNextLooksAtOnce() throws IOException {
    assertEquals(2, sendAndRead(2));
    send(1);
    assertEquals(1, next());
  }

  @Test
  void afterAReadThatFoundNothing_theNextLooksAtOnce() throws IOException {
    assertEquals(0, next());
    assertEquals(1, sendAndRead(1));
  }

  private int sendAndRead(int bytes) throws IOException {
    send(bytes);
    return next();
  }

  private void send(int bytes) throws IOException {
    peer.write(ByteBuffer.allocate(bytes));
    awaitSome();
  }

  private void awaitSome() throws IOException {
    selector.selectedKeys().clear();
    selector.select();
  }

  private int next() throws IOException {
    return connection.tryRead(buffer.clear());
  }
}

package dev.coweave.benchmarks.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/** A client that sends as fast as it can, and reads what comes back. */
final class Flood implements AutoCloseable {
  private static final int BLOCK = 65_536;

  private final Socket socket;
  private volatile boolean closed;

  Flood(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    start(() -> send());
    start(() -> read());
  }

  private interface Part {
    void run() throws IOException;
  }

  private void start(Part part) {
    Thread thread =
        new Thread(
            () -> {
              try {
                part.run();
              } catch (IOException e) {
                if (!closed) {
                  throw new IllegalStateException(e);
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void send() throws IOException {
    byte[] block = new byte[BLOCK];
    while (true) {
      socket.getOutputStream().write(block);
    }
  }

  private void read() throws IOException {
    byte[] block = new byte[BLOCK];
    while (socket.getInputStream().read(block) >= 0) {
      // only for the server to go on
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    socket.close();
  }
}

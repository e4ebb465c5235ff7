package dev.coweave.benchmarks.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;

/** The same over TLS, by a thread for each connection. */
final class TlsPingers implements AutoCloseable {
  private static final int BYTES = 64;

  private final class Ping extends Thread {
    final Socket socket;
    Latencies latencies = new Latencies();

    Ping(Socket socket) {
      this.socket = socket;
      setDaemon(true);
    }

    @Override
    public void run() {
      byte[] bytes = new byte[BYTES];
      try {
        while (true) {
          long sent = System.nanoTime();
          socket.getOutputStream().write(bytes);
          if (socket.getInputStream().readNBytes(bytes, 0, BYTES) < BYTES) {
            throw new IOException("the server has closed a connection");
          }
          long took = System.nanoTime() - sent;
          synchronized (this) {
            latencies.add(took);
          }
        }
      } catch (IOException e) {
        if (!closed) {
          throw new IllegalStateException(e);
        }
      }
    }

    synchronized Latencies taken() {
      Latencies taken = latencies;
      latencies = new Latencies();
      return taken;
    }
  }

  private final List<Ping> pings = new ArrayList<>();
  private volatile boolean closed;

  TlsPingers(int port, int connections, Path key) throws Exception {
    SSLContext context = Keys.context(key);
    for (int i = 0; i < connections; i++) {
      pings.add(
          new Ping(
              context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)));
    }
    pings.forEach(Thread::start);
  }

  /** The times of all pings since this was called last. */
  Latencies taken() {
    Latencies all = new Latencies();
    pings.forEach(ping -> all.add(ping.taken()));
    return all;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    for (Ping ping : pings) {
      ping.socket.close();
    }
  }
}

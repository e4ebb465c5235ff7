package dev.coweave.io;

import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Says what has gone wrong with a server's connections, to the logger {@code dev.coweave.io}: no peer can fill the log. Thread-safe. */
final class ServerLog {
  private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

  /** How many failures of handlers are said in full before the others are counted only. */
  private static final int IN_FULL = 10;

  /** Lets something be said so often in each interval, and counts the rest. */
  private static final class Limit {
    private final int most;
    private final AtomicInteger said = new AtomicInteger();
    private final AtomicInteger unsaid = new AtomicInteger();
    private final AtomicLong since = new AtomicLong(System.nanoTime());

    Limit(int most) {
      this.most = most;
    }

    boolean admits() {
      long now = System.nanoTime();
      long begun = since.get();
      if (now - begun > INTERVAL && since.compareAndSet(begun, now)) {
        said.set(0);
      }
      boolean admitted = said.get() < most && said.incrementAndGet() <= most;
      if (!admitted) {
        unsaid.incrementAndGet();
      }
      return admitted;
    }

    /** How many were not said since the last that was, in words. */
    String others() {
      int n = unsaid.getAndSet(0);
      return n == 0 ? "" : " (and " + n + " others since this was last said)";
    }
  }

  private final System.Logger logger = System.getLogger("dev.coweave.io");
  private final Limit peers = new Limit(1);
  private final Limit refused = new Limit(1);
  private final Limit handlers = new Limit(IN_FULL);
  private final Limit accepting = new Limit(1);

  /** Gets the logger ready: where no file descriptor is left the JDK can't, and after that never again. */
  ServerLog() {
    try {
      boolean unused = logger.isLoggable(Level.DEBUG);
    } catch (Throwable t) {
      // It is asked again when there is something to say.
    }
  }

  /** A connection ended by what its peer did: a reset, a handshake that failed, nonsense, or nothing for too long. */
  void peerFailed(TcpServer server, @Nullable SocketAddress peer, Throwable t) {
    log(Level.DEBUG, "the connection from " + peer + " failed", t);
    if (peers.admits()) {
      log(
          Level.INFO,
          server + ": the connection from " + peer + " failed: " + t + peers.others(),
          null);
    }
  }

  /** A peer has more connections than it may. */
  void refused(TcpServer server, @Nullable SocketAddress peer) {
    if (refused.admits()) {
      log(
          Level.WARNING,
          server
              + " has refused a connection from "
              + peer
              + refused.others()
              + "\n  because: it has as many open as one peer may, by limitPerPeer",
          null);
    }
  }

  /** A handler failed by itself. */
  void handlerFailed(@Nullable SocketAddress peer, Throwable t) {
    if (handlers.admits()) {
      log(
          Level.ERROR,
          "the handler of the connection from " + peer + " failed" + handlers.others(),
          t);
    }
  }

  /** No connection could be accepted: there is no file descriptor left, most often. */
  void cannotAccept(TcpServer server, Throwable t) {
    if (accepting.admits()) {
      log(
          Level.WARNING,
          server + " can't accept, and tries again: " + t + accepting.others(),
          null);
    }
  }

  /** A logger that fails itself must not end what had something to say. */
  private void log(Level level, String message, @Nullable Throwable failure) {
    try {
      logger.log(level, message, failure);
    } catch (Throwable t) {
      if (level.getSeverity() >= Level.INFO.getSeverity()) {
        print(message, failure, t);
      }
    }
  }

  private static void print(String message, @Nullable Throwable failure, Throwable why) {
    try {
      System.err.println(
          message + (failure == null ? "" : ": " + failure) + "; not logged: " + why);
    } catch (Throwable t) {
      // There is nobody left to tell.
    }
  }
}

package dev.coweave.junit.network;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import org.jspecify.annotations.Nullable;

/** The beginning of a connection: its side asks, more and more seldom, until somebody answers or it gives up. */
final class Connecting {
  // client                                 server
  //   ask ──────── SYN ───────────────────► asked: refused, or no room (silence), or a side is made
  //   answered ◄── SYN ACK, or RST ────────
  //   ─────────── ESTABLISHED ────────────► the listener's queue

  /** How long the first answer is waited for, in nanoseconds; each next twice as long (RFC 6298 2). */
  private static final long PATIENCE = 1_000_000_000;

  /** How often it asks again: for two minutes in all (Linux's {@code tcp_syn_retries}). */
  private static final int RETRIES = 6;

  /** How long it takes to find out that nobody has an address. */
  private static final long NO_ROUTE = 3_000_000_000L;

  private final TcpSocket socket;
  private final Events events;
  private final InetSocketAddress to;
  private final InetSocketAddress local;
  private final String what;
  private int attempt;

  /** When it last asked. */
  private long asked;

  /** The other side, as soon as there is one. */
  private @Nullable TcpSocket other;

  private boolean done;
  private boolean abandoned;
  private @Nullable IOException failure;

  /**
   * Begins.
   *
   * @param at a resolved address; the wildcard is this host
   */
  Connecting(TcpSocket socket, InetSocketAddress at) throws BindException {
    this.socket = socket;
    Host host = socket.host;
    this.events = host.events();
    InetAddress address =
        at.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : at.getAddress();
    this.to = new InetSocketAddress(address, at.getPort());
    InetAddress own = host.isLocal(address) ? address : host.address();
    this.local = host.tcp.bind(new InetSocketAddress(own, 0), null);
    this.what = "a connection of " + host;
    ask();
  }

  InetSocketAddress local() {
    return local;
  }

  boolean isDone() {
    return done;
  }

  /** Whether it is connected now. */
  boolean finish() throws IOException {
    if (failure != null) {
      throw failure;
    }
    return done;
  }

  private void ask() {
    Host host = socket.host;
    asked = events.nanoTime();
    Host peer = host.peer(to.getAddress());
    if (peer == null) {
      events.at(asked + NO_ROUTE, what, () -> ends(new NoRouteToHostException("No route to host")));
      return;
    }
    Link way = host.linkTo(peer);
    if (way.losesNext()) {
      askAgain();
    } else {
      events.at(asked + way.delay(), what, () -> asks(peer, way));
    }
  }

  /** The question arrives. */
  private void asks(Host peer, Link way) {
    if (abandoned) {
      return;
    }
    if (way.cut || !peer.isOn()) {
      askAgain();
      return;
    }
    if (other == null || !other.isOpen()) { // else its answer was lost
      if (!(peer.tcp.at(to) instanceof ListeningSocket listener)) {
        answer(peer, () -> ends(new ConnectException("Connection refused")));
        return;
      }
      other = listener.asked(socket, to, local);
    }
    TcpSocket o = other;
    if (o == null) {
      askAgain();
    } else {
      answer(peer, () -> connected(o));
    }
  }

  private void answer(Host peer, Runnable answer) {
    Link back = peer.linkTo(socket.host);
    if (back.losesNext()) {
      askAgain();
      return;
    }
    events.at(
        events.nanoTime() + back.delay(),
        what,
        () -> {
          if (back.cut) {
            askAgain();
          } else {
            answer.run();
          }
        });
  }

  private void askAgain() {
    long patience = PATIENCE << attempt;
    long at = Math.max(events.nanoTime(), asked + patience);
    if (++attempt > RETRIES) {
      events.at(at, what, () -> ends(new ConnectException("Connection timed out")));
    } else {
      events.at(
          at,
          what,
          () -> {
            if (!abandoned) {
              ask();
            }
          });
    }
  }

  private void connected(TcpSocket o) {
    if (!abandoned) {
      socket.joins(o, local, to);
      socket.send(Segment.of(Segment.Kind.ESTABLISHED));
      ends(null);
    }
  }

  private void ends(@Nullable IOException how) {
    if (!abandoned) {
      failure = how;
      done = true;
      if (how != null && other != null) {
        other.neverEstablished();
      }
      socket.connectingEnded();
    }
  }

  /** It was closed. */
  void abandon() {
    if (!abandoned) {
      abandoned = true;
      if (!done && other != null) {
        other.neverEstablished();
      }
    }
  }
}

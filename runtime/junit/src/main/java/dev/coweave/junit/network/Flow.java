package dev.coweave.junit.network;

import java.util.ArrayDeque;

/**
 * One direction of a connection: segments on their way, in order. Where nothing passes the sender tries again, more and more seldom, until it gives
 * up (RFC 6298, RFC 1122 4.2.3.5).
 */
final class Flow implements Runnable {
  private final Events events;
  private final TcpSocket from;
  private final TcpSocket to;
  private final Link way;
  private final Link back;
  private final ArrayDeque<Segment> underWay = new ArrayDeque<>();

  /** When the wire is free for the next segment. */
  private long free;

  /** When the last segment arrives. */
  private long last;

  /** The head's arrival is an event of the events. */
  private boolean expected;

  /** How often it has been tried again; -1 while nothing is lost. */
  private int attempt = -1;

  /** Something has arrived, but not its acknowledgement, for the way back is cut. */
  private boolean unacknowledged;

  private boolean over;

  /** The sender's life that this belongs to: with its power it loses what it had still to send, closed or not. */
  private final int life;

  /** How traces call what arrives. */
  private final String what;

  Flow(TcpSocket from, TcpSocket to) {
    this.events = from.host.events();
    this.from = from;
    this.to = to;
    this.life = from.host.life();
    this.way = from.host.linkTo(to.host);
    this.back = to.host.linkTo(from.host);
    this.what = "TCP from " + from.host + " to " + to.host;
  }

  /** Whether it was sent: not if this is over. */
  boolean send(Segment s) {
    if (isOver()) {
      return false;
    }
    long now = events.nanoTime();
    free = Math.max(now, free) + way.duration(s.bytes.length);
    last = Math.max(last, free + way.delayOfSegment());
    s.arrival = last;
    underWay.add(s);
    expectHead();
    return true;
  }

  private void expectHead() {
    Segment head = underWay.peek();
    if (head != null && !expected && attempt < 0) {
      expected = true;
      events.at(head.arrival, what, this);
    }
  }

  /** Nothing is sent any more, and nothing kept; with what is on the wire nothing happens either way. */
  void end() {
    over = true;
    forget();
  }

  private boolean isOver() {
    return over || life != from.host.life();
  }

  private void forget() {
    boolean first = underWay.stream().anyMatch(s -> s.kind == Segment.Kind.ESTABLISHED);
    underWay.clear();
    if (first) {
      to.neverEstablished();
    }
  }

  /** The sender has lost its power: what is on the wire arrives, but nothing is sent again. */
  void isOrphaned() {
    over = true;
    if (attempt >= 0) {
      forget();
    }
  }

  /** The head arrives. */
  @Override
  public void run() {
    expected = false;
    long now = events.nanoTime();
    Segment head = underWay.peek();
    while (head != null && head.arrival <= now) {
      if (!passes()) {
        tryLater();
        return;
      }
      underWay.remove();
      arrives(head);
      head = underWay.peek();
    }
    expectHead();
  }

  private void arrives(Segment s) {
    if (s.kind == Segment.Kind.DATA && way.resetsNext()) {
      from.resets();
      to.resets();
      return;
    }
    unacknowledged |= back.cut && s.isKept();
    to.arrives(s);
    if (unacknowledged) {
      tryLater();
    }
  }

  private boolean passes() {
    return !way.cut && to.host.isOn();
  }

  private void tryLater() {
    if (isOver()) {
      forget(); // Nobody is there to send it again.
    } else if (attempt < 0) {
      attempt = 0;
      events.at(events.nanoTime() + Link.retransmission(0), what, this::tryAgain);
    }
  }

  private void tryAgain() {
    if (isOver()) {
      forget();
      return;
    }
    boolean acknowledged = passes() && !back.cut;
    if (passes()) {
      long now = events.nanoTime();
      underWay.forEach(s -> s.arrival = Math.min(s.arrival, now));
    }
    if (acknowledged) {
      attempt = -1;
      unacknowledged = false;
      expectHead();
    } else if (++attempt > Link.ATTEMPTS && isOwed()) {
      from.gaveUp();
    } else {
      if (passes()) {
        run();
      }
      events.at(events.nanoTime() + Link.retransmission(attempt), what, this::tryAgain);
    }
  }

  /** Whether anything waits for its acknowledgement. */
  private boolean isOwed() {
    return unacknowledged || underWay.stream().anyMatch(Segment::isKept);
  }
}

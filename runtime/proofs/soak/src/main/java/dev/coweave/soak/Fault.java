package dev.coweave.soak;

import static dev.coweave.soak.Outcome.BROKEN;
import static dev.coweave.soak.Outcome.CANCELLED;
import static dev.coweave.soak.Outcome.CLOSED;
import static dev.coweave.soak.Outcome.REFUSED;
import static dev.coweave.soak.Outcome.SHORT;
import static dev.coweave.soak.Outcome.TIMED_OUT;
import static dev.coweave.soak.Outcome.WELL;

import java.util.EnumSet;
import java.util.Set;

/** What is done to a connection, and how it may end at its client's side. A fault that strikes at random may come too late. */
enum Fault {
  NONE(WELL),

  // ---- what takes time, and must end well
  SLOW_CLIENT_WRITES(WELL),
  SLOW_CLIENT_READS(WELL),
  SLOW_SERVER(WELL),

  /** The client's reads time out, and are tried again: none may have taken a byte. */
  READS_TIME_OUT(WELL),

  /** The tasks that read for the client are cancelled from another thread, and others go on. */
  READS_CANCELLED(WELL),

  // ---- what ends a connection early, and in order
  SERVER_ENDS_EARLY(SHORT),

  /** The client stops sending; the server gives it up. */
  CLIENT_STALLS(SHORT, BROKEN),

  /** The client doesn't even say who it is. */
  CLIENT_MUTE(SHORT),

  /** The server stops echoing; the client gives it up. */
  SERVER_STALLS(TIMED_OUT, SHORT, BROKEN),

  // ---- what breaks it
  CLIENT_RESETS(CLOSED),
  SERVER_RESETS(BROKEN, SHORT),

  /** The client goes away without reading what comes. */
  CLIENT_LEAVES(CLOSED, WELL),
  CLIENT_CANCELLED(CANCELLED, WELL),
  SERVER_CANCELLED(BROKEN, SHORT, WELL),

  /** Another thread closes the connection under those who wait. */
  CLIENT_CLOSED(CLOSED, WELL),
  SERVER_CLOSED(BROKEN, SHORT, WELL),

  /** A write is cancelled half way: the next one must fail. */
  WRITE_CANCELLED(CANCELLED, WELL),

  // ---- what comes to no connection
  REFUSED_CONNECT(REFUSED),
  CONNECT_TIMES_OUT(TIMED_OUT),
  CONNECT_CANCELLED(CANCELLED);

  private final Set<Outcome> allowed;

  Fault(Outcome first, Outcome... others) {
    this.allowed = EnumSet.of(first, others);
  }

  boolean allows(Outcome outcome) {
    return allowed.contains(outcome);
  }
}

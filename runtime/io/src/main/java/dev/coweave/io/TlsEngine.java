package dev.coweave.io;

import dev.coweave.io.network.Network;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Turns plain bytes into TLS on a channel and back, as far as that goes without waiting: where it doesn't, {@link #need} says what has to
 * come first. Guarded by itself.
 */
final class TlsEngine {
  //              unwrap                            take
  //   channel ──► received ──► engine ──► plain ──► reader
  //   channel ◄── sending  ◄── engine ◄──────────── writer
  //               flush   wrap
  //
  // The engine's own messages (handshakes, answers to key updates, alerts) are wrapped when it
  // says so, whoever is at it. A reader waits until that has gone only in handshakes: else two
  // peers that both write, and read when they have written, would wait for each other.
  //
  // No switch over an enum: javac makes a class for each, which can't be used any more if there is
  // no memory when it is initialised.

  /** The need of an operation that waits. */
  enum Need {
    /** The channel can be read. */
    READABLE,
    /** The channel can be written to. */
    WRITABLE,
    /** {@link #work} is to be done. */
    WORK,
    /** The reader takes some of what has come. */
    READER,
    /** Others have their turn. */
    TURN
  }

  /** How many records an operation makes or reads before others have their turn. */
  private static final int RECORDS = 32;

  /** How much may wait to be sent before the engine's own answers have to wait too, and how much to be read before a writer has to. */
  private static final int ENOUGH = 1 << 16;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** Initialises this class, as {@link TcpConnection#load}. */
  static void load() {
    Objects.requireNonNull(Need.READABLE);
  }

  private final Network.Stream channel;
  private final SSLEngine engine;
  private final ByteQueue received;
  private final ByteQueue plain = new ByteQueue();
  private final ByteQueue sending = new ByteQueue();

  private boolean begun;

  /** The first handshake is over. */
  private boolean shaken;

  /** The peer has said that it sends no more. */
  private boolean ended;

  /** This side has said so. */
  private boolean closing;

  private @Nullable SSLException failure;

  /** The need of the operation that has just given up. */
  private Need need = Need.READABLE;

  /** Counts what changes what an operation may need. */
  private int changes;

  /** How many records the operation has made or read since it last had to wait. */
  private int records;

  TlsEngine(Network.Stream channel, SSLEngine engine, ByteQueue received) {
    this.channel = channel;
    this.engine = engine;
    this.received = received;
  }

  Need need() {
    return need;
  }

  int changes() {
    return changes;
  }

  private boolean needs(Need what) {
    need = what;
    return false;
  }

  /** An operation begins: it has read and written nothing yet. */
  void begins() {
    records = 0;
  }

  /** Goes on for a record, unless its turn is over: a peer that is fast must not keep others from theirs. */
  private boolean goesOn() {
    return ++records <= RECORDS || needs(Need.TURN);
  }

  // ---- operations: each may be tried again after what it needs

  /** Reads plain bytes: how many; 0 if it needs something first, -1 at the peer's close_notify. */
  int read(ByteBuffer to) throws IOException {
    while (plain.isEmpty()) {
      if (ended) {
        return -1;
      }
      if (!(handshake() && receive())) {
        return 0;
      }
    }
    changes++;
    return plain.take(to);
  }

  /** Writes plain bytes; whether all have gone to the channel. */
  boolean write(ByteBuffer from) throws IOException {
    if (closing) {
      throw ended && !isTls13() ? oneWayOnly() : new ClosedChannelException();
    }
    while (handshake() && flush()) {
      if (!from.hasRemaining()) {
        return true;
      }
      if (!send(from)) {
        return false;
      }
    }
    return false;
  }

  /** Says that this side sends no more; whether that has gone to the channel. */
  boolean shutdownOutput() throws IOException {
    if (!handshake() || !shakenAgain() || !flush()) {
      return false;
    }
    sayEnd();
    return flush();
  }

  /** Ends a handshake that is under way once more: the peer wouldn't bear the end of the stream in it. */
  private boolean shakenAgain() throws IOException {
    while (isHandshaking() || engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      if (plain.size() > ENOUGH) {
        return needs(Need.READER);
      }
      if (!receive()) {
        return false;
      }
    }
    return true;
  }

  private void sayEnd() throws SSLException {
    if (!closing) {
      closing = true;
      engine.closeOutbound();
    }
    while (!engine.isOutboundDone() && wrap(NOTHING)) {}
  }

  private boolean isTls13() {
    return engine.getSession().getProtocol().equals("TLSv1.3");
  }

  private static SSLException oneWayOnly() {
    return new SSLException(
        "the peer has ended the connection\n"
            + "  because: before TLS 1.3 one side can't go on when the other has ended");
  }

  /** Shakes hands, unless that has been done; whether it is. */
  boolean handshake() throws IOException {
    if (failure != null) {
      throw new SSLException("TLS has failed before: " + failure.getMessage(), failure);
    }
    if (!begun) {
      begun = true;
      engine.beginHandshake();
    }
    while (!shaken) {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NOT_HANDSHAKING || status == HandshakeStatus.FINISHED) {
        if (!flush()) {
          return false;
        }
        shaken = true;
      } else if (!receive()) {
        return false;
      }
      if (ended && !shaken) {
        throw fail(new SSLHandshakeException("the peer ended the connection in the handshake"));
      }
    }
    return true;
  }

  /** Does what the engine has to do that takes long. Not guarded: the engine guards itself. */
  void work() {
    for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
      task.run();
    }
    synchronized (this) {
      changes++;
    }
  }

  /**
   * The connection is about to be closed: says so to the peer, if that goes without waiting.
   *
   * @param cut in the middle of something, such as a write, that the peer must not take for the end
   */
  void end(boolean cut) {
    try {
      if (shaken && !cut && failure == null) {
        begins();
        boolean unused = shutdownOutput();
      }
      // A system that still holds bytes for a socket that is closed, such as TLS 1.3's session
      // tickets, resets the connection, and the peer may lose what it has not read yet.
      ByteBuffer dropped = ByteBuffer.allocate(ENOUGH);
      if (channel.read(dropped) > 0) {
        dropped.clear();
      }
    } catch (IOException e) {
      // The peer is gone: nobody is left to be told.
    }
  }

  // ---- steps: each returns false where it needs something

  /** Does what the engine wants next, mostly to unwrap a record. */
  private boolean receive() throws IOException {
    if (!goesOn()) {
      return false;
    }
    HandshakeStatus status = engine.getHandshakeStatus();
    if (status == HandshakeStatus.NEED_TASK) {
      return needs(Need.WORK);
    }
    if (status != HandshakeStatus.NEED_WRAP) {
      return unwrap();
    }
    if (sending.size() > ENOUGH && !flush()) {
      return false;
    }
    return wrap(NOTHING)
        || engine.getHandshakeStatus()
            != HandshakeStatus.NEED_WRAP // It only had to say that it has finished.
        || unwrap();
  }

  /** Wraps a record, or does what the engine wants before. */
  private boolean send(ByteBuffer from) throws IOException {
    if (!goesOn()) {
      return false;
    }
    HandshakeStatus status = engine.getHandshakeStatus();
    if (status == HandshakeStatus.NEED_TASK) {
      return needs(Need.WORK);
    }
    if (status == HandshakeStatus.NEED_UNWRAP) { // The peers shake hands again.
      return plain.size() > ENOUGH ? needs(Need.READER) : unwrap();
    }
    if (wrap(from)) {
      return true;
    }
    throw oneWayOnly();
  }

  private boolean unwrap() throws IOException {
    if (received.isEmpty()) {
      return fetch();
    }
    SSLEngineResult result;
    try {
      result = unwrapTo(plain.open(engine.getSession().getApplicationBufferSize()));
    } catch (SSLException e) {
      throw fail(e);
    }
    Status status = result.getStatus();
    if (status == Status.BUFFER_UNDERFLOW) {
      return fetch();
    }
    if (status == Status.CLOSED) {
      ended = true;
      if (!isTls13()) {
        sayEnd(); // RFC 5246, section 7.2.1: at once, whatever this side still had to write
        boolean unused = flush();
      }
    } // else it is OK, or the session's buffer size has grown in it: BUFFER_OVERFLOW
    changes++;
    return true;
  }

  private SSLEngineResult unwrapTo(ByteBuffer to) throws SSLException {
    try {
      return engine.unwrap(received.content(), to);
    } finally {
      plain.close();
      received.release();
    }
  }

  /** Reads from the channel. */
  private boolean fetch() throws IOException {
    int rest = engine.getSession().getPacketBufferSize() - received.size();
    ByteBuffer to = received.open(Math.max(rest, 1024));
    int n;
    try {
      n = channel.read(to);
    } finally {
      received.close();
    }
    if (n < 0) {
      throw fail(truncated());
    }
    if (n == 0) {
      boolean flushed = flush();
      return !flushed && isHandshaking() ? needs(Need.WRITABLE) : needs(Need.READABLE);
    }
    changes++;
    return true;
  }

  private boolean isHandshaking() {
    return !shaken || (!closing && engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP);
  }

  private SSLException truncated() {
    try {
      engine.closeInbound(); // which makes the session invalid
    } catch (SSLException e) {
      // It says what follows.
    }
    return shaken
        ? new SSLException(
            "the stream was cut: it ended without the peer's close_notify\n"
                + "  because: somebody on the way may have cut it, so what came may not be all")
        : new SSLHandshakeException("the peer ended the connection in the handshake");
  }

  /** Makes a record of bytes, or of what the engine itself has to say; whether there was anything. */
  private boolean wrap(ByteBuffer from) throws SSLException {
    SSLEngineResult result;
    try {
      do {
        result = wrapTo(sending.open(engine.getSession().getPacketBufferSize()), from);
      } while (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW);
    } catch (SSLException e) {
      throw fail(e);
    }
    boolean any = result.bytesProduced() > 0 || result.bytesConsumed() > 0;
    changes += any ? 1 : 0;
    return any;
  }

  private SSLEngineResult wrapTo(ByteBuffer to, ByteBuffer from) throws SSLException {
    try {
      return engine.wrap(from, to);
    } finally {
      sending.close();
    }
  }

  /** Sends what was wrapped; whether all has gone to the channel. */
  private boolean flush() throws IOException {
    while (!sending.isEmpty()) {
      if (channel.write(sending.content()) == 0) {
        return needs(Need.WRITABLE);
      }
      changes++;
    }
    sending.release();
    return true;
  }

  /** TLS has failed: tells the peer why, if that goes without waiting. */
  private SSLException fail(SSLException e) {
    if (failure == null) {
      failure = e;
      try {
        boolean unused =
            engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && wrap(NOTHING) && flush();
      } catch (IOException ignored) {
        // The peer learns it when the connection is closed.
      }
    }
    return Objects.requireNonNull(failure);
  }
}

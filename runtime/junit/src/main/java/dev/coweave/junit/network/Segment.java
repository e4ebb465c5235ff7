package dev.coweave.junit.network;

/** What one side of a connection sends to the other at once. */
final class Segment {
  /** What it says besides its bytes. */
  enum Kind {
    /** Bytes of the stream. */
    DATA,

    /** So many bytes have been read: there is room for as many. */
    ROOM,

    /** The last step of connecting: the server's side can be accepted. */
    ESTABLISHED,

    /** The stream ends. */
    END,

    /** The connection is over. */
    RESET
  }

  final Kind kind;
  final byte[] bytes;
  final int room;

  /** When it arrives. */
  long arrival;

  private static final byte[] NONE = {};

  private Segment(Kind kind, byte[] bytes, int room) {
    this.kind = kind;
    this.bytes = bytes;
    this.room = room;
  }

  static Segment of(Kind kind) {
    return new Segment(kind, NONE, 0);
  }

  static Segment data(byte[] bytes) {
    return new Segment(Kind.DATA, bytes, 0);
  }

  static Segment room(int bytes) {
    return new Segment(Kind.ROOM, NONE, bytes);
  }

  /** Whether the sender keeps it until it is acknowledged, and gives up if it never is. */
  boolean isKept() {
    return kind != Kind.ROOM && kind != Kind.RESET;
  }
}

package dev.coweave.io;

/**
 * How the operations of one kind of stream are called in messages: by the class that users know.
 *
 * @param read such as {@code TcpConnection.read}
 */
record Operations(
    String read,
    String readExactly,
    String readAll,
    String readLine,
    String write,
    String shutdownOutput) {
  /** What an operation costs of a turn's budget if it asks the operating system, which lets eight of them pass. */
  static final int PRICE = 32;

  static Operations of(String type) {
    return new Operations(
        type + ".read",
        type + ".readExactly",
        type + ".readAll",
        type + ".readLine",
        type + ".write",
        type + ".shutdownOutput");
  }
}

package dev.coweave.io;

import dev.coweave.coroutine.Operation;

/**
 * How the operations of one kind of stream are called in messages: by the class that users know.
 *
 * @param read such as {@code TcpConnection.read}
 */
record Operations(
    Operation read,
    Operation readExactly,
    Operation readAll,
    Operation readLine,
    Operation write,
    Operation shutdownOutput) {
  /** The price of an operation that asks the operating system, out of a turn's budget: four of them pass, two answers to a peer. */
  static final int PRICE = 64;

  static Operations of(Class<?> type) {
    return new Operations(
        Operation.of(type, "read"),
        Operation.of(type, "readExactly"),
        Operation.of(type, "readAll"),
        Operation.of(type, "readLine"),
        Operation.of(type, "write"),
        Operation.of(type, "shutdownOutput"));
  }
}

package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.wait.Poller;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.Objects;

/**
 * Waits until any selectable channel, such as a {@link java.nio.channels.Pipe}'s or another library's, is ready. The channel must be
 * non-blocking. A channel that is closed or bad fails those who wait for it, nobody else. In a simulated network each of these throws an
 * {@link UnsupportedOperationException}. Thread-safe.
 */
public final class Readiness {
  private static final Operation READABLE = Operation.of(Readiness.class, "readable");
  private static final Operation WRITABLE = Operation.of(Readiness.class, "writable");
  private static final Operation ACCEPTABLE = Operation.of(Readiness.class, "acceptable");
  private static final Operation CONNECTABLE = Operation.of(Readiness.class, "connectable");

  private Readiness() {}

  /**
   * Waits until a channel can be read without blocking, or has ended.
   *
   * @param channel non-blocking
   * @throws java.nio.channels.ClosedChannelException if it is closed, also while this waits
   * @throws IllegalStateException if another task waits to read from it, or the channel is blocking
   */
  @Coroutine
  public static void readable(SelectableChannel channel) {
    await(channel, SelectionKey.OP_READ, READABLE);
  }

  /**
   * Waits until a channel can be written to without blocking.
   *
   * @param channel non-blocking
   * @throws java.nio.channels.ClosedChannelException if it is closed, also while this waits
   * @throws IllegalStateException if another task waits to write to it, or the channel is blocking
   */
  @Coroutine
  public static void writable(SelectableChannel channel) {
    await(channel, SelectionKey.OP_WRITE, WRITABLE);
  }

  /**
   * Waits until a server's channel has a connection to accept.
   *
   * @param channel non-blocking
   * @throws java.nio.channels.ClosedChannelException if it is closed, also while this waits
   * @throws IllegalStateException if another task waits to accept, or the channel is blocking
   */
  @Coroutine
  public static void acceptable(SelectableChannel channel) {
    await(channel, SelectionKey.OP_ACCEPT, ACCEPTABLE);
  }

  /**
   * Waits until a channel that connects can finish, or has failed to.
   *
   * @param channel non-blocking
   * @throws java.nio.channels.ClosedChannelException if it is closed, also while this waits
   * @throws IllegalStateException if another task waits for it, or the channel is blocking
   */
  @Coroutine
  public static void connectable(SelectableChannel channel) {
    await(channel, SelectionKey.OP_CONNECT, CONNECTABLE);
  }

  @Coroutine
  private static void await(SelectableChannel channel, int operation, Operation name) {
    Objects.requireNonNull(channel, "channel");
    Network.checkReal(name);
    Poller.await(channel, operation, name);
  }

  /**
   * Closes a channel: whoever waits for it fails at once with an {@link AsynchronousCloseException}. If it is closed by its own method they
   * may notice a second later.
   *
   * @param channel any
   * @throws IOException if closing fails
   */
  public static void close(SelectableChannel channel) throws IOException {
    Poller.close(channel);
  }
}

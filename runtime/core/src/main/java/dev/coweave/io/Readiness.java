package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.Poller;
import dev.coweave.task.PlainCall;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;

/**
 * Waits until any selectable channel, such as a {@link java.nio.channels.Pipe}'s or another library's, is ready. The channel must be
 * non-blocking. A channel that is closed or bad fails those who wait for it, nobody else. Thread-safe.
 */
@Stamp(abi = Stamp.ABI)
public final class Readiness {
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
    PlainCall.act("Readiness.readable", c -> readable(channel, c));
  }

  /**
   * The twin of {@link #readable(SelectableChannel)}; not for users.
   *
   * @hidden
   */
  public static void readable(SelectableChannel channel, Continuation c) {
    Poller.await(channel, SelectionKey.OP_READ, "Readiness.readable", c);
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
    PlainCall.act("Readiness.writable", c -> writable(channel, c));
  }

  /**
   * The twin of {@link #writable(SelectableChannel)}; not for users.
   *
   * @hidden
   */
  public static void writable(SelectableChannel channel, Continuation c) {
    Poller.await(channel, SelectionKey.OP_WRITE, "Readiness.writable", c);
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
    PlainCall.act("Readiness.acceptable", c -> acceptable(channel, c));
  }

  /**
   * The twin of {@link #acceptable(SelectableChannel)}; not for users.
   *
   * @hidden
   */
  public static void acceptable(SelectableChannel channel, Continuation c) {
    Poller.await(channel, SelectionKey.OP_ACCEPT, "Readiness.acceptable", c);
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
    PlainCall.act("Readiness.connectable", c -> connectable(channel, c));
  }

  /**
   * The twin of {@link #connectable(SelectableChannel)}; not for users.
   *
   * @hidden
   */
  public static void connectable(SelectableChannel channel, Continuation c) {
    Poller.await(channel, SelectionKey.OP_CONNECT, "Readiness.connectable", c);
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

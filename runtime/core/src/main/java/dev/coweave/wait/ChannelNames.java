package dev.coweave.wait;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Names a channel for people: by who is at its other end, or by where it listens. */
public final class ChannelNames {
  private ChannelNames() {}

  /**
   * Such as {@code peer db/10.0.0.7:5432} or {@code port 0.0.0.0:8080}.
   *
   * @param channel any
   * @return its class's name, if it is closed or has no address
   */
  public static String of(SelectableChannel channel) {
    String peer = text(remote(channel));
    String own = peer.isEmpty() ? text(local(channel)) : "";
    return !peer.isEmpty()
        ? "peer " + peer
        : !own.isEmpty() ? "port " + own : channel.getClass().getSimpleName();
  }

  private static @Nullable SocketAddress remote(SelectableChannel channel) {
    try {
      return channel instanceof SocketChannel s
          ? s.getRemoteAddress()
          : channel instanceof DatagramChannel d ? d.getRemoteAddress() : null;
    } catch (IOException e) { // It is closed.
      return null;
    }
  }

  private static @Nullable SocketAddress local(SelectableChannel channel) {
    try {
      return channel instanceof SocketChannel s
          ? s.getLocalAddress()
          : channel instanceof ServerSocketChannel l
              ? l.getLocalAddress()
              : channel instanceof DatagramChannel d ? d.getLocalAddress() : null;
    } catch (IOException e) { // likewise
      return null;
    }
  }

  /** As the address prints itself; empty for a client of a Unix domain socket, which has no name. */
  private static String text(@Nullable SocketAddress address) {
    String s = address == null ? "" : address.toString();
    return address instanceof InetSocketAddress && s.startsWith("/") ? s.substring(1) : s;
  }
}

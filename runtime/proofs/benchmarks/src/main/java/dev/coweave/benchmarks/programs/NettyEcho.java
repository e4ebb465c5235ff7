package dev.coweave.benchmarks.programs;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** An echo server by Netty, its loop of one thread over NIO. */
final class NettyEcho extends ChannelInitializer<Channel> {
  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      context.write(bytes);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    /** The client has gone. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      context.close();
    }
  }

  private final SslContext tls;

  private NettyEcho(SslContext tls) {
    this.tls = tls;
  }

  static int start(Path key) throws Exception {
    SslContext tls =
        key == null
            ? null
            : SslContextBuilder.forServer(Keys.managers(key)).sslProvider(SslProvider.JDK).build();
    Channel server =
        new ServerBootstrap()
            .group(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()))
            .channel(NioServerSocketChannel.class)
            .childHandler(new NettyEcho(tls))
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  @Override
  protected void initChannel(Channel connection) {
    if (tls != null) {
      connection.pipeline().addLast(tls.newHandler(connection.alloc()));
    }
    connection.pipeline().addLast(new Echo());
  }
}

/** Coroutines among other libraries: their threads as homes. Each library is optional. */
module dev.coweave.integrations {
  requires dev.coweave;
  requires static io.netty.common;
  requires static io.netty.transport;
  requires static io.vertx.core;
  requires static org.jspecify;
  requires static reactor.core;

  exports dev.coweave.integrations;

  // In this order they are asked: a thread of Vert.x's is Netty's too, and one of Reactor Netty's
  // is both.
  provides dev.coweave.loop.Homes with
      dev.coweave.integrations.VertxHomes,
      dev.coweave.integrations.NettyHomes,
      dev.coweave.integrations.ReactorHomes;
}

/** Coroutines among other libraries: their threads as homes, their contexts follow tasks. Each library is optional. */
module dev.coweave.integrations {
  requires dev.coweave;
  requires static context.propagation;
  requires static io.netty.common;
  requires static io.netty.transport;
  requires static io.opentelemetry.context;
  requires static io.vertx.core;
  requires static micrometer.core;
  requires static org.jspecify;
  requires static org.slf4j;
  requires static reactor.core;
  requires static spring.security.core;

  exports dev.coweave.integrations;

  // In this order they are asked: a thread of Vert.x's is Netty's too, and one of Reactor Netty's
  // is both.
  provides dev.coweave.loop.Homes with
      dev.coweave.integrations.VertxHomes,
      dev.coweave.integrations.NettyHomes,
      dev.coweave.integrations.ReactorHomes;
  provides dev.coweave.task.ThreadContext with
      dev.coweave.integrations.MdcContext,
      dev.coweave.integrations.OpenTelemetryContext,
      dev.coweave.integrations.MicrometerContext,
      dev.coweave.integrations.SecurityContexts;
}

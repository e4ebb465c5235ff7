package dev.coweave.benchmarks.programs;

import dev.coweave.benchmarks.VirtualThreads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Echo servers under load: many connections, TLS, one that floods. The server has a process and a thread of its own. */
final class Servers {
  private static final String NIO = "NIO by hand";
  private static final String NETTY = "Netty";
  private static final String THREADS = "virtual threads";
  private static final List<String> JVM = List.of("-Xms256m", "-Xmx1g");
  private static final int PINGERS_BESIDE_A_FLOOD = 10;

  private final long warmUp;
  private final long time;

  /**
   * How long each is measured.
   *
   * @param nanos after three times as long to warm up: what compiles meanwhile shares the cores with what is measured
   */
  Servers(long nanos) {
    this.warmUp = 3 * nanos;
    this.time = nanos;
  }

  private static List<String> ways(String... others) {
    List<String> ways = new ArrayList<>(List.of(Measured.OURS));
    ways.addAll(List.of(others));
    if (VirtualThreads.AVAILABLE) {
      ways.add(THREADS);
    }
    return ways;
  }

  List<Measured> echo(int connections) throws Exception {
    String work = String.format("echo, %,d connections: ", connections);
    Measured cpu =
        new Measured(work + "server's CPU, µs a request", Map.of(NIO, "≤ 1.1", NETTY, "≤ 0.95"));
    Measured rate = new Measured(work + "thousand requests a second");
    Measured late = new Measured(work + "99 of 100 within, ms");
    for (String way : ways(NIO, NETTY)) {
      try (Child server = Child.start(JVM, EchoServer.class, way);
          Pinger pinger = new Pinger((int) server.number(), connections)) {
        pinger.start();
        pinger.run(warmUp);
        double before = server.ask();
        double nanos = pinger.run(time);
        double requests = pinger.latencies.count();
        cpu.put(way, (server.ask() - before) / requests / 1000);
        rate.put(way, requests / nanos * 1e6);
        late.put(way, pinger.latencies.within(0.99));
      }
    }
    return List.of(cpu, rate, late);
  }

  List<Measured> tls(int connections, Path key) throws Exception {
    String work = String.format("echo over TLS, %,d connections: ", connections);
    Measured cpu = new Measured(work + "server's CPU, µs a request");
    Measured rate = new Measured(work + "thousand requests a second");
    Measured late = new Measured(work + "99 of 100 within, ms", Map.of(NETTY, "≤ 1.0"));
    for (String way : ways(NETTY)) {
      try (Child server = Child.start(JVM, EchoServer.class, way, key.toString());
          TlsPingers pingers = new TlsPingers((int) server.number(), connections, key)) {
        Thread.sleep(warmUp / 1_000_000);
        double before = server.ask();
        pingers.taken();
        long begin = System.nanoTime();
        Thread.sleep(time / 1_000_000);
        Latencies taken = pingers.taken();
        double nanos = System.nanoTime() - begin;
        cpu.put(way, (server.ask() - before) / taken.count() / 1000);
        rate.put(way, taken.count() / nanos * 1e6);
        late.put(way, taken.within(0.99));
      }
    }
    return List.of(cpu, rate, late);
  }

  List<Measured> flood() throws Exception {
    String work = "ten connections beside one that floods: ";
    Measured rate = new Measured(work + "thousand pings a second", Map.of(NIO, "≥ 0.6"));
    Measured late = new Measured(work + "99 of 100 within, ms", Map.of(NIO, "(ours ≤ 1 ms)"));
    for (String way : ways(NIO, NETTY)) {
      try (Child server = Child.start(JVM, EchoServer.class, way)) {
        int port = (int) server.number();
        try (Pinger pinger = new Pinger(port, PINGERS_BESIDE_A_FLOOD);
            Flood flood = new Flood(port)) {
          pinger.start();
          pinger.run(warmUp);
          double nanos = pinger.run(time);
          rate.put(way, pinger.latencies.count() / nanos * 1e6);
          late.put(way, pinger.latencies.within(0.99));
        }
      }
    }
    return List.of(rate, late);
  }
}

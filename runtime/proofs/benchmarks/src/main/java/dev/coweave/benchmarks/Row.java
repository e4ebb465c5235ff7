package dev.coweave.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * A line of the table.
 *
 * @param benchmark does the work
 * @param parameters the parameters that it is for; empty for all
 * @param work what it measures, for readers
 * @param goals the ratio to each peer that is aimed at; a peer without a goal is measured all the same
 */
record Row(
    Class<? extends Comparison> benchmark,
    String parameters,
    String work,
    Map<Peer, Double> goals) {
  static final List<Row> ALL =
      List.of(
          new Row(
              GeneratorBenchmark.class,
              "generator of numbers in a for-each, an element",
              Map.of(Peer.hand, 1.1, Peer.kotlin, 0.1)),
          new Row(
              ObjectGeneratorBenchmark.class,
              "generator of objects, an element",
              Map.of(Peer.hand, 1.2)),
          new Row(
              MegamorphicGeneratorBenchmark.class,
              "generator, the consumer megamorphic",
              Map.of(Peer.hand, 1.6, Peer.kotlin, 1.0)),
          new Row(
              PipedGeneratorsBenchmark.class,
              "three generators piped, an element",
              Map.of(Peer.hand, 4.0)),
          new Row(
              TreeWalkBenchmark.class,
              "recursive tree walk, a node",
              Map.of(Peer.hand, 5.0, Peer.kotlin, 0.4)),
          new Row(YieldAllBenchmark.class, "yieldAll, an element", Map.of(Peer.kotlin, 1.0)),
          new Row(
              AwaitBenchmark.class,
              "await of a completed future",
              Map.of(Peer.hand, 1.05, Peer.kotlin, 1.0)),
          new Row(
              CallBenchmark.class,
              "call that doesn't wait, not inlined",
              Map.of(Peer.hand, 1.05, Peer.kotlin, 1.0)),
          new Row(
              InterfaceCallBenchmark.class,
              "1",
              "call through an interface, by receivers' classes",
              Map.of(Peer.hand, 1.2, Peer.kotlin, 1.0)),
          new Row(
              InterfaceCallBenchmark.class,
              "4",
              "call through an interface, by receivers' classes",
              Map.of(Peer.hand, 1.6, Peer.kotlin, 1.0)),
          new Row(
              PlainCallBenchmark.class,
              "plain code calls a coroutine, by stack depth",
              Map.of(Peer.kotlin, 1.0)),
          new Row(
              AsyncMethodBenchmark.class,
              "async method awaited",
              Map.of(Peer.future, 1.5, Peer.kotlin, 1.0)),
          new Row(
              SwitchBenchmark.class,
              "switch between two tasks",
              Map.of(Peer.hand, 1.5, Peer.kotlin, 0.25)),
          new Row(
              TickBenchmark.class,
              "turn of one of 100,000 scripts of a tick loop",
              Map.of(Peer.hand, 3.0)),
          new Row(
              SimulationBenchmark.class,
              "switch between 100 processes of a simulation",
              Map.of(Peer.kotlin, 1.0)),
          new Row(ChannelBenchmark.class, "item over a channel and back", Map.of(Peer.kotlin, 1.0)),
          new Row(MutexBenchmark.class, "lock that two tasks want", Map.of(Peer.kotlin, 1.0)),
          new Row(
              ChildrenBenchmark.class, "child of a scope of a hundred", Map.of(Peer.kotlin, 1.0)),
          new Row(TimeoutBenchmark.class, "time-out that doesn't expire", Map.of(Peer.kotlin, 1.0)),
          new Row(
              ExecutorBenchmark.class,
              "task on an executor",
              Map.of(Peer.future, 1.2, Peer.kotlin, 1.0)),
          new Row(HandInBenchmark.class, "job handed to a loop", Map.of(Peer.pool, 1.0)),
          new Row(CancelBenchmark.class, "cancellation of a task", Map.of(Peer.kotlin, 0.5)),
          new Row(ThrowBenchmark.class, "throw through suspended frames", Map.of(Peer.kotlin, 1.5)),
          new Row(
              SequenceBenchmark.class,
              "async generator, a ready element",
              Map.of(Peer.kotlin, 1.0, Peer.reactor, 1.0, Peer.rxJava, 1.0)),
          new Row(DepthBenchmark.class, "suspension under 100 callers, to one", Map.of()),
          new Row(UnwindBenchmark.class, "unwinding and resuming, a frame", Map.of()));

  Row(Class<? extends Comparison> benchmark, String work, Map<Peer, Double> goals) {
    this(benchmark, "", work, goals);
  }

  /** Whether a benchmark's result with some parameters stands in this line. */
  boolean isFor(String benchmark, String parameters) {
    return benchmark.startsWith(this.benchmark.getName() + ".")
        && (this.parameters.isEmpty() || this.parameters.equals(parameters));
  }
}

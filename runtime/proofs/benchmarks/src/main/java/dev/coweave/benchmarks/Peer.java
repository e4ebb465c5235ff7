package dev.coweave.benchmarks;

/** What a row is measured beside; each is the name of a benchmark method. */
enum Peer {
  hand("by hand"),
  kotlin("Kotlin"),
  future("CompletableFuture"),
  pool("thread pool"),
  stream("Stream"),
  virtual("virtual threads"),
  reactor("Reactor"),
  rxJava("RxJava");

  private final String title;

  Peer(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}

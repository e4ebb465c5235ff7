package dev.coweave.semantics;

import dev.coweave.Coroutine;
import dev.coweave.loop.TickLoop;
import dev.coweave.loop.Ticks;
import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A tick loop, and what its scripts do. */
abstract class TickTests {
  final TickLoop loop = new TickLoop();
  final List<String> log = new ArrayList<>();

  /** What was logged since the last look. */
  String logged() {
    String all = String.join(" ", log);
    log.clear();
    return all;
  }

  String tick() {
    loop.tick();
    return logged();
  }

  static void elsewhere(Runnable action) {
    CompletableFuture.runAsync(action).join();
  }

  @Coroutine
  void count(String name, int turns) {
    for (int i = 0; i < turns; i++) {
      log.add(name + i);
      Ticks.next();
    }
    log.add(name + ".");
  }

  @Coroutine
  void logAfter(String name, CompletableFuture<?> future) {
    Task.await(future);
    log.add(name);
  }

  @Coroutine
  int nested(int depth) {
    if (depth > 0) {
      return nested(depth - 1) + 1;
    }
    Ticks.next();
    Ticks.await(2);
    Ticks.until(() -> loop.ticks() % 2 == 0);
    return 0;
  }

  @Coroutine
  static CompletableFuture<Integer> later(int ticks) {
    Ticks.await(ticks);
    return CompletableFuture.completedFuture(ticks);
  }

  @Coroutine
  String waits() {
    try {
      Ticks.until(() -> false);
      return "?";
    } finally {
      log.add("finally");
    }
  }

  @Coroutine
  void waitsIn(String name, dev.coweave.CoroutineRunnable wait) throws Exception {
    try {
      while (true) {
        wait.run();
      }
    } finally {
      log.add(name);
    }
  }
}

package dev.coweave.durable.speed;

import dev.coweave.Coroutine;
import dev.coweave.durable.Durable;
import dev.coweave.durable.DurableEngine;
import dev.coweave.durable.Run;
import java.util.concurrent.Callable;

/** The workflow as a durable coroutine. */
final class Coweave implements Contest {
  private final String name;
  private final DurableEngine engine;

  Coweave(String name, DurableEngine engine) {
    this.name = name;
    this.engine = engine;
  }

  @Durable
  @Coroutine
  static int sum(int steps) {
    int sum = 0;
    for (int i = 0; i < steps; i++) {
      int n = i;
      sum += Durable.step("number", () -> n);
    }
    return sum;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Callable<Integer> start(String id, int steps) {
    Run<Integer> run = engine.start(id, () -> sum(steps));
    return run::join;
  }

  @Override
  public void close() {
    engine.close();
  }
}

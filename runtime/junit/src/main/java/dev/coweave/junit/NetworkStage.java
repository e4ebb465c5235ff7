package dev.coweave.junit;

import dev.coweave.CoroutineRunnable;
import dev.coweave.junit.network.Node;
import dev.coweave.junit.network.Stage;
import java.util.random.RandomGenerator;

/** A simulation as its network sees it. */
final class NetworkStage implements Stage {
  private final Engine engine;
  private final RandomGenerator random;

  NetworkStage(Engine engine, RandomGenerator random) {
    this.engine = engine;
    this.random = random;
  }

  @Override
  public long nanoTime() {
    return engine.now();
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public void at(long nanos, String what, Runnable event) {
    engine.at(nanos, new Step.Event(what, event));
  }

  @Override
  public void execute(Runnable action) {
    engine.outside().execute(action);
  }

  @Override
  public Machine start(Node node, CoroutineRunnable body) {
    Lane.Drift drift = new Lane.Drift(node::localTime, node::worldTime);
    Lane lane = engine.lane(node.name(), drift, true);
    lane.whenEmpty = node::ended;
    Object unused = lane.loop.loop().start(node.name(), body);
    return () -> engine.stop(lane);
  }
}

package dev.coweave.flow;

import dev.coweave.task.Scheduler;
import dev.coweave.task.TaskContinuation;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives each subscriber the elements of a generator, in a task of its own, where the publisher was made. */
final class GeneratorPublisher<T extends @Nullable Object> implements Flow.Publisher<T> {
  /** A generator for one subscriber. */
  static final class Once<T extends @Nullable Object> implements Supplier<AsyncGenerator<T>> {
    private @Nullable AsyncGenerator<T> generator;

    Once(AsyncGenerator<T> generator) {
      this.generator = generator;
    }

    @Override
    public synchronized AsyncGenerator<T> get() {
      AsyncGenerator<T> g = generator;
      if (g == null) {
        throw new IllegalStateException(
            "the publisher of an AsyncGenerator has been subscribed to\n"
                + "  because: its elements are given once\n"
                + "  fix: return Flow.Publisher from the method, which runs the body for each"
                + " subscriber");
      }
      generator = null;
      return g;
    }
  }

  private final Supplier<AsyncGenerator<T>> bodies;
  private final @Nullable Scheduler home = TaskContinuation.schedulerHere();

  GeneratorPublisher(Supplier<AsyncGenerator<T>> bodies) {
    this.bodies = bodies;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super T> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    AsyncGenerator<T> generator = null;
    Throwable refused = null;
    try {
      generator = bodies.get();
    } catch (Throwable t) {
      refused = t;
    }
    new GeneratorSubscription<T>(subscriber, generator).begin(home, refused);
  }
}

package dev.coweave.flow;

import dev.coweave.coroutine.Continuation;
import dev.coweave.task.NewTask;
import dev.coweave.task.Scheduler;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Publishes the elements of a generator to each subscriber, in a task of its own, where the publisher was made. */
final class GeneratorPublisher<T extends @Nullable Object> implements Flow.Publisher<T> {
  /** A generator as a subscription asks it: by its twins, beside their methods, so that the build hides them from compilers. */
  interface Source<T extends @Nullable Object> {
    /** {@code AsyncGenerator.hasNext}. */
    boolean hasNext();

    /** {@code AsyncGenerator.next}. */
    T next();

    /** {@code AsyncGenerator.close}. */
    void close();

    /** The twin of {@code AsyncGenerator.hasNext}. */
    boolean hasNext(Continuation c);

    /** The twin of {@code AsyncGenerator.next}. */
    T next(Continuation c);

    /** The twin of {@code AsyncGenerator.close}. */
    void close(Continuation c);
  }

  /** A generator for one subscriber. */
  static final class Once<T extends @Nullable Object> implements Supplier<Source<T>> {
    private @Nullable Source<T> generator;

    Once(Source<T> generator) {
      this.generator = generator;
    }

    @Override
    public synchronized Source<T> get() {
      Source<T> g = generator;
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

  private final Supplier<? extends Source<T>> bodies;
  private final Scheduler home = NewTask.homeHere();

  GeneratorPublisher(Supplier<? extends Source<T>> bodies) {
    this.bodies = bodies;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super T> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    Source<T> generator = null;
    Throwable refused = null;
    try {
      generator = bodies.get();
    } catch (Throwable t) {
      refused = t;
    }
    new GeneratorSubscription<T>(subscriber, generator).begin(home, refused);
  }
}

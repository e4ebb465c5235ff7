package dev.coweave.flow;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineConsumer;
import dev.coweave.CoroutineFunction;
import dev.coweave.CoroutinePredicate;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Entry;
import dev.coweave.coroutine.GeneratorFrame;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.generator.Generator;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A sequence whose elements are computed by a method that {@linkplain Generator#yield yields} them, one step at a time, and may wait in
 * between.
 *
 * <pre>{@code
 * @Coroutine static AsyncGenerator<Page> pages(URI first) {
 *   for (URI u = first; u != null; ) { Page p = await(fetch(u)); Generator.yield(p); u = p.next(); }
 *   return AsyncGenerator.end();
 * }
 * @Coroutine static int count(URI first) {
 *   int n = 0;
 *   try (AsyncGenerator<Page> all = pages(first)) { while (all.hasNext()) n += all.next().size(); }
 *   return n;
 * }
 * }</pre>
 *
 * <p>The body runs in the task of whoever asks for the next element: there is no thread, no queue and no task of its own, and nothing runs
 * until it is asked. Cancelling the consumer reaches the wait that the body is in. {@link #close} ends the body, so that its {@code finally}
 * blocks run, which may wait. One that is never closed is garbage like any object, and its {@code finally} blocks don't run.
 *
 * <p>Not thread-safe: one task at a time asks, and may hand the generator to another between two steps. A task that asks while another is inside
 * gets an {@link IllegalStateException}. The operators take this generator over: it is theirs to ask and to close. The idea is that of C#'s async
 * streams and Python's async generators (PEP 525).
 *
 * @param <T> the type of the elements
 */
@Stamp(abi = Stamp.ABI)
public abstract class AsyncGenerator<T extends @Nullable Object> extends GeneratorFrame
    implements GeneratorPublisher.Source<T>, AutoCloseable {
  static final Operation OF = Operation.of(AsyncGenerator.class, "of");
  private static final Operation AS_COMPLETED = Operation.of(AsyncGenerator.class, "asCompleted");
  private static final Operation END = Operation.of(AsyncGenerator.class, "end");
  private static final Operation HAS_NEXT = Operation.of(AsyncGenerator.class, "hasNext");
  private static final Operation CLOSE = Operation.of(AsyncGenerator.class, "close");

  // In here: the words that users write. How a body is entered, parked and resumed is in
  // GeneratorFrame.

  /** For woven code. */
  protected AsyncGenerator() {}

  /** A fresh generator with the same arguments; only for bodies of methods that return {@link Flow.Publisher}. */
  protected AsyncGenerator<T> fresh() {
    throw new UnsupportedOperationException();
  }

  /**
   * The result of a woven method that returns {@link Flow.Publisher}: each {@code subscribe} starts the body afresh, with the original
   * arguments.
   */
  public final Flow.Publisher<T> coweave$publisher() {
    return new GeneratorPublisher<>(this::fresh);
  }

  // ---- making

  /**
   * Ends the generator: {@code return AsyncGenerator.end();}.
   *
   * @param <G> the type that the method returns
   */
  public static <G> G end() {
    throw JavaStack.onlyInCoroutine(END);
  }

  /**
   * The elements of a publisher. It is subscribed to when the first is asked for, and asked for one element at a time, so that none is lost; use
   * {@link #buffer} to let it run ahead. Closing cancels the subscription.
   *
   * @param publisher any: of Reactor, RxJava, Mutiny, the JDK; its signals may come on any thread
   * @param <T> the type of the elements
   */
  public static <T> AsyncGenerator<T> of(Flow.Publisher<? extends T> publisher) {
    return new PublisherGenerator<>(Objects.requireNonNull(publisher, "publisher"));
  }

  /**
   * The elements of an iterable, by a new iterator; it never waits. An iterator that is {@link AutoCloseable} is closed with the generator, and
   * when it has no more elements or fails.
   *
   * @param elements any; may hold null
   * @param <T> the type of the elements
   */
  public static <T extends @Nullable Object> AsyncGenerator<T> of(Iterable<? extends T> elements) {
    return new IterableGenerator<>(Objects.requireNonNull(elements, "elements"));
  }

  /**
   * The values of futures in the order in which they are complete; asyncio's {@code as_completed}, C#'s {@code Task.WhenEach}. The first failure
   * ends it.
   *
   * <pre>{@code
   * AsyncGenerator.asCompleted(List.of(ask(A), ask(B), ask(C))).take(2).forEach(answer -> show(answer));
   * }</pre>
   *
   * @param stages any, tasks among them; each is awaited in a child task, see {@link #buffer}
   * @param <T> the type of the values
   */
  public static <T extends @Nullable Object> AsyncGenerator<T> asCompleted(
      Collection<? extends CompletionStage<? extends T>> stages) {
    return new Merging<>(
        stages.stream()
            .map(s -> new FutureGenerator<T>(Objects.requireNonNull(s, "stage")))
            .toList(),
        1);
  }

  // ---- asking

  /**
   * Whether there is another element; runs the body to its next yield to know, at most one step ahead.
   *
   * @throws IllegalStateException if somebody is inside
   */
  @Coroutine
  @Override
  public final boolean hasNext() {
    return PlainCall.run(HAS_NEXT, this::moreBoxed);
  }

  /**
   * The twin of {@link #hasNext()}; not for users.
   *
   * @hidden
   */
  @Override
  public final boolean hasNext(Continuation c) {
    return c instanceof Entry ? more(c) : hasNext();
  }

  final Boolean hasNextBoxed(Continuation c) {
    return moreBoxed(c);
  }

  /**
   * The next element.
   *
   * @return it; null if that is what the body yielded
   * @throws NoSuchElementException when the body has ended
   * @throws IllegalStateException if somebody is inside
   */
  @Coroutine
  @Override
  public final T next() {
    return PlainCall.run(Handover.NEXT, this::next);
  }

  /**
   * The twin of {@link #next()}; not for users.
   *
   * @hidden
   */
  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // null is what the body yielded, or a dummy
  public final T next(Continuation c) {
    return c instanceof Entry ? (T) element(c) : next();
  }

  /**
   * Does something with each element that is left, and closes the generator, also when that fails.
   *
   * @param body what is done; may wait
   */
  @Coroutine
  public final void forEach(CoroutineConsumer<? super T> body) {
    PlainCall.act(ForEach.OPERATION, c -> forEach(body, c));
  }

  /**
   * The twin of {@link #forEach(CoroutineConsumer)}; not for users.
   *
   * @hidden
   */
  public final void forEach(CoroutineConsumer<? super T> body, Continuation c) {
    Objects.requireNonNull(body, "body");
    if (c instanceof Entry) {
      new ForEach<>(this, body).run(c);
    } else {
      forEach(body);
    }
  }

  /**
   * Ends the generator: the yield at which the body stands throws an error, so that its {@code finally} blocks run, which may wait. A fresh
   * generator's body never runs; closing a finished one does nothing.
   *
   * @throws IllegalStateException if the body yields once more, or somebody is inside
   */
  @Override
  @Coroutine
  public final void close() {
    PlainCall.act(CLOSE, this::close);
  }

  /**
   * The twin of {@link #close()}; not for users.
   *
   * @hidden
   */
  @Override
  public final void close(Continuation c) {
    if (c instanceof Entry) {
      end(c);
    } else {
      close();
    }
  }

  /**
   * The elements for one subscriber, who gets them no faster than it requests them. The body runs in a task of its own, which starts with the
   * subscription where this method is called: on the current loop, executor or {@linkplain dev.coweave.loop.Homes home}, else in the executor of
   * {@link dev.coweave.loop.Homes#setDefaultExecutor}. Cancelling the subscription closes the generator.
   *
   * @return a publisher; a second subscriber gets an {@link IllegalStateException}. Null elements end it with a {@link NullPointerException}
   */
  public final Flow.Publisher<T> publisher() {
    return new GeneratorPublisher<>(new GeneratorPublisher.Once<>(this));
  }

  // ---- operators

  /**
   * Each element as a function changes it.
   *
   * @param f may wait
   * @param <R> the type of its results
   */
  public final <R extends @Nullable Object> AsyncGenerator<R> map(
      CoroutineFunction<? super T, ? extends R> f) {
    return new Operators.Mapping<>(this, Objects.requireNonNull(f, "f"));
  }

  /**
   * The elements that pass a test.
   *
   * @param test may wait
   */
  public final AsyncGenerator<T> filter(CoroutinePredicate<? super T> test) {
    return new Operators.Filtering<>(this, Objects.requireNonNull(test, "test"));
  }

  /**
   * The first elements; closes this generator after them.
   *
   * @param n how many at most
   */
  public final AsyncGenerator<T> take(long n) {
    if (n < 0) {
      throw new IllegalArgumentException("take of a negative number: " + n);
    }
    return new Operators.Taking<>(this, n);
  }

  /**
   * Lets the body run ahead of its consumer, in a child task, which starts with the first element that is asked for and ends with the generator:
   * close it. A failure comes after the elements before it. Ask it in a coroutine: a child that a plain call has started ends with that.
   *
   * @param n how many elements it may be ahead; positive
   */
  public final AsyncGenerator<T> buffer(int n) {
    return new Merging<>(List.of(this), n);
  }

  /**
   * The elements of this generator and others as they come, each in a child task of its own; see {@link #buffer}. The first failure ends all.
   *
   * @param others the others
   */
  @SafeVarargs
  public final AsyncGenerator<T> merge(AsyncGenerator<? extends T>... others) {
    return new Merging<>(Stream.concat(Stream.of(this), Stream.of(others)).toList(), 1);
  }

  /**
   * The elements of this generator and another in pairs, to the end of the shorter.
   *
   * @param other asked after this one for each pair
   * @param f makes one of two
   * @param <U> the type of the other's elements
   * @param <R> the type of its results
   */
  public final <U extends @Nullable Object, R extends @Nullable Object> AsyncGenerator<R> zip(
      AsyncGenerator<? extends U> other, BiFunction<? super T, ? super U, ? extends R> f) {
    return new Operators.Zipping<>(this, Objects.requireNonNull(other, "other"), f);
  }

  /**
   * Fails with a {@link TimeoutException} where an element takes longer than a while: then this generator's wait is cancelled.
   *
   * @param time how long each element may take
   */
  public final AsyncGenerator<T> timeout(Duration time) {
    return new Operators.Timing<>(this, Objects.requireNonNull(time, "time"));
  }

  /** A future's value. */
  private static final class FutureGenerator<T extends @Nullable Object> extends AsyncGenerator<T> {
    private final CompletionStage<? extends T> stage;

    FutureGenerator(CompletionStage<? extends T> stage) {
      this.stage = stage;
    }

    @Override
    protected boolean step(Continuation c) {
      int at = coweave$state;
      coweave$state = -1;
      if (at == 2) {
        c.takeRef();
        return coweave$returned(null);
      }
      coweave$element = at == 0 ? Task.await(stage, c) : c.takeRef();
      coweave$state = c.suspended ? 1 : 2;
      return true;
    }

    @Override
    public String trace() {
      return AS_COMPLETED.trace();
    }
  }

  /** An iterator's elements. */
  private static final class IterableGenerator<T extends @Nullable Object>
      extends AsyncGenerator<T> {
    private Iterable<? extends T> elements;
    private @Nullable Iterator<? extends T> iterator;

    IterableGenerator(Iterable<? extends T> elements) {
      this.elements = elements;
    }

    @Override
    @SuppressWarnings("NullAway") // there is an iterator from the first step on
    protected boolean step(Continuation c) {
      int at = coweave$state;
      coweave$state = -1;
      Throwable failure = null;
      try {
        if (at == 0) {
          iterator = elements.iterator();
          elements = List.of();
        } else {
          c.takeRef(); // throws where this is closed
        }
        if (iterator.hasNext()) {
          coweave$element = iterator.next();
          coweave$state = 1;
          return true;
        }
      } catch (Throwable t) {
        failure = t;
      }
      failure = closed(failure);
      if (failure != null) {
        Continuation.<RuntimeException>sneakyThrow(failure);
      }
      return coweave$returned(null);
    }

    /** Closes the iterator; returns what failed, before or now. */
    private @Nullable Throwable closed(@Nullable Throwable failure) {
      try {
        if (iterator instanceof AutoCloseable closeable) {
          closeable.close();
        }
      } catch (Throwable t) {
        if (failure == null) {
          return t;
        }
        if (failure != t) {
          failure.addSuppressed(t);
        }
      }
      return failure;
    }

    @Override
    protected void clear() {
      elements = List.of();
      iterator = null;
    }

    @Override
    public String trace() {
      return OF.trace();
    }
  }
}

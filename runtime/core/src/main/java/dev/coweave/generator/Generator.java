package dev.coweave.generator;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.GeneratorClosed;
import dev.coweave.coroutine.GeneratorFrame;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A sequence whose elements are computed by a method that {@linkplain #yield yields} them, one step at a time.
 *
 * <pre>{@code
 * @Coroutine static Generator<Long> fibonacci() {
 *   long a = 0, b = 1;
 *   while (true) { Generator.yield(a); long c = a + b; a = b; b = c; }
 * }
 * }</pre>
 *
 * <p>Nothing of the body runs until the first element is asked for. The protocol is that of Python's generators (PEP 342, PEP
 * 380): {@link #send} passes a value to the body at its yield, {@link #raise} an exception, {@link #close} ends it, so that its
 * {@code finally} blocks run. Not thread-safe; it may be handed from thread to thread.
 *
 * @param <T> the type of the elements
 */
@Stamp(abi = Stamp.ABI)
public abstract class Generator<T extends @Nullable Object> extends Continuation
    implements Iterator<T>, Iterable<T>, AutoCloseable {
  private static final Operation YIELD = Operation.of(Generator.class, "yield");
  private static final Operation END = Operation.of(Generator.class, "end");

  // One object is generator, continuation and root frame: the weaver makes a subclass a method,
  // whose fields are the saved locals. C2 dissolves a generator that doesn't escape into the loop
  // that consumes it, provided that everything on the way of an element is inlined: keep next,
  // hasNext and advance at 35 bytecodes or fewer.
  //
  //                next/send                    yield                      end, or the body throws
  //   0 (fresh) ─────────────► RUNNING ───────────────────► k (at yield k) ─────► FINISHED
  //        │                      ▲                             │                    ▲
  //        │                      └──────── next/send/raise/close ┘                    │
  //        └──────────────────────────── raise/close ────────────────────────────────┘

  static {
    JavaStack.generatorsRun();
  }

  /** The body is running: whoever enters it again is told so. */
  private static final int RUNNING = -1;

  /** The body has ended or failed. */
  private static final int FINISHED = -2;

  /** So much less the suspension point: a nested call of the body's runs, which the body isn't on the stack for. Running too. */
  private static final int NESTED = -3;

  /** Where the body goes on: 0 at its start, k at its suspension point k; negative when it can't. Written by woven code. */
  public int coweave$state;

  /** The element that was yielded last. Written by woven code that doesn't keep a primitive. */
  public @Nullable Object coweave$element;

  /** {@link #hasNext} has run a step ahead. */
  private boolean ready;

  private @Nullable Object result;

  /** Thrown by {@link #close} at the yield, while it does. */
  private @Nullable GeneratorClosed closing;

  /** For woven code. */
  protected Generator() {}

  // ---- what woven code overrides

  /**
   * Runs the body from {@link #coweave$state} to its next yield or its end.
   *
   * @param c the continuation that drives this generator: itself, or the one that delegates to it
   * @return true when it has yielded or a nested call has suspended, false when it has ended
   */
  protected abstract boolean step(Continuation c);

  /** The element that was yielded last, boxed. */
  protected @Nullable Object take() {
    return coweave$element;
  }

  /** Drops what the fields refer to. */
  protected void clear() {}

  /** Where the body stands in the source, as {@link Frame#trace} says it; null if nobody wrote it. */
  protected @Nullable String trace() {
    return null;
  }

  @Override
  protected final @Nullable StackTraceElement body() {
    String trace = coweave$state <= NESTED ? trace() : null;
    return trace == null ? null : line(trace, NESTED - coweave$state);
  }

  /** The body that another generator resumes the nested calls of, as a line of a stack trace; null if nobody wrote it. */
  final @Nullable StackTraceElement lentBody() {
    String trace = trace();
    return trace == null ? null : line(trace, coweave$state);
  }

  /** A fresh generator with the same arguments; only for bodies of methods that return {@link Iterable}. */
  protected Generator<T> fresh() {
    throw new UnsupportedOperationException();
  }

  /**
   * The body returns.
   *
   * @param value what it returned, which must be null: {@code return Generator.end()} returns null
   * @return false, for {@link #step}
   */
  public final boolean coweave$returned(@Nullable Object value) {
    if (value != null) {
      throw new IllegalStateException(
          "a generator returned "
              + value.getClass().getName()
              + "; end it by 'return Generator.end();' or 'return null;'");
    }
    finish();
    return false;
  }

  /** Keeps the generator's result; what woven code makes of {@link #end(Object)}. */
  public final void coweave$keep(@Nullable Object result) {
    this.result = result;
  }

  /**
   * The result of a woven method that returns {@link Iterable}: each {@code iterator()} starts the body afresh, with the original
   * arguments.
   */
  public final Iterable<T> coweave$iterable() {
    return new Restart<>(this);
  }

  private record Restart<T extends @Nullable Object>(Generator<T> template) implements Iterable<T> {
    @Override
    public Iterator<T> iterator() {
      return template.fresh();
    }

    @Override
    public String toString() {
      return "Iterable of " + template.getClass().getName();
    }
  }

  // ---- the body's words

  /**
   * Gives an element to whoever consumes the generator, and stops until the next is asked for.
   *
   * @param value the element; may be null
   * @param <S> the type of what is sent
   * @return what {@link #send} passed in; null after {@link #next}
   * @throws IllegalStateException outside a generator
   */
  @Coroutine
  public static <S extends @Nullable Object> S yield(@Nullable Object value) {
    throw JavaStack.onlyInCoroutine(YIELD);
  }

  /**
   * The twin of {@link #yield(Object)}; not for users.
   *
   * @hidden
   */
  @SuppressWarnings("NullAway") // a dummy: the driver passes the value
  public static <S extends @Nullable Object> S yield(@Nullable Object value, Continuation c) {
    if (c instanceof Generator<?> g) {
      g.yielded(value);
    } else {
      c.yieldElement(value);
    }
    return null;
  }

  /**
   * Yields all elements of another generator, as if its body stood here: {@link #send}, {@link #raise} and {@link #close} reach
   * it. An element costs the same at any depth of delegation.
   *
   * @param inner the generator
   * @param <R> the type of its result
   * @return its {@linkplain #result result}
   */
  @Coroutine
  public static <R extends @Nullable Object> R yieldAll(Generator<?> inner) {
    throw JavaStack.onlyInCoroutine(YieldEach.OPERATION);
  }

  /**
   * Yields all elements of an iterable, by a new iterator; see {@link #yieldAll(Generator)}.
   *
   * @param inner the iterable
   * @param <R> the type of the result
   * @return the result if its iterator is a generator, else null
   */
  @Coroutine
  public static <R extends @Nullable Object> R yieldAll(Iterable<?> inner) {
    throw JavaStack.onlyInCoroutine(YieldEach.OPERATION);
  }

  /**
   * Yields what is left of an iterator; see {@link #yieldAll(Generator)}. Of one that is no generator: what is sent to it is an
   * error, and closing closes it if it is {@link AutoCloseable}.
   *
   * @param inner the iterator
   * @param <R> the type of the result
   * @return the result if it is a generator, else null
   */
  @Coroutine
  public static <R extends @Nullable Object> R yieldAll(Iterator<?> inner) {
    throw JavaStack.onlyInCoroutine(YieldEach.OPERATION);
  }

  /**
   * Yields all elements of an async generator, from one that yields to another; an element costs the same at any depth of delegation.
   *
   * @param inner the async generator; it is in use until it has ended
   * @param <R> the type of its result
   * @return what it ended with, mostly null
   */
  @Coroutine
  public static <R extends @Nullable Object> R yieldAll(GeneratorFrame inner) {
    throw JavaStack.onlyInCoroutine(YieldEach.OPERATION);
  }

  /**
   * The twin of {@link #yieldAll(GeneratorFrame)}; not for users.
   *
   * @hidden
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // a dummy: the driver passes the value
  public static <R extends @Nullable Object> R yieldAll(GeneratorFrame inner, Continuation c) {
    if (c instanceof Generator<?>) {
      throw new IllegalStateException(
          "Generator.yieldAll of an async generator in a generator\n"
              + "  because: a generator can't wait for its elements\n"
              + "  fix: return AsyncGenerator from the method");
    }
    return (R) inner.lend(c);
  }

  /**
   * The twin of {@link #yieldAll(Generator)}; not for users.
   *
   * @hidden
   */
  public static <R extends @Nullable Object> R yieldAll(Generator<?> inner, Continuation c) {
    return yieldAll((Iterator<?>) inner, c);
  }

  /**
   * The twin of {@link #yieldAll(Iterable)}; not for users.
   *
   * @hidden
   */
  public static <R extends @Nullable Object> R yieldAll(Iterable<?> inner, Continuation c) {
    return yieldAll(inner.iterator(), c);
  }

  /**
   * The twin of {@link #yieldAll(Iterator)}; not for users.
   *
   * @hidden
   */
  @SuppressWarnings("NullAway") // a dummy: the driver passes the value
  public static <R extends @Nullable Object> R yieldAll(Iterator<?> inner, Continuation c) {
    Objects.requireNonNull(inner, "inner");
    if (c instanceof Generator<?> g) {
      Delegation.begin(inner, g);
    } else {
      c.unwind(new YieldEach(inner));
    }
    return null;
  }

  /**
   * Ends the generator: {@code return Generator.end();}.
   *
   * @param <G> the type that the method returns
   */
  public static <G> G end() {
    throw JavaStack.onlyInCoroutine(END);
  }

  /**
   * Ends the generator with a result: {@code return Generator.end(result);}.
   *
   * @param result what {@link #result} and {@code yieldAll} return; may be null
   * @param <G> the type that the method returns
   */
  public static <G> G end(@Nullable Object result) {
    throw JavaStack.onlyInCoroutine(END);
  }

  // ---- the consumer's side

  /**
   * A generator of a body that yields.
   *
   * @param body runs at the first {@link #next}
   * @param <T> the type of the elements
   */
  public static <T extends @Nullable Object> Generator<T> of(CoroutineRunnable body) {
    return new BodyGenerator<>(Objects.requireNonNull(body, "body"));
  }

  /**
   * Whether there is another element; runs the body to its next yield to know, at most one step ahead.
   *
   * @throws IllegalStateException if the body itself asks
   */
  @Override
  public final boolean hasNext() {
    return ready || advance();
  }

  /**
   * The next element.
   *
   * @throws NoSuchElementException when the body has ended
   * @throws IllegalStateException if the body itself asks
   */
  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // null is what the body yielded then
  public final T next() {
    if (!ready && !advance()) {
      throw exhausted();
    }
    ready = false;
    return (T) take();
  }

  /**
   * Goes on with a value: the yield at which the body stands returns it.
   *
   * @param value what the yield returns; may be null
   * @return the next element
   * @throws NoSuchElementException when the body ends instead
   * @throws IllegalStateException when no yield is there to take the value: the generator is fresh (and stays so) and {@code
   *     value} isn't null, or {@link #hasNext} has run ahead
   */
  public final T send(@Nullable Object value) {
    if (ready) {
      throw ahead("send");
    }
    if (value != null) {
      if (coweave$state == 0) {
        throw new IllegalStateException(
            "send to a fresh generator: no yield is there to take the value; call next() first");
      }
      if (coweave$state == FINISHED) {
        throw exhausted();
      }
      checkNotRunning();
      release();
      give(value);
    }
    return next();
  }

  /**
   * Goes on with an exception: the yield at which the body stands throws it. A fresh generator is finished, no body runs; a
   * finished one throws its argument.
   *
   * @param t what the yield throws, checked or not
   * @return the next element, if the body catches it and yields
   * @throws NoSuchElementException when the body catches it and ends
   * @throws IllegalStateException when {@link #hasNext} has run ahead
   */
  public final T raise(Throwable t) {
    Objects.requireNonNull(t, "t");
    if (ready) {
      throw ahead("raise");
    }
    checkNotRunning();
    release();
    if (coweave$state == 0) {
      finish();
    }
    if (coweave$state == FINISHED) {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    giveFailure(t);
    return next();
  }

  /**
   * Ends the generator: the yield at which the body stands throws an error, so that its {@code finally} blocks run. A fresh
   * generator's body never runs; closing a finished one does nothing.
   *
   * @throws IllegalStateException if the body yields once more, or closes itself
   */
  @Override
  public final void close() {
    checkNotRunning();
    release();
    ready = false;
    if (coweave$state == 0) {
      finish();
    }
    if (coweave$state == FINISHED) {
      return;
    }
    GeneratorClosed closed = new GeneratorClosed();
    closing = closed;
    giveFailure(closed);
    try {
      while (advance()) {
        ready = false;
        failDelegate(
            new IllegalStateException(
                "the generator yielded while it was closed; don't yield in a finally block or catch"
                    + " Throwable around a yield"));
      }
    } catch (GeneratorClosed e) {
      Throwable failure = e == closed ? e.inCleanUp() : e;
      if (failure != null) {
        Continuation.<RuntimeException>sneakyThrow(failure);
      }
    } finally {
      closing = null;
    }
  }

  /**
   * The body has yielded while it was closed. If an inner generator's body did, whoever yields all of that fails there (PEP 380), and
   * the inner one stays where it is.
   */
  private void failDelegate(IllegalStateException failure) {
    Frame f = leaf;
    while (f != null && !(f instanceof Delegation d && d.isLent())) {
      f = f.caller();
    }
    if (f == null) {
      throw failure;
    }
    ((Delegation) f).takeBack();
    leaf = f.caller();
    giveFailure(failure);
  }

  /**
   * The result that the body ended with: {@code return Generator.end(result)}.
   *
   * @param <R> the result's type
   * @return the result; null when it ended without, failed or was closed
   * @throws IllegalStateException when it has not ended
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // null is what the body ended with then
  public final <R extends @Nullable Object> R result() {
    if (coweave$state != FINISHED) {
      throw new IllegalStateException("the generator has not ended: no result yet");
    }
    return (R) result;
  }

  /** The elements as a sequential stream; closing the stream closes the generator. */
  public final Stream<T> stream() {
    Spliterator<T> elements = Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED);
    return StreamSupport.stream(elements, false).onClose(this::close);
  }

  /** Returns this generator itself: its elements come once. */
  @Override
  public final Iterator<T> iterator() {
    return this;
  }

  // ---- the driver

  /** Runs to the next element. */
  private boolean advance() {
    if (coweave$state < 0 || leaf != null) {
      return advanceOnLeaf();
    }
    try {
      return step(this) && (suspended ? settled() : (ready = true));
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  /** The way that an element takes when it comes from a nested call, or doesn't come. */
  private boolean advanceOnLeaf() {
    if (coweave$state == FINISHED) {
      return false;
    }
    checkNotRunning();
    release();
    try {
      return leaf == null ? step(this) && (suspended ? settled() : (ready = true)) : pump();
    } catch (Throwable t) {
      throw failed(t);
    }
  }

  /** The body's nested call has suspended, for the first time since it was entered. */
  private boolean settled() {
    boolean yielded = !unwinding();
    suspended = false;
    return yielded ? (ready = true) : pump();
  }

  /** Resumes the nested calls from the leaf, and the body when they have ended, until one of them yields. */
  private boolean pump() {
    do {
      int at = coweave$state;
      coweave$state = NESTED - at;
      boolean ended = advance(park());
      coweave$state = at;
      if (!ended) {
        suspended = false;
        return ready = true;
      }
      if (!step(this)) {
        return false;
      }
    } while (suspended && unwinding());
    suspended = false;
    return ready = true;
  }

  private RuntimeException failed(Throwable thrown) {
    Throwable t = explained(thrown, getClass());
    LogicalStack.leftBody(t, getClass());
    finish();
    if (t instanceof NoSuchElementException) {
      // As PEP 479: else the consumer would take a bug of the body for the end of the sequence.
      return new IllegalStateException("the generator's body threw " + t, t);
    }
    Continuation.<RuntimeException>sneakyThrow(t);
    throw new AssertionError(t);
  }

  private void finish() {
    coweave$state = FINISHED;
    leaf = null;
    coweave$element = null;
    ready = false;
    clear();
  }

  private void checkNotRunning() {
    if (coweave$state == RUNNING || coweave$state <= NESTED) {
      throw new IllegalStateException(
          "the generator is running: its body can't ask itself for elements");
    }
  }

  private static IllegalStateException ahead(String operation) {
    return new IllegalStateException(
        operation + " after hasNext(): the generator has run one step ahead; call next() first");
  }

  private static NoSuchElementException exhausted() {
    return new NoSuchElementException("the generator has ended");
  }

  // ---- delegation, see Delegation

  /**
   * Lends the body to a generator that yields all of this one.
   *
   * @return false if it can't be lent: it has ended, has an element ready, or is lent already
   */
  final boolean lend(Delegation to, Generator<?> root) {
    checkNotRunning();
    if (coweave$state == FINISHED || ready || isLent()) {
      return false;
    }
    Frame nested = leaf;
    leaf = to;
    if (nested != null) {
      root.splice(nested, to);
    }
    return true;
  }

  /** Runs the lent body a step for the generator that is consumed. */
  final void stepFor(Delegation to, Generator<?> root) {
    boolean more;
    try {
      more = step(root);
    } catch (Throwable t) {
      throw failed(t);
    }
    if (more) {
      if (!root.suspended) {
        root.yielded(take());
      }
      root.push(to);
    } else {
      leaf = null;
      root.give(root.unlessClosing(result));
    }
  }

  /** Somebody asks this generator directly: if it is lent, takes the body and the frames of its nested calls back. */
  final void release() {
    if (leaf instanceof Delegation to && to.lends(this)) {
      Generator<?> root = to.root();
      root.checkNotRunning();
      leaf = root.unsplice(to);
      to.giveBack();
      for (Frame f = leaf; f != null; f = f.caller()) {
        if (f instanceof Delegation inner) {
          inner.moveTo(this);
        }
      }
    }
  }

  final boolean isLent() {
    return leaf instanceof Delegation to && to.lends(this);
  }

  /** Whose continuation drives this generator: its own, unless it is lent. */
  final Generator<?> driver() {
    Generator<?> g = this;
    while (g.leaf instanceof Delegation to && to.lends(g)) {
      g = to.root();
    }
    return g;
  }

  /** A nested call has an element. */
  final void yielded(@Nullable Object value) {
    coweave$element = value;
    suspended = true;
  }

  /** PEP 380: an inner generator that ends when it is closed doesn't keep the outer ones from closing. */
  final @Nullable Object unlessClosing(@Nullable Object value) {
    if (closing != null) {
      throw closing;
    }
    return value;
  }

  final boolean isClosing(Throwable t) {
    return t == closing;
  }
}

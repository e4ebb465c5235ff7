package dev.coweave.durable;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import java.lang.annotation.Annotation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Marks a method that survives its JVM, and has the words that such a method is written with.
 *
 * <pre>{@code
 * @Durable("order") @Coroutine Receipt order(Order o) throws Declined {
 *   String payment = Durable.step("charge", key -> bank.charge(o, key));
 *   Approval a = Durable.receive("approval", Approval.class);
 *   return Durable.transaction("ship", connection -> ship(connection, o, a));
 * }
 * }</pre>
 *
 * <p>Each of the words is a durable wait: there the run is stored. They work in durable methods alone, called by a run that a
 * {@link DurableEngine} drives; elsewhere they throw {@code IllegalStateException}.
 *
 * <p>This is an annotation for methods, kept at run time. Java has no annotations with static methods; the JVM and its compilers read them. So it
 * is compiled as an interface, and made an annotation when the module is built (docs/adr/0021).
 */
@Stamp(abi = Stamp.ABI)
@SuppressWarnings({"ClassExplicitlyAnnotation", "BadImport"})
public interface Durable extends Annotation {
  /** What the method is called where its runs are stored; empty for its own name. Unique in its class. */
  String value();

  /**
   * Does something to the outside world. Its result is stored before the method goes on; until then it may be done again, with the same key:
   * at least once. What it throws, after the last attempt, is stored and thrown.
   *
   * @param name what the step is called; a constant, unique in the method
   * @param body what to do; runs on a thread of the engine's, and may block
   * @return its result; of a type that can be stored
   */
  @Coroutine
  static <T extends @Nullable Object, X extends Throwable> T step(String name, Step<T, X> body)
      throws X {
    throw DurableLink.outside("Durable.step was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object, X extends Throwable> T step(
      String name, Step<T, X> body, Continuation c) throws X {
    return DurableLink.run(c, "Durable.step").stop(DurableLink.step(name, Retry.NEVER, body));
  }

  /**
   * The same, for a body that needs no key.
   */
  @Coroutine
  static <T extends @Nullable Object, X extends Throwable> T step(
      String name, Step.Keyless<T, X> body) throws X {
    throw DurableLink.outside("Durable.step was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object, X extends Throwable> T step(
      String name, Step.Keyless<T, X> body, Continuation c) throws X {
    return DurableLink.run(c, "Durable.step")
        .stop(DurableLink.step(name, Retry.NEVER, DurableLink.keyed(body)));
  }

  /**
   * The same, for a body that has no result.
   */
  @Coroutine
  static <X extends Throwable> void step(String name, Step.Action<X> body) throws X {
    throw DurableLink.outside("Durable.step was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <X extends Throwable> void step(String name, Step.Action<X> body, Continuation c)
      throws X {
    DurableLink.run(c, "Durable.step")
        .stop(DurableLink.step(name, Retry.NEVER, DurableLink.keyed(body)));
  }

  /**
   * The same, tried again when it fails.
   *
   * @param retry how often, and when
   */
  @Coroutine
  static <T extends @Nullable Object, X extends Throwable> T step(
      String name, Retry retry, Step<T, X> body) throws X {
    throw DurableLink.outside("Durable.step was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object, X extends Throwable> T step(
      String name, Retry retry, Step<T, X> body, Continuation c) throws X {
    return DurableLink.run(c, "Durable.step").stop(DurableLink.step(name, retry, body));
  }

  /**
   * The same, tried again when it fails.
   *
   * @param retry how often, and when
   */
  @Coroutine
  static <T extends @Nullable Object, X extends Throwable> T step(
      String name, Retry retry, Step.Keyless<T, X> body) throws X {
    throw DurableLink.outside("Durable.step was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object, X extends Throwable> T step(
      String name, Retry retry, Step.Keyless<T, X> body, Continuation c) throws X {
    return DurableLink.run(c, "Durable.step")
        .stop(DurableLink.step(name, retry, DurableLink.keyed(body)));
  }

  /**
   * The same, tried again when it fails.
   *
   * @param retry how often, and when
   */
  @Coroutine
  static <X extends Throwable> void step(String name, Retry retry, Step.Action<X> body) throws X {
    throw DurableLink.outside("Durable.step was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <X extends Throwable> void step(
      String name, Retry retry, Step.Action<X> body, Continuation c) throws X {
    DurableLink.run(c, "Durable.step").stop(DurableLink.step(name, retry, DurableLink.keyed(body)));
  }

  /**
   * Does something in the engine's own database, in the transaction in which its result is stored: exactly once. What it throws rolls the
   * transaction back, is stored and thrown. A deadlock or a serialisation failure runs it again.
   *
   * @param name what it is called; a constant, unique in the method
   * @param body what to do, within two thirds of the lease; its connection refuses commit, rollback, close and changes of autocommit
   * @return its result; of a type that can be stored
   */
  @Coroutine
  static <T extends @Nullable Object, X extends Throwable> T transaction(
      String name, Step.Transaction<T, X> body) throws X {
    throw DurableLink.outside("Durable.transaction was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object, X extends Throwable> T transaction(
      String name, Step.Transaction<T, X> body, Continuation c) throws X {
    return DurableLink.run(c, "Durable.transaction")
        .stop(DurableLink.transaction(name, Isolation.READ_COMMITTED, body));
  }

  /**
   * The same, kept apart from other transactions otherwise than by READ COMMITTED.
   *
   * <pre>{@code
   * int left = Durable.transaction("take", Isolation.SERIALIZABLE, c -> stock.take(c, item));
   * }</pre>
   *
   * @param isolation how; a serialisation failure runs the body again
   */
  @Coroutine
  static <T extends @Nullable Object, X extends Throwable> T transaction(
      String name, Isolation isolation, Step.Transaction<T, X> body) throws X {
    throw DurableLink.outside("Durable.transaction was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object, X extends Throwable> T transaction(
      String name, Isolation isolation, Step.Transaction<T, X> body, Continuation c) throws X {
    return DurableLink.run(c, "Durable.transaction")
        .stop(DurableLink.transaction(name, isolation, body));
  }

  /**
   * Waits, by the database's clock. The run takes no thread and no memory meanwhile.
   *
   * @param time how long
   */
  @Coroutine
  static void sleep(Duration time) {
    throw DurableLink.outside("Durable.sleep was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static void sleep(Duration time, Continuation c) {
    DurableLink.run(c, "Durable.sleep")
        .stop(new Operation.Sleep(Objects.requireNonNull(time, "time")));
  }

  /**
   * The same, with a name by which a run that is parked there is found in code that has changed.
   *
   * @param name a constant, unique in the method
   * @param time how long
   */
  @Coroutine
  static void sleep(String name, Duration time) {
    throw DurableLink.outside("Durable.sleep was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static void sleep(String name, Duration time, Continuation c) {
    DurableLink.run(c, "Durable.sleep")
        .stop(new Operation.Sleep(Objects.requireNonNull(time, "time")));
  }

  /**
   * Takes the oldest message of a name that was sent to this run, as soon as there is one; it may have been sent before.
   *
   * @param name what the messages are called; a constant
   * @param type what they are
   */
  @Coroutine
  static <T> T receive(String name, Class<T> type) {
    throw DurableLink.outside("Durable.receive was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T> T receive(String name, Class<T> type, Continuation c) {
    return DurableLink.run(c, "Durable.receive")
        .stop(new Operation.Receive(DurableLink.name(name), null));
  }

  /**
   * The same, for so long.
   *
   * @param name what the messages are called; a constant
   * @param type what they are
   * @param timeout how long
   * @throws TimeoutException if none came in time
   */
  @Coroutine
  static <T> T receive(String name, Class<T> type, Duration timeout) throws TimeoutException {
    throw DurableLink.outside("Durable.receive was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T> T receive(String name, Class<T> type, Duration timeout, Continuation c)
      throws TimeoutException {
    return DurableLink.run(c, "Durable.receive")
        .stop(
            new Operation.Receive(
                DurableLink.name(name), Objects.requireNonNull(timeout, "timeout")));
  }

  /**
   * Starts another run, committed with this one's next checkpoint. If there is one of the id it is that one.
   *
   * @param id its id
   * @param body calls a durable method, as {@link DurableEngine#start(String, RunBody)} tells
   * @return a handle of it; may be kept in a local
   */
  @Coroutine
  static <T extends @Nullable Object> Run<T> start(String id, RunBody<T> body) {
    throw DurableLink.outside("Durable.start was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object> Run<T> start(String id, RunBody<T> body, Continuation c) {
    return DurableLink.run(c, "Durable.start").stop(DurableLink.start(c, id, null, body::call));
  }

  /**
   * The same, for a method without a result.
   */
  @Coroutine
  static Run<Void> start(String id, RunAction body) {
    throw DurableLink.outside("Durable.start was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static Run<Void> start(String id, RunAction body, Continuation c) {
    return DurableLink.run(c, "Durable.start").stop(DurableLink.start(c, id, null, body::run));
  }

  /**
   * Starts another run in a queue; see {@link DurableEngine#queue}.
   *
   * @param id its id
   * @param queue the queue's name
   * @param body calls a durable method, as {@link DurableEngine#start(String, RunBody)} tells
   * @return a handle of it; may be kept in a local
   */
  @Coroutine
  static <T extends @Nullable Object> Run<T> start(String id, String queue, RunBody<T> body) {
    throw DurableLink.outside("Durable.start was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object> Run<T> start(
      String id, String queue, RunBody<T> body, Continuation c) {
    return DurableLink.run(c, "Durable.start").stop(DurableLink.start(c, id, queue, body::call));
  }

  /**
   * Starts a run for each of some elements, all in one checkpoint: of 10,000 each costs what a single one does, while a loop around {@link
   * #start(String, RunBody)} stores its growing list of handles 10,000 times.
   *
   * <pre>{@code
   * List<Run<Integer>> parts =
   *     Durable.startAll(order.parts(), p -> order.id() + "/" + p.id(), p -> warehouse.pick(p));
   * List<Integer> picked = Durable.awaitAll(parts);
   * }</pre>
   *
   * @param elements what the runs are for
   * @param id a run's id
   * @param body calls a durable method, as {@link DurableEngine#start(String, RunBody)} tells
   * @return handles of the runs, in the order of the elements
   */
  @Coroutine
  static <E extends @Nullable Object, T extends @Nullable Object> List<Run<T>> startAll(
      Iterable<? extends E> elements, Function<? super E, String> id, RunEach<? super E, T> body) {
    throw DurableLink.outside("Durable.startAll was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <E extends @Nullable Object, T extends @Nullable Object> List<Run<T>> startAll(
      Iterable<? extends E> elements,
      Function<? super E, String> id,
      RunEach<? super E, T> body,
      Continuation c) {
    return DurableLink.run(c, "Durable.startAll").stop(DurableLink.startAll(c, elements, id, body));
  }

  /**
   * Waits for the ends of several runs at once, children or not. Of 10,000 this costs what each of them costs, and one wait.
   *
   * <pre>{@code
   * Run<Integer> left = Durable.start("left", () -> warehouse.pick(a));
   * Run<Integer> right = Durable.start("right", () -> warehouse.pick(b));
   * List<Integer> picked = Durable.awaitAll(List.of(left, right));
   * }</pre>
   *
   * @return their results, in the order of the runs; the first failure is thrown once all have ended, with the others suppressed
   */
  @Coroutine
  static <T extends @Nullable Object> List<T> awaitAll(List<? extends Run<T>> runs) {
    throw DurableLink.outside("Durable.awaitAll was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static <T extends @Nullable Object> List<T> awaitAll(
      List<? extends Run<T>> runs, Continuation c) {
    return DurableLink.run(c, "Durable.awaitAll").stop(DurableLink.awaitAll(c, runs));
  }

  /**
   * Names the durable wait that comes next in the source and has no name of its own: a call, an {@code await}, a {@code start}. Two calls of one
   * method are told apart by it, when the code has changed while runs stood in them. At run time it does nothing.
   *
   * <pre>{@code
   * Durable.at("pick left");
   * int left = warehouse.pick(a);
   * Durable.at("pick right");
   * int right = warehouse.pick(b);
   * }</pre>
   *
   * @param name a constant, unique among the method's waits of the kind
   */
  static void at(String name) {}

  /**
   * Sends a message to a run.
   *
   * @param run its id
   * @param name what the message is called
   * @param message of a type that can be stored
   * @throws NoSuchRun if there is none of the id, or it has ended
   */
  @Coroutine
  static void send(String run, String name, @Nullable Object message) {
    throw DurableLink.outside("Durable.send was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static void send(String run, String name, @Nullable Object message, Continuation c) {
    DurableLink.run(c, "Durable.send")
        .stop(
            new Operation.Send(
                Objects.requireNonNull(run, "run"), DurableLink.name(name), null, message));
  }

  /**
   * Asks a run to end; see {@link DurableEngine#cancel}.
   *
   * @param run its id
   */
  @Coroutine
  static void cancel(String run) {
    throw DurableLink.outside("Durable.cancel was called");
  }

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  static void cancel(String run, Continuation c) {
    DurableLink.run(c, "Durable.cancel")
        .stop(new Operation.CancelRun(Objects.requireNonNull(run, "run")));
  }
}

package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.AfterPause;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Waits for several operations at once, and does exactly one of them.
 *
 * <pre>{@code
 * String line = Select.select(
 *     commands.onReceive(command -> execute(command)),
 *     results.onSend(result, () -> "sent"),
 *     Select.onAwait(worker, outcome -> "the worker has ended: " + outcome),
 *     Select.onTimeout(Duration.ofSeconds(5), () -> "nothing to do"));
 * }</pre>
 *
 * <p>The first clause, as they are written, whose operation needn't wait happens; if all would wait, the first that comes about. The others have
 * not happened: no item is lost or sent twice. So clauses have priority over those after them, and one that never
 * has to wait starves these; {@link #selectFairly selectFairly} takes a random one of those that needn't wait. Then the handler runs, in
 * the selecting task; it may wait, and its result is the select's. A select that is cancelled or timed out has done nothing.
 *
 * <p>A clause of a {@linkplain Channel closed} channel happens: the select throws {@link ChannelClosed}, unless the clause says what else to do
 * ({@link ChannelClause#ifClosed}). Two clauses of the same select never meet each other.
 */
@Stamp(abi = Stamp.ABI)
public final class Select {
  private static final Operation FAIRLY = Operation.of(Select.class, "selectFairly");

  private Select() {}

  // ---- selecting

  /**
   * Does one of several operations; if several needn't wait, that of the first clause.
   *
   * @param clauses at least one
   * @param <R> the type of their results
   * @return its handler's result; what that throws is thrown as it is, checked or not
   * @throws ChannelClosed if it is an operation on a closed channel
   */
  @SafeVarargs
  @Coroutine
  public static <R extends @Nullable Object> R select(Clause<? extends R>... clauses) {
    return PlainCall.run(Selection.SELECT, c -> select(clauses, c));
  }

  /**
   * The twin of {@link #select(Clause...)}; not for users.
   *
   * @hidden
   */
  public static <R extends @Nullable Object> R select(
      Clause<? extends R>[] clauses, Continuation c) {
    return begin(Selection.SELECT, clauses.clone(), c);
  }

  /**
   * Does one of several operations; see {@link #select(Clause...)}.
   *
   * @param clauses at least one
   * @param <R> the type of their results
   * @return its handler's result
   */
  @Coroutine
  public static <R extends @Nullable Object> R select(List<Clause<R>> clauses) {
    return PlainCall.run(Selection.SELECT, c -> select(clauses, c));
  }

  /**
   * The twin of {@link #select(List)}; not for users.
   *
   * @hidden
   */
  public static <R extends @Nullable Object> R select(List<Clause<R>> clauses, Continuation c) {
    return begin(Selection.SELECT, array(clauses), c);
  }

  /**
   * Does one of several operations; if several needn't wait, a random one of them. Under a virtual clock its seed decides.
   *
   * @param clauses at least one
   * @param <R> the type of their results
   * @return its handler's result; see {@link #select(Clause...)}
   */
  @SafeVarargs
  @Coroutine
  public static <R extends @Nullable Object> R selectFairly(Clause<? extends R>... clauses) {
    return PlainCall.run(FAIRLY, c -> selectFairly(clauses, c));
  }

  /**
   * The twin of {@link #selectFairly(Clause...)}; not for users.
   *
   * @hidden
   */
  public static <R extends @Nullable Object> R selectFairly(
      Clause<? extends R>[] clauses, Continuation c) {
    return begin(FAIRLY, shuffled(clauses.clone(), c), c);
  }

  /**
   * Does one of several operations; see {@link #selectFairly(Clause...)}.
   *
   * @param clauses at least one
   * @param <R> the type of their results
   * @return its handler's result
   */
  @Coroutine
  public static <R extends @Nullable Object> R selectFairly(List<Clause<R>> clauses) {
    return PlainCall.run(FAIRLY, c -> selectFairly(clauses, c));
  }

  /**
   * The twin of {@link #selectFairly(List)}; not for users.
   *
   * @hidden
   */
  public static <R extends @Nullable Object> R selectFairly(
      List<Clause<R>> clauses, Continuation c) {
    return begin(FAIRLY, shuffled(array(clauses), c), c);
  }

  private static <R extends @Nullable Object> R begin(
      Operation operation, Clause<? extends R>[] clauses, Continuation c) {
    if (clauses.length == 0) {
      throw new IllegalArgumentException("a select without clauses: it would wait for ever");
    }
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(operation, d -> Selection.run(clauses, d), c)
        : Selection.run(clauses, c);
  }

  @SuppressWarnings("unchecked") // an array of what the list holds
  private static <R extends @Nullable Object> Clause<R>[] array(List<Clause<R>> clauses) {
    return clauses.toArray(new Clause[0]);
  }

  private static <C> C[] shuffled(C[] clauses, Continuation c) {
    for (int i = clauses.length - 1; i > 0; i--) {
      int other =
          c instanceof TaskContinuation tc
              ? tc.scheduler().random(i + 1)
              : ThreadLocalRandom.current().nextInt(i + 1);
      C clause = clauses[i];
      clauses[i] = clauses[other];
      clauses[other] = clause;
    }
    return clauses;
  }

  // ---- clauses; those of channels and locks are theirs

  /**
   * A clause that waits until a future is complete. If that fails, so does the select.
   *
   * @param future any; a {@link dev.coweave.task.Task} in particular
   * @param handler what is done with its value
   * @param <T> the type of the value
   * @param <R> the type of the select's result then
   * @return the clause
   */
  public static <T extends @Nullable Object, R extends @Nullable Object> Clause<R> onAwait(
      CompletionStage<T> future, Handler<? super T, ? extends R> handler) {
    return new AwaitClause<>(future.toCompletableFuture(), handler);
  }

  /**
   * A clause that happens when nothing else has for a while.
   *
   * @param time how long the select waits at most; if zero or less, it doesn't wait, as with {@link #otherwise}
   * @param handler what is done then
   * @param <R> the type of the select's result then
   * @return the clause
   */
  public static <R extends @Nullable Object> Clause<R> onTimeout(
      Duration time, CoroutineCallable<? extends R> handler) {
    return new TimeoutClause<>(Objects.requireNonNull(time, "time"), handler);
  }

  /**
   * A clause that happens when all others would have to wait.
   *
   * @param handler what is done then
   * @param <R> the type of the select's result then
   * @return the clause
   */
  public static <R extends @Nullable Object> Clause<R> otherwise(
      CoroutineCallable<? extends R> handler) {
    return new TimeoutClause<>(Duration.ZERO, handler);
  }
}

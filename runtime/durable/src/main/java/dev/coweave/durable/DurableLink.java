package dev.coweave.durable;

import dev.coweave.coroutine.Continuation;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.sql.NewRun;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What woven code calls; not for users. */
public final class DurableLink {
  private DurableLink() {}

  /**
   * A durable method is entered.
   *
   * @param c the caller's continuation
   * @throws IllegalStateException if that is no run's
   */
  public static void enter(Continuation c) {
    if (c instanceof StartContinuation start) {
      start.reach();
    } else if (!(c instanceof RunContinuation)) {
      throw outside("a durable method was called");
    }
  }

  /** The iterator of a loop in a durable method. */
  public static <T extends @Nullable Object> Iterator<T> iterator(Iterable<T> elements) {
    return Iterators.of(elements);
  }

  /** The run that a word's twin is called in. */
  static RunContinuation run(Continuation c, String word) {
    if (c instanceof RunContinuation run) {
      return run;
    }
    throw outside(word + " was called");
  }

  /** A step, which has all that it needs. */
  static Operation step(String name, Retry retry, Step<?, ?> body) {
    return new Operation.DoStep(
        Objects.requireNonNull(name, "name"),
        Objects.requireNonNull(retry, "retry"),
        Objects.requireNonNull(body, "body"));
  }

  static Operation transaction(String name, Isolation isolation, Step.Transaction<?, ?> body) {
    return new Operation.Transact(
        Objects.requireNonNull(name, "name"),
        Objects.requireNonNull(isolation, "isolation"),
        Objects.requireNonNull(body, "body"));
  }

  /** The name of a message. */
  static String name(String name) {
    return Starts.checked("message's name", name);
  }

  /** A step that has no key. */
  static <T extends @Nullable Object, X extends Throwable> Step<T, X> keyed(
      Step.Keyless<T, X> body) {
    Objects.requireNonNull(body, "body");
    return key -> body.run();
  }

  /** A step that has neither key nor result. */
  @SuppressWarnings("NullAway") // a step without a result gives null
  static <X extends Throwable> Step<?, X> keyed(Step.Action<X> body) {
    Objects.requireNonNull(body, "body");
    return key -> {
      body.run();
      return NOTHING;
    };
  }

  /** What a step without a result gives. */
  private static final @Nullable Object NOTHING = null;

  /** A word that starts a run. */
  static Operation start(
      Continuation c, String id, @Nullable String queue, StartContinuation.Body body) {
    RunContinuation run = run(c, "Durable.start");
    return new Operation.Start(Starts.ofParent(run.engine, id, queue, body, run.id()));
  }

  /** The word that starts a run for each element. */
  static <E extends @Nullable Object, T extends @Nullable Object> Operation startAll(
      Continuation c,
      Iterable<? extends E> elements,
      Function<? super E, String> id,
      RunEach<? super E, T> body) {
    RunContinuation run = run(c, "Durable.startAll");
    List<NewRun> runs = new ArrayList<>();
    for (E e : elements) {
      runs.add(
          Starts.ofParent(run.engine, id.apply(e), null, each -> body.call(e, each), run.id()));
    }
    return new Operation.StartAll(runs);
  }

  /** The word that waits for several runs. */
  static Operation awaitAll(Continuation c, List<? extends Run<?>> runs) {
    List<String> ids = runs.stream().map(r -> r.id()).toList();
    ids.forEach(id -> run(c, "Durable.awaitAll").checkOther(id));
    return new Operation.AwaitAll(ids);
  }

  static IllegalStateException outside(String what) {
    return new IllegalStateException(
        Fault.OUTSIDE_RUN.message(
            what + " outside a run, or in a run by a plain method, a proxy or a step"));
  }
}

package dev.coweave.durable;

import dev.coweave.coroutine.Continuation;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.sql.NewRun;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
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

  /** A step that has neither key nor result. */
  @SuppressWarnings("NullAway") // a step without a result gives null
  static <X extends Throwable> Step<?, X> keyed(Step.Action<X> body) {
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
    return new Operation.Start(Starts.of(run.engine, id, queue, body, run.id()));
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
      runs.add(Starts.of(run.engine, id.apply(e), null, each -> body.call(e, each), run.id()));
    }
    return new Operation.StartAll(runs);
  }

  static IllegalStateException outside(String what) {
    return new IllegalStateException(
        Fault.OUTSIDE_RUN.message(
            what + " outside a run, or in a run by a plain method, a proxy or a step"));
  }
}

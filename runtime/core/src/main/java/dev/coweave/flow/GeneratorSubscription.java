package dev.coweave.flow;

import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.AfterPause;
import dev.coweave.task.NewTask;
import dev.coweave.task.Scheduler;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A subscription to a generator: the body of its task, which asks for an element when one has been requested. The rules in brackets are those of
 * Reactive Streams 1.0.4.
 */
final class GeneratorSubscription<T extends @Nullable Object> extends OperationFrame
    implements Flow.Subscription, CoroutineRunnable, Woven {
  private static final Operation OPERATION =
      Operation.behind(GeneratorSubscription.class, "AsyncGenerator.publisher");
  private static final Operation REQUEST = Operation.of(Flow.Subscription.class, "request");

  //             request(n)                 an element             demand is 0
  //   WAITING ─────────────► ASKING ─────────────────► onNext ─────────────────► WAITING
  //      │                     │ the end: onComplete; a failure: onError
  //      └────── cancel ───────┴────────────────────────────► CLOSING ──► the task ends
  private static final int WAITING = 1;
  private static final int ASKING = 2;
  private static final int CLOSING = 3;

  private final GeneratorPublisher.@Nullable Source<T> generator;

  // Guarded by this.
  private Flow.@Nullable Subscriber<? super T> subscriber;
  private long demand;
  private Handover.@Nullable Wait waiting;
  private boolean cancelled;

  /** The subscriber is told of it once the generator is closed: of a bad request, a null element. */
  private @Nullable Throwable failure;

  private @Nullable Task<?> task;

  /** The body is inside: cancelling reaches its wait. */
  private boolean asking;

  /** The task throws it once the generator is closed: the subscriber has thrown it. */
  private @Nullable Throwable broken;

  GeneratorSubscription(
      Flow.Subscriber<? super T> subscriber, GeneratorPublisher.@Nullable Source<T> generator) {
    super(OPERATION);
    this.subscriber = subscriber;
    this.generator = generator;
  }

  /**
   * Subscribes.
   *
   * @param home where the task runs
   * @param refused why there is no generator
   */
  void begin(Scheduler home, @Nullable Throwable refused) {
    Flow.Subscriber<? super T> s = subscriber;
    if (s == null) {
      return;
    }
    s.onSubscribe(this); // [1.9] first, and on this thread
    Throwable failure = refused;
    if (failure == null) {
      try {
        started(NewTask.startOn(home, this));
      } catch (Throwable t) { // its loop has ended
        failure = t;
      }
    }
    if (failure != null) {
      Flow.Subscriber<? super T> last = end();
      if (last != null) {
        last.onError(failure);
      }
    }
  }

  private void started(Task<?> t) {
    boolean late;
    synchronized (this) {
      task = subscriber == null ? null : t;
      late = asking && isOver();
    }
    if (late) {
      t.cancel(false);
    }
  }

  // ---- any thread

  @Override
  public void request(long n) {
    Handover.Wait w;
    Task<?> t = null;
    synchronized (this) {
      if (subscriber == null) {
        return; // [3.6]
      }
      if (n <= 0) {
        fails(new IllegalArgumentException("[3.9] a request of " + n + " elements")); // [3.9]
        t = asking ? task : null;
      } else {
        demand = demand + n < 0 ? Long.MAX_VALUE : demand + n; // [3.17]
      }
      w = waiting;
      waiting = null;
    }
    wake(w, t);
  }

  private static void wake(Handover.@Nullable Wait w, @Nullable Task<?> t) {
    if (w != null) {
      w.end();
    } else if (t != null) {
      t.cancel(false);
    }
  }

  /** The subscriber is to be told of a failure, unless it is of one before. */
  private synchronized void fails(Throwable t) {
    failure = failure == null ? t : failure;
  }

  /** Nothing is to be asked for any more; guarded by this. */
  private boolean isOver() {
    return cancelled || failure != null;
  }

  @Override
  public void cancel() {
    Handover.Wait w;
    Task<?> t;
    synchronized (this) {
      if (subscriber == null) {
        return; // [3.7]
      }
      cancelled = true;
      subscriber = null; // [3.13]
      w = waiting;
      waiting = null;
      t = asking ? task : null;
    }
    wake(w, t);
  }

  /** It is over: whom to tell, if anybody. */
  private synchronized Flow.@Nullable Subscriber<? super T> end() {
    Flow.Subscriber<? super T> s = subscriber;
    subscriber = null;
    task = null;
    return s;
  }

  // ---- the task

  @Override
  public void run() {
    throw new AssertionError("entered by its twin");
  }

  @Override
  @SuppressWarnings("NullAway") // a task is started for a generator only
  public void run(Continuation c) {
    while (true) {
      if (TaskContinuation.isSpent(c)) { // there is demand without end, and elements that are ready
        AfterPause.act(OPERATION, paused -> {}, c);
        save(WAITING, c);
        return;
      }
      Wish wish = wish(c);
      if (wish == Wish.WAIT) {
        save(WAITING, c);
        return;
      }
      if (wish == Wish.CLOSE) {
        close(c);
        return;
      }
      boolean more;
      try {
        c.depth = 1;
        more = generator.hasNext(c);
      } catch (Throwable t) { // the body has failed
        closed(t);
        return;
      }
      if (c.suspended) {
        save(ASKING, c);
        return;
      }
      if (!emit(more, c)) {
        return;
      }
    }
  }

  private enum Wish {
    WAIT,
    ELEMENT,
    CLOSE
  }

  /** Returns the subscriber's present wish. */
  private Wish wish(Continuation c) {
    Handover.Wait w;
    TaskContinuation tc;
    synchronized (this) {
      if (isOver()) {
        return Wish.CLOSE;
      }
      if (demand > 0) {
        asking = true;
        return Wish.ELEMENT;
      }
      tc = (TaskContinuation) c;
      w = new Handover.Wait(tc.task(), REQUEST);
      waiting = w;
    }
    tc.suspend(w);
    return Wish.WAIT;
  }

  @Override
  public void resume(Continuation c) {
    switch (state) {
      case WAITING -> {
        try {
          c.takeRef();
        } catch (Throwable t) { // the task was cancelled by its loop
          fails(t);
          close(c);
          return;
        }
        run(c);
      }
      case ASKING -> {
        boolean more;
        try {
          more = c.takeInt() != 0;
        } catch (Throwable t) {
          closed(t);
          return;
        }
        if (emit(more, c)) {
          run(c);
        }
      }
      default -> closed(c);
    }
  }

  /** Signals the generator's answer; returns whether it goes on. */
  @SuppressWarnings("NullAway") // a task is started for a generator only
  private boolean emit(boolean more, Continuation c) {
    Flow.Subscriber<? super T> s;
    synchronized (this) {
      asking = false;
      demand -= demand == Long.MAX_VALUE ? 0 : 1;
      s = isOver() ? null : subscriber;
    }
    if (s == null) {
      return true; // the generator is closed next
    }
    try {
      if (!more) {
        end();
        s.onComplete();
        return false;
      }
      T element = generator.next(c);
      if (element == null) {
        fails(
            new NullPointerException("the generator yielded null to a Flow.Subscriber")); // [2.13]
        return true;
      }
      s.onNext(element);
      return true;
    } catch (Throwable t) { // [2.13] forbids it: all that can be done is to say so
      broken = t;
      close(c);
      return false;
    }
  }

  @SuppressWarnings("NullAway") // a task is started for a generator only
  private void close(Continuation c) {
    synchronized (this) {
      asking = false;
    }
    try {
      c.depth = 1;
      generator.close(c);
    } catch (Throwable t) {
      closed(t);
      return;
    }
    if (c.suspended) {
      save(CLOSING, c);
    } else {
      closed((Throwable) null);
    }
  }

  private void closed(Continuation c) {
    try {
      c.takeVoid();
    } catch (Throwable t) {
      closed(t);
      return;
    }
    closed((Throwable) null);
  }

  /** The body has ended: all that is left is to tell the subscriber, or else the task's outcome says it. */
  private void closed(@Nullable Throwable inClose) {
    Throwable first = broken != null ? broken : failure != null ? failure : inClose;
    if (first != null && inClose != null && first != inClose) {
      first.addSuppressed(inClose);
    }
    Flow.Subscriber<? super T> s = end();
    if (s != null && first != null && broken == null) {
      s.onError(first);
    } else if (first != null && first != failure) {
      Continuation.<RuntimeException>sneakyThrow(first);
    }
  }

  @Override
  public Class<?> coweave$class() {
    return GeneratorSubscription.class;
  }
}

package dev.coweave.flow;

import dev.coweave.coroutine.Continuation;
import dev.coweave.task.TaskContinuation;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** {@code AsyncGenerator.of(publisher)}: requests one element each time that one is asked for. */
final class PublisherGenerator<T> extends AsyncGenerator<T> {
  private static final int YIELDED = 1;
  private static final int WAITING = 2;

  private Flow.@Nullable Publisher<? extends T> publisher;
  private Elements<T> elements = new Elements<>();

  PublisherGenerator(Flow.Publisher<? extends T> publisher) {
    this.publisher = publisher;
  }

  @Override
  @SuppressWarnings("NullAway") // fresh, it has a publisher
  protected boolean step(Continuation c) {
    int at = coweave$state;
    coweave$state = -1;
    try {
      Object item = null;
      if (at != 0) {
        item = c.takeRef(); // throws the consumer's cancellation, or that this is closed
      }
      if (at != WAITING) {
        TaskContinuation tc = TaskContinuation.toWait(c, Handover.NEXT);
        Flow.Publisher<? extends T> p = publisher;
        publisher = null;
        if (at == 0) {
          p.subscribe(elements);
        }
        item = elements.next(tc);
        if (c.suspended) {
          coweave$state = WAITING;
          return true;
        }
      }
      if (item == Elements.END) {
        return coweave$returned(null);
      }
      coweave$element = item;
      coweave$state = YIELDED;
      return true;
    } catch (Throwable t) {
      try {
        elements.cancel();
      } catch (Throwable u) { // [3.15] forbids it
        if (u != t) {
          t.addSuppressed(u);
        }
      }
      Continuation.<RuntimeException>sneakyThrow(t);
      throw new AssertionError(t);
    }
  }

  @Override
  protected void clear() {
    publisher = null;
    elements = new Elements<>();
  }

  @Override
  public String trace() {
    return OF.trace();
  }

  /** The subscriber. Its signals come on any thread; all is guarded by this. */
  static final class Elements<T> implements Flow.Subscriber<T> {
    static final Object END = new Object();

    private final Queue<Object> items = new ArrayDeque<>();
    private Flow.@Nullable Subscription subscription;

    /** An element was asked for, and not requested yet, for want of a subscription. */
    private boolean wanted;

    private Handover.@Nullable Wait waiting;
    private @Nullable Throwable failure;
    private boolean ended;
    private boolean cancelled;

    /** The next element or {@link #END}; a dummy if it has to wait. */
    @Nullable Object next(TaskContinuation tc) {
      Flow.Subscription s;
      synchronized (this) {
        s = subscription;
        wanted = s == null;
        if (ended || !items.isEmpty()) {
          return taken();
        }
      }
      if (s != null) {
        s.request(1);
      }
      Handover.Wait w;
      synchronized (this) {
        if (ended || !items.isEmpty()) {
          return taken();
        }
        w = new Handover.Wait(tc.task(), Handover.NEXT);
        waiting = w;
      }
      return tc.suspend(w);
    }

    private Object taken() {
      Object item = items.poll();
      if (item == null && failure != null) {
        Continuation.<RuntimeException>sneakyThrow(failure);
      }
      return item == null ? END : item;
    }

    void cancel() {
      Flow.Subscription s;
      synchronized (this) {
        s = ended || cancelled ? null : subscription;
        cancelled = true;
        subscription = null;
        items.clear();
        waiting = null;
      }
      if (s != null) {
        s.cancel();
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
      Objects.requireNonNull(s, "subscription");
      boolean refused;
      boolean requests;
      synchronized (this) {
        refused = subscription != null || cancelled || ended;
        requests = wanted && !refused;
        if (!refused) {
          subscription = s;
          wanted = false;
        }
      }
      if (refused) {
        s.cancel();
      } else if (requests) {
        s.request(1);
      }
    }

    @Override
    public void onNext(T item) {
      Objects.requireNonNull(item, "item");
      Handover.Wait w;
      synchronized (this) {
        if (ended || cancelled) {
          return;
        }
        w = waiting;
        waiting = null;
        if (w == null) {
          items.add(item);
        }
      }
      if (w != null) {
        w.resume(item); // if it was cancelled, so is the subscription, in a moment
      }
    }

    @Override
    public void onError(Throwable t) {
      end(Objects.requireNonNull(t, "failure"));
    }

    @Override
    public void onComplete() {
      end(null);
    }

    private void end(@Nullable Throwable t) {
      Handover.Wait w;
      synchronized (this) {
        if (ended) {
          return;
        }
        ended = true;
        failure = t;
        subscription = null;
        w = waiting;
        waiting = null;
      }
      if (w != null && t != null) {
        w.fail(t);
      } else if (w != null) {
        w.resume(END);
      }
    }
  }
}

package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.AfterPause;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A queue between tasks: who sends to a full one waits, and who receives from an empty one. Items come out in the order in which
 * they were sent; waiters are served in the order in which they came. Thread-safe.
 *
 * @param <T> the type of the items; null is no item
 */
@Stamp(abi = Stamp.ABI)
public final class Channel<T> {
  /** The capacity of a channel to which sending never waits. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  private static final Operation SEND = Operation.of(Channel.class, "send");
  private static final Operation RECEIVE = Operation.of(Channel.class, "receive");

  // Guarded by this. A waiter's wait is ended (granted) under the lock, so that an item goes to one
  // task only; the task is woken outside, for that may run it.
  //
  //   senders wait only while the buffer is full, receivers only while neither it nor a sender of
  //   another task has an item for them.

  private final int capacity;
  private final Queue<T> buffer;
  private final WaitQueue<Sender<T>> senders = new WaitQueue<>(this, SEND);
  private final WaitQueue<Receiver<T>> receivers = new WaitQueue<>(this, RECEIVE);
  private boolean closed;
  private @Nullable Throwable cause;

  /**
   * A channel.
   *
   * @param capacity how many items it holds; 0 for a rendezvous, where sending waits for a receiver; {@link #UNLIMITED}
   */
  public Channel(int capacity) {
    this(capacity, new ArrayDeque<>());
  }

  private Channel(int capacity, Queue<T> buffer) {
    if (capacity < 0) {
      throw new IllegalArgumentException("negative capacity: " + capacity);
    }
    this.capacity = capacity;
    this.buffer = buffer;
  }

  /**
   * A channel that hands out the least of its items first, and of equal ones the one that was sent first.
   *
   * @param capacity how many items it holds; those of senders that wait come in when there is room
   * @param order which item is less; called while the channel is locked
   * @param <T> the type of the items
   */
  public static <T> Channel<T> byPriority(int capacity, Comparator<? super T> order) {
    return new Channel<>(capacity, new PriorityBuffer<>(order));
  }

  // ---- sending

  /**
   * Sends an item; waits while the channel is full.
   *
   * @param item not null
   * @throws ChannelClosed if the channel is closed, before or while this waits; the item was not sent
   */
  @Coroutine
  public void send(T item) {
    PlainCall.act(SEND, c -> send(item, c));
  }

  /**
   * The twin of {@link #send(Object)}; not for users.
   *
   * @hidden
   */
  public void send(T item, Continuation c) {
    Objects.requireNonNull(item, "item");
    if (TaskContinuation.isSpent(c)) {
      AfterPause.act(SEND, d -> send(item, d), c);
      return;
    }
    Receiver<T> receiver;
    Sender<T> sender = null;
    try {
      synchronized (this) {
        receiver = receiverFor(item);
        if (receiver == null && !bufferTakes(item)) {
          sender = waitToSend(item, TaskContinuation.toWait(c, SEND), null);
        }
      }
    } catch (BrokenFilter e) {
      e.tell();
      send(item, c);
      return;
    }
    if (receiver != null) {
      try {
        receiver.wakeUp();
      } catch (VirtualMachineError e) {
        receiver.wakeLater(); // The operation is done all the same.
      }
    } else if (sender != null) {
      ((TaskContinuation) c).suspend(sender);
    }
  }

  /** A wait to send begins. */
  Sender<T> waitToSend(T item, TaskContinuation tc, @Nullable Branch branch) {
    if (buffer instanceof PriorityBuffer<T> byPriority) {
      byPriority.check(item);
    }
    Sender<T> sender = new Sender<>(tc, senders, item, branch);
    senders.add(sender);
    return sender;
  }

  /**
   * Sends an item unless that would wait.
   *
   * @param item not null
   * @return whether it was sent
   * @throws ChannelClosed if the channel is closed
   */
  public boolean trySend(T item) {
    Objects.requireNonNull(item, "item");
    Receiver<T> receiver;
    try {
      synchronized (this) {
        receiver = receiverFor(item);
        if (receiver == null) {
          return bufferTakes(item);
        }
      }
    } catch (BrokenFilter e) {
      e.tell();
      return trySend(item);
    }
    try {
      receiver.wakeUp();
    } catch (VirtualMachineError e) {
      receiver.wakeLater(); // The operation is done all the same.
    }
    return true;
  }

  /**
   * A clause that sends an item.
   *
   * @param item not null
   * @param handler what is done when it has been sent
   * @param <R> the type of the select's result then
   * @return the clause, for {@link Select#select}
   */
  public <R extends @Nullable Object> ChannelClause<R> onSend(
      T item, CoroutineCallable<? extends R> handler) {
    return new ChannelClause.Send<>(this, item, handler);
  }

  /** Gives the item to the first that waits for such a one; null if none does. */
  @Nullable Receiver<T> receiverFor(T item) {
    if (closed) {
      throw new ChannelClosed(cause);
    }
    Receiver<T> next;
    for (Receiver<T> w = receivers.peek(); w != null; w = next) {
      next = receivers.after(w);
      if (takes(w, item)) {
        if (receivers.grant(w, item)) {
          return w;
        }
      }
    }
    return null;
  }

  private boolean takes(Receiver<T> w, T item) {
    try {
      return w.takes(item);
    } catch (BrokenFilter e) {
      receivers.remove(w);
      throw e;
    }
  }

  boolean bufferTakes(T item) {
    return buffer.size() < capacity && buffer.add(item);
  }

  // ---- receiving

  /**
   * Receives the next item; waits while there is none.
   *
   * @return the item
   * @throws ChannelClosed if the channel is closed and empty
   */
  @Coroutine
  public T receive() {
    return PlainCall.run(RECEIVE, this::receive);
  }

  /**
   * The twin of {@link #receive()}; not for users.
   *
   * @hidden
   */
  public T receive(Continuation c) {
    return receiveAny(null, c);
  }

  /**
   * Receives the first item that a filter takes; waits while there is none. The others stay for others.
   *
   * @param filter says which; called while the channel is locked, by whoever sends too, so it must be quick and touch no channel
   * @return the item
   * @throws ChannelClosed if the channel is closed and has no such item
   */
  @Coroutine
  public T receive(Predicate<? super T> filter) {
    return PlainCall.run(RECEIVE, c -> receive(filter, c));
  }

  /**
   * The twin of {@link #receive(Predicate)}; not for users.
   *
   * @hidden
   */
  public T receive(Predicate<? super T> filter, Continuation c) {
    return receiveAny(Objects.requireNonNull(filter, "filter"), c);
  }

  private T receiveAny(@Nullable Predicate<? super T> filter, Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      return AfterPause.run(RECEIVE, d -> receiveAny(filter, d), c);
    }
    Choice taken;
    Receiver<T> receiver = null;
    synchronized (this) {
      taken = take(filter);
      if (taken == null) {
        receiver = waitToReceive(filter, TaskContinuation.toWait(c, RECEIVE), null);
      }
    }
    if (taken == null) {
      return ((TaskContinuation) c).suspend(Objects.requireNonNull(receiver));
    }
    Waiter<?> sender = taken.woken;
    if (sender != null) {
      try {
        sender.wakeUp();
      } catch (VirtualMachineError e) {
        sender.wakeLater(); // The operation is done all the same.
      }
    }
    return item(taken);
  }

  /**
   * Receives the next item if there is one.
   *
   * @return the item, or null
   * @throws ChannelClosed if the channel is closed and empty
   */
  public @Nullable T tryReceive() {
    return tryTake(null);
  }

  /**
   * Receives the first item that a filter takes, if there is one; see {@link #receive(Predicate)}.
   *
   * @param filter says which
   * @return the item, or null
   * @throws ChannelClosed if the channel is closed and has no such item
   */
  public @Nullable T tryReceive(Predicate<? super T> filter) {
    return tryTake(Objects.requireNonNull(filter, "filter"));
  }

  private @Nullable T tryTake(@Nullable Predicate<? super T> filter) {
    Choice taken;
    synchronized (this) {
      taken = take(filter);
    }
    if (taken == null) {
      return null;
    }
    Waiter<?> sender = taken.woken;
    if (sender != null) {
      try {
        sender.wakeUp();
      } catch (VirtualMachineError e) {
        sender.wakeLater(); // The operation is done all the same.
      }
    }
    return item(taken);
  }

  /**
   * A clause that receives the next item, which the select returns.
   *
   * @return the clause, for {@link Select#select}
   */
  public ChannelClause<T> onReceive() {
    return onReceive(item -> item);
  }

  /**
   * A clause that receives the next item.
   *
   * @param handler what is done with it
   * @param <R> the type of the select's result then
   * @return the clause, for {@link Select#select}
   */
  public <R extends @Nullable Object> ChannelClause<R> onReceive(
      Handler<? super T, ? extends R> handler) {
    return new ChannelClause.Receive<>(this, null, handler);
  }

  /**
   * A clause that receives the first item that a filter takes; see {@link #receive(Predicate)}.
   *
   * @param filter says which; called while all channels of the select are locked
   * @param handler what is done with it
   * @param <R> the type of the select's result then
   * @return the clause, for {@link Select#select}
   */
  public <R extends @Nullable Object> ChannelClause<R> onReceive(
      Predicate<? super T> filter, Handler<? super T, ? extends R> handler) {
    return new ChannelClause.Receive<>(this, Objects.requireNonNull(filter, "filter"), handler);
  }

  /** A wait to receive begins. */
  Receiver<T> waitToReceive(
      @Nullable Predicate<? super T> filter, TaskContinuation tc, @Nullable Branch branch) {
    Receiver<T> receiver = new Receiver<>(tc, receivers, filter, branch);
    receivers.add(receiver);
    return receiver;
  }

  /** Takes the first item that a filter takes, and lets a sender's come in; null if there is none. */
  @Nullable Choice take(@Nullable Predicate<? super T> filter) {
    if (buffer.isEmpty() && senders.peek() == null) {
      if (closed) {
        throw new ChannelClosed(cause);
      }
      return null;
    }
    Choice taken = new Choice(null, null, null);
    taken.value = fromBuffer(filter);
    boolean buffered = taken.value != null;
    Sender<T> sender = nextSender(buffered ? null : filter);
    taken.woken = sender;
    if (sender != null && buffered) {
      try {
        buffer.add(sender.item);
      } catch (VirtualMachineError e) {
        sender.wakeLater(); // Its wait has ended.
        throw e;
      }
    } else if (sender != null) {
      taken.value = sender.item;
    }
    if (taken.value != null) {
      return taken;
    }
    if (closed) {
      throw new ChannelClosed(cause);
    }
    return null;
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // what take put there
  private T item(Choice taken) {
    return (T) taken.value;
  }

  private @Nullable T fromBuffer(@Nullable Predicate<? super T> filter) {
    if (filter == null) {
      return buffer.poll();
    }
    for (Iterator<T> i = buffer.iterator(); i.hasNext(); ) {
      T item = i.next();
      if (filter.test(item)) {
        i.remove();
        return item;
      }
    }
    return null;
  }

  /** The first sender whose item a filter takes, its wait ended; or null. */
  @SuppressWarnings("NullAway") // a Void is null
  private @Nullable Sender<T> nextSender(@Nullable Predicate<? super T> filter) {
    Sender<T> next;
    for (Sender<T> s = senders.peek(); s != null; s = next) {
      next = senders.after(s);
      if (filter == null || filter.test(s.item)) {
        if (senders.grant(s, null)) {
          return s;
        }
      }
    }
    return null;
  }

  /**
   * Receives items until the channel is closed and empty.
   *
   * @param body is called with each
   * @throws ChannelClosed if the channel was closed with a cause
   */
  @Coroutine
  public void forEach(ChannelBody<? super T> body) {
    PlainCall.act(ForEach.OPERATION, c -> forEach(body, c));
  }

  /**
   * The twin of {@link #forEach(ChannelBody)}; not for users.
   *
   * @hidden
   */
  public void forEach(ChannelBody<? super T> body, Continuation c) {
    new ForEach<>(this, Objects.requireNonNull(body, "body")).run(c);
  }

  // ---- closing

  /** Takes no more items: what waits to send fails, what is in the channel can still be received. Does nothing if it is closed. */
  public void close() {
    close(null);
  }

  /**
   * Closes the channel for a reason.
   *
   * @param cause the cause of the {@link ChannelClosed} that others get; may be null
   */
  public void close(@Nullable Throwable cause) {
    ArrayDeque<Waiter<?>> waiting = new ArrayDeque<>();
    try {
      synchronized (this) {
        if (!closed) {
          closed = true;
          this.cause = cause;
        }
        // Where memory or stack ran out when it was closed, some may wait still. They leave the
        // queues after they were noted: this may fail in between once more.
        for (Waiter<?> w = senders.peek(); w != null; w = senders.peek()) {
          waiting.add(w);
          senders.remove(w);
        }
        for (Waiter<?> w = receivers.peek(); w != null; w = receivers.peek()) {
          waiting.add(w);
          receivers.remove(w);
        }
      }
    } finally {
      for (Waiter<?> w = waiting.poll(); w != null; w = waiting.poll()) {
        try {
          w.refuse(new ChannelClosed(this.cause)); // of the first close
        } catch (VirtualMachineError e) {
          w.refuse(e); // It has nobody else.
        }
      }
    }
  }

  /** Whether it has been closed; there may be items left. */
  public synchronized boolean isClosed() {
    return closed;
  }

  /** How many items it holds, without those of waiting senders. */
  public synchronized int size() {
    return buffer.size();
  }

  @Override
  public synchronized String toString() {
    return "Channel "
        + buffer.size()
        + "/"
        + (capacity == UNLIMITED ? "unlimited" : capacity)
        + (closed ? " closed" : "");
  }
}

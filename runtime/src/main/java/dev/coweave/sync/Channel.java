package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import java.util.ArrayDeque;
import java.util.Objects;
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

  // Guarded by this. A waiter's wait is ended (claimed) under the lock, so that an item goes to
  // exactly one; the task is woken
  // outside, for that may run it.
  //
  //   senders wait only while the buffer is full, receivers only while it is empty and no sender
  // waits.

  private final int capacity;
  private final ArrayDeque<T> buffer = new ArrayDeque<>();
  private final WaitQueue<Sender<T>> senders = new WaitQueue<>(this);
  private final WaitQueue<Waiter<T>> receivers = new WaitQueue<>(this);
  private boolean closed;
  private @Nullable Throwable cause;

  private static final class Sender<T> extends Waiter<@Nullable Void> {
    final T item;

    Sender(TaskContinuation tc, WaitQueue<?> queue, T item) {
      super(tc.task(), queue, "Channel.send");
      this.item = item;
    }
  }

  /**
   * A channel.
   *
   * @param capacity how many items it holds; 0 for a rendezvous, where sending waits for a receiver; {@link #UNLIMITED}
   */
  public Channel(int capacity) {
    if (capacity < 0) {
      throw new IllegalArgumentException("negative capacity: " + capacity);
    }
    this.capacity = capacity;
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
    PlainCall.act("Channel.send", c -> send(item, c));
  }

  /**
   * The twin of {@link #send(Object)}; not for users.
   *
   * @hidden
   */
  public void send(T item, Continuation c) {
    Objects.requireNonNull(item, "item");
    if (TaskContinuation.isSpent(c)) {
      TaskContinuation.pauseBefore(
          c,
          "send",
          d -> {
            sendNow(item, d);
            return TaskContinuation.dummy();
          });
    } else {
      sendNow(item, c);
    }
  }

  private void sendNow(T item, Continuation c) {
    Waiter<T> receiver;
    Sender<T> sender = null;
    synchronized (this) {
      receiver = receiverFor(item);
      if (receiver == null && !bufferTakes(item)) {
        sender = new Sender<>(TaskContinuation.toWait(c, "Channel.send"), senders, item);
        senders.add(sender);
      }
    }
    if (receiver != null) {
      receiver.wakeUp();
    } else if (sender != null) {
      ((TaskContinuation) c).suspend(sender);
    }
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
    Waiter<T> receiver;
    synchronized (this) {
      receiver = receiverFor(item);
      if (receiver == null) {
        return bufferTakes(item);
      }
    }
    receiver.wakeUp();
    return true;
  }

  /** Gives the item to the first that waits for one. */
  private @Nullable Waiter<T> receiverFor(T item) {
    if (closed) {
      throw new ChannelClosed(cause);
    }
    Waiter<T> w = receivers.poll();
    while (w != null && !w.grant(item)) {
      w = receivers.poll();
    }
    return w;
  }

  private boolean bufferTakes(T item) {
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
    return PlainCall.run("Channel.receive", this::receive);
  }

  /**
   * The twin of {@link #receive()}; not for users.
   *
   * @hidden
   */
  public T receive(Continuation c) {
    return TaskContinuation.isSpent(c)
        ? TaskContinuation.pauseBefore(c, "receive", this::receiveNow)
        : receiveNow(c);
  }

  private T receiveNow(Continuation c) {
    Sender<T> sender;
    @Nullable T item;
    Waiter<T> receiver = null;
    synchronized (this) {
      sender = nextSender();
      item = take(sender);
      if (item == null) {
        if (closed) {
          throw new ChannelClosed(cause);
        }
        receiver =
            new Waiter<>(
                TaskContinuation.toWait(c, "Channel.receive").task(), receivers, "Channel.receive");
        receivers.add(receiver);
      }
    }
    if (sender != null) {
      sender.wakeUp();
    } else if (receiver != null) {
      return ((TaskContinuation) c).suspend(receiver);
    }
    return Objects.requireNonNull(item);
  }

  /**
   * Receives the next item if there is one.
   *
   * @return the item, or null
   * @throws ChannelClosed if the channel is closed and empty
   */
  public @Nullable T tryReceive() {
    Sender<T> sender;
    T item;
    synchronized (this) {
      sender = nextSender();
      item = take(sender);
      if (item == null && closed) {
        throw new ChannelClosed(cause);
      }
    }
    if (sender != null) {
      sender.wakeUp();
    }
    return item;
  }

  /** The sender whose item comes in now, its wait ended; or null. */
  private @Nullable Sender<T> nextSender() {
    Sender<T> s = senders.poll();
    while (s != null && !s.grant()) {
      s = senders.poll();
    }
    return s;
  }

  private @Nullable T take(@Nullable Sender<T> sender) {
    T item = buffer.poll();
    if (sender == null) {
      return item;
    }
    if (item == null) {
      return sender.item;
    }
    buffer.add(sender.item);
    return item;
  }

  /**
   * Receives items until the channel is closed and empty.
   *
   * @param body is called with each
   * @throws ChannelClosed if the channel was closed with a cause
   */
  @Coroutine
  public void forEach(ChannelBody<? super T> body) {
    PlainCall.act("Channel.forEach", c -> forEach(body, c));
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
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      this.cause = cause;
      for (Waiter<?> w = senders.poll(); w != null; w = senders.poll()) {
        waiting.add(w);
      }
      for (Waiter<?> w = receivers.poll(); w != null; w = receivers.poll()) {
        waiting.add(w);
      }
    }
    waiting.forEach(w -> w.fail(new ChannelClosed(cause)));
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

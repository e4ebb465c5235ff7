package dev.coweave.sync;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import dev.coweave.coroutine.Woven;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The frame of {@code Channel.forEach}. */
final class ForEach<T> extends OperationFrame {
  static final Operation OPERATION = Operation.behind(ForEach.class, "Channel.forEach");
  private static final int RECEIVING = 1;
  private static final int IN_BODY = 2;

  private final Channel<T> channel;
  private final ChannelBody<? super T> body;

  ForEach(Channel<T> channel, ChannelBody<? super T> body) {
    super(OPERATION);
    this.channel = channel;
    this.body = body;
  }

  /** Receives and calls until the channel has ended, or either waits. */
  void run(Continuation c) {
    T item = receive(c);
    while (item != null && call(item, c)) {
      item = receive(c);
    }
  }

  @Override
  @SuppressWarnings("unchecked") // a receive returns an item
  public void resume(Continuation c) {
    c.depth = 1;
    if (state == IN_BODY) {
      c.takeVoid();
      run(c);
      return;
    }
    T item;
    try {
      item = (T) Objects.requireNonNull(c.takeRef());
    } catch (ChannelClosed e) {
      ended(e);
      return;
    }
    if (call(item, c)) {
      run(c);
    }
  }

  /** The next item; null when it waits for one, or the channel has ended. */
  private @Nullable T receive(Continuation c) {
    T item;
    try {
      item = channel.receive(c);
    } catch (ChannelClosed e) {
      ended(e);
      return null;
    }
    if (c.suspended) {
      save(RECEIVING, c);
    }
    return item;
  }

  private static void ended(ChannelClosed e) {
    if (e.getCause() != null) {
      throw e;
    }
  }

  /** Whether the body has returned. */
  private boolean call(T item, Continuation c) {
    int depth = c.depth;
    try {
      if (Woven.is(body)) {
        c.depth = depth + 1;
        body.accept(item, c);
      } else {
        body.accept(item);
      }
    } catch (Exception e) {
      Continuation.<RuntimeException>sneakyThrow(e);
    }
    c.depth = depth;
    if (c.suspended) {
      save(IN_BODY, c);
    }
    return !c.suspended;
  }
}

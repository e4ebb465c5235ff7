package dev.coweave.sync;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.task.TaskContinuation;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Clause} that sends to a channel or receives from it.
 *
 * @param <R> the type of the select's result if this happens
 */
public abstract class ChannelClause<R extends @Nullable Object> extends Clause<R> {
  private final Channel<?> channel;

  ChannelClause(Channel<?> channel) {
    this.channel = channel;
  }

  /**
   * This clause, but where the channel is closed, for a receive also empty, something else is done than to throw {@link ChannelClosed}.
   *
   * @param handler what is done then; returns the select's result
   * @return another clause
   */
  public final ChannelClause<R> ifClosed(CoroutineCallable<? extends R> handler) {
    return new IfClosed<>(this, Objects.requireNonNull(handler, "handler"));
  }

  @Override
  final Object lock() {
    return channel;
  }

  /** Receives. */
  static final class Receive<T, R extends @Nullable Object> extends ChannelClause<R> {
    private final Channel<T> channel;
    private final @Nullable Predicate<? super T> filter;
    private final Handler<? super T, ? extends R> handler;

    Receive(
        Channel<T> channel,
        @Nullable Predicate<? super T> filter,
        Handler<? super T, ? extends R> handler) {
      super(channel);
      this.channel = channel;
      this.filter = filter;
      this.handler = Objects.requireNonNull(handler, "handler");
    }

    @Override
    @Nullable Choice attempt(Continuation c) {
      Choice choice = channel.take(filter);
      if (choice != null) {
        choice.clause = this;
      }
      return choice;
    }

    @Override
    Runnable register(Branch branch, TaskContinuation tc) {
      return channel.waitToReceive(filter, tc, branch)::leave;
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // attempt's result, or a sender
    R happened(@Nullable Object value, Continuation c) throws Exception {
      return call(handler, (T) value, c);
    }
  }

  /** Sends. */
  static final class Send<T, R extends @Nullable Object> extends ChannelClause<R> {
    private final Channel<T> channel;
    private final T item;
    private final CoroutineCallable<? extends R> handler;

    Send(Channel<T> channel, T item, CoroutineCallable<? extends R> handler) {
      super(channel);
      this.channel = channel;
      this.item = Objects.requireNonNull(item, "item");
      this.handler = Objects.requireNonNull(handler, "handler");
    }

    @Override
    @Nullable Choice attempt(Continuation c) {
      Choice choice = choice(null);
      choice.woken = channel.receiverFor(item);
      return choice.woken != null || channel.bufferTakes(item) ? choice : null;
    }

    @Override
    Runnable register(Branch branch, TaskContinuation tc) {
      return channel.waitToSend(item, tc, branch)::leave;
    }

    @Override
    R happened(@Nullable Object value, Continuation c) throws Exception {
      return call(handler, c);
    }
  }

  private static final class IfClosed<R extends @Nullable Object> extends ChannelClause<R> {
    private final ChannelClause<R> clause;
    private final CoroutineCallable<? extends R> handler;

    IfClosed(ChannelClause<R> clause, CoroutineCallable<? extends R> handler) {
      super(((ChannelClause<?>) clause).channel);
      this.clause = clause;
      this.handler = handler;
    }

    @Override
    @Nullable Choice attempt(Continuation c) {
      Choice choice;
      try {
        choice = clause.attempt(c);
      } catch (ChannelClosed e) {
        return new Choice(this, null, e);
      }
      if (choice != null) {
        choice.clause = this;
      }
      return choice;
    }

    @Override
    Runnable register(Branch branch, TaskContinuation tc) {
      return clause.register(branch, tc);
    }

    @Override
    R happened(@Nullable Object value, Continuation c) throws Exception {
      return clause.happened(value, c);
    }

    @Override
    R failed(Throwable failure, Continuation c) throws Exception {
      return failure instanceof ChannelClosed ? call(handler, c) : super.failed(failure, c);
    }
  }
}

package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/** The frame of an operation made of others, for code that is not woven: calls one twin, and goes on with its outcome when it is there. */
final class Then<A extends @Nullable Object, B extends @Nullable Object> extends Frame {
  /** What follows a value. */
  @FunctionalInterface
  interface Next<A extends @Nullable Object, B extends @Nullable Object> {
    /** Goes on; may wait. */
    B call(A value, Continuation c) throws Throwable;
  }

  private final String name;
  private final Next<A, B> next;
  private final Next<Throwable, B> failed;

  private Then(String name, Next<A, B> next, Next<Throwable, B> failed) {
    this.name = name;
    this.next = next;
    this.failed = failed;
  }

  /**
   * Calls a twin, then goes on.
   *
   * @param name the operation as the user wrote it
   * @param first the twin
   * @param next what follows its value
   * @return what follows gives; a dummy if something waits
   */
  static <A extends @Nullable Object, B extends @Nullable Object> B call(
      String name, Continuation c, PlainCall.Twin<A> first, Next<A, B> next) {
    return call(name, c, first, next, Then::rethrow);
  }

  /**
   * Calls a twin, then goes on, whatever its outcome.
   *
   * @param failed what follows its failure
   */
  static <A extends @Nullable Object, B extends @Nullable Object> B call(
      String name,
      Continuation c,
      PlainCall.Twin<A> first,
      Next<A, B> next,
      Next<Throwable, B> failed) {
    Then<A, B> f = new Then<>(name, next, failed);
    A value;
    try {
      value = first.call(c);
    } catch (Throwable t) {
      return f.goOn(failed, t, c);
    }
    if (c.suspended) {
      c.push(f);
      return TaskContinuation.dummy();
    }
    return f.goOn(next, value, c);
  }

  /** Throws what failed. */
  static <B extends @Nullable Object> B rethrow(Throwable t, Continuation c) throws Throwable {
    throw t;
  }

  private <V extends @Nullable Object> B goOn(Next<V, B> with, V value, Continuation c) {
    try {
      return with.call(value, c);
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneak(t);
      throw new AssertionError(t);
    }
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // what the twin gives is an A
  public void resume(Continuation c) {
    B result;
    A value;
    try {
      value = (A) c.takeRef();
    } catch (Throwable t) {
      result = goOn(failed, t, c);
      if (!c.suspended) {
        c.give(result);
      }
      return;
    }
    result = goOn(next, value, c);
    if (!c.suspended) {
      c.give(result);
    }
  }

  @Override
  public String trace() {
    return Attempt.trace(name);
  }
}

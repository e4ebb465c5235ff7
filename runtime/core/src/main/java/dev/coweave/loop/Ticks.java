package dev.coweave.loop;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.AfterPause;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * The waits of a {@link TickLoop}'s scripts: they count ticks, not time.
 *
 * <pre>{@code
 * @Coroutine void patrol(Guard g) {
 *   while (true) {
 *     for (int i = 0; i < 60; i++) { g.step(); Ticks.next(); }
 *     Ticks.await(30);                                   // half a second of a game of 60 frames a second
 *     if (g.hears()) { Ticks.until(() -> g.sees(g.player)); g.shout(); }
 *   }
 * }
 * }</pre>
 *
 * <p>Called elsewhere than in a task of a tick loop they throw {@link IllegalStateException}. They allocate nothing.
 */
@Stamp(abi = Stamp.ABI)
public final class Ticks {
  private static final Operation NEXT = Operation.of(Ticks.class, "next");
  private static final Operation AWAIT = Operation.of(Ticks.class, "await");
  private static final Operation UNTIL = Operation.of(Ticks.class, "until");

  private Ticks() {}

  /** Initialises this class, while there is memory for it: without, it could never be used again. */
  static void load() {}

  /** Waits for this script's turn in the next tick. */
  @Coroutine
  public static void next() {
    PlainCall.act(NEXT, Ticks::next);
  }

  /**
   * The twin of {@link #next()}; not for users.
   *
   * @hidden
   */
  public static void next(Continuation c) {
    Ticking.of(c, NEXT).pauseTurn();
  }

  /**
   * Waits for this script's turn some ticks later.
   *
   * @param ticks how many; 1 is the next. For 0 it doesn't wait
   * @throws IllegalArgumentException if it is negative
   */
  @Coroutine
  public static void await(long ticks) {
    PlainCall.act(AWAIT, c -> await(ticks, c));
  }

  /**
   * The twin of {@link #await(long)}; not for users.
   *
   * @hidden
   */
  public static void await(long ticks, Continuation c) {
    Ticking t = Ticking.of(c, AWAIT);
    if (ticks < 0) {
      throw new IllegalArgumentException("Ticks.await of a negative number: " + ticks);
    }
    if (ticks > 0) {
      t.await(ticks);
    }
  }

  /**
   * Waits until a condition holds. It is asked at once, and then at each of this script's turns, as code of the script: on the loop's thread, with
   * the script's {@link dev.coweave.task.TaskLocal}s. If it holds at once this doesn't wait.
   *
   * @param condition must not wait; what it throws is thrown
   */
  @Coroutine
  public static void until(BooleanSupplier condition) {
    PlainCall.act(UNTIL, c -> until(condition, c));
  }

  /**
   * The twin of {@link #until(BooleanSupplier)}; not for users.
   *
   * @hidden
   */
  public static void until(BooleanSupplier condition, Continuation c) {
    Objects.requireNonNull(condition, "condition");
    Ticking t = Ticking.of(c, UNTIL);
    if (TaskContinuation.isSpent(c)) {
      AfterPause.act(UNTIL, d -> until(condition, d), c);
    } else {
      t.await(condition);
    }
  }
}

package dev.coweave.loop;

import dev.coweave.coroutine.Operation;
import dev.coweave.task.TurnWait;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The wait of a script for a tick or a condition. Used again and again. */
final class TickWait extends TurnWait {
  private static final Operation AWAIT = Operation.behind(TickWait.class, "Ticks.await");
  private static final Operation UNTIL = Operation.behind(TickWait.class, "Ticks.until");

  private final Ticking loop;

  /** The tick in which it is over, if there is no {@link #condition}. */
  private long due;

  private @Nullable BooleanSupplier condition;

  /** The next that waits to be used. */
  @Nullable TickWait next;

  TickWait(Ticking loop) {
    this.loop = loop;
  }

  void begin(long tick) {
    due = tick;
  }

  void begin(BooleanSupplier until) {
    condition = until;
  }

  void end() {
    condition = null;
  }

  /** Whether ticks alone end it. */
  boolean isCount() {
    return condition == null;
  }

  @Override
  protected boolean isOver() {
    BooleanSupplier c = condition;
    return c == null ? due <= loop.ticks() : c.getAsBoolean();
  }

  @Override
  protected Operation operation() {
    return condition == null ? AWAIT : UNTIL;
  }
}

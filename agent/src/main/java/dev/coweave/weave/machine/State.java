package dev.coweave.weave.machine;

import dev.coweave.weave.analysis.SuspensionPoint;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A place where the saved activation may stand.
 *
 * @param id what the frame's {@code state} says
 * @param point the suspension point; null for state 0, the method's start
 * @param line the source line, or 0
 * @param locals the locals that have a value there and are live
 * @param stack the operands below the call's own, bottom first
 */
public record State(
    int id, @Nullable SuspensionPoint point, int line, List<Slot> locals, List<Slot> stack) {
  /** The fields that hold something in this state. */
  public Stream<FrameField> fields() {
    return Stream.concat(locals.stream(), stack.stream()).map(Slot::field).filter(f -> f != null);
  }
}

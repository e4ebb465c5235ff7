package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.VType;
import java.util.BitSet;
import java.util.List;

/**
 * A place where a coroutine may stop: a call of another, or a yield.
 *
 * @param index the call's instruction index
 * @param line its source line, or 0
 * @param callee the coroutine that is called
 * @param form how it is written
 * @param locals the types of the locals after the call, by slot
 * @param stack the types of the operands below the call's own, bottom first
 * @param live the locals that are read later, or by a handler that covers the call
 */
public record SuspensionPoint(
    int index,
    int line,
    Callee callee,
    Form form,
    List<VType> locals,
    List<VType> stack,
    BitSet live) {
  /** How a suspension point is written. */
  public enum Form {
    /** The callee's twin is called; if it suspends, so does this activation. */
    CALL,
    /** The last thing the method does: the callee's outcome is the method's own, and no frame is needed. */
    TAIL_CALL,
    /** A yield of the generator's own body. */
    YIELD
  }

  /**
   * Whether traces show the activation, though it has ended with its last call. A yield's don't: a generator that is parked has no
   * trace, and a yield must cost nothing more.
   */
  public boolean isShownTail() {
    return form == Form.TAIL_CALL
        && line > 0
        && !RuntimeAbi.YIELD.equals(callee.call().owner + "." + callee.call().name);
  }

  /** Whether the activation may have to be saved here. */
  public boolean saves() {
    return form != Form.TAIL_CALL;
  }
}

package dev.coweave.coroutine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A saved activation of a coroutine method: the locals and operands that are live at the suspension point where it stopped.
 * The weaver makes one subclass a method; one frame serves all suspensions of one activation.
 */
public abstract class Frame {
  /** The state of an activation that has ended. */
  static final int ENDED = -1;

  /** The caller's frame, or null for the outermost. */
  @Nullable Frame parent;

  /** The suspension point at which the activation stopped; 0 is the method's start. Written by woven code. */
  public short state;

  /** How many activations of the same method ended with the call of this one, at most {@link Short#MAX_VALUE}; for traces. */
  short recursions;

  /** For woven code. */
  protected Frame() {}

  /**
   * Goes on from {@link #state} with the callee's outcome, which the continuation holds, and passes to the continuation what the
   * method returns.
   *
   * @param c the continuation that drives this frame now
   */
  public abstract void resume(Continuation c);

  /**
   * Where the method stands in the source, as {@code class|method|file|line,line,…}: the lines by state. Read only to
   * print stack traces.
   */
  public abstract String trace();

  /** Whether the yields of nested calls go no further outwards than here; see {@link GeneratorFrame}. */
  protected boolean takesYields() {
    return false;
  }

  /** The class whose {@code resume} stands in a trace when the driver resumes this frame. */
  String resumedIn() {
    return getClass().getName();
  }

  /** The caller's frame, or null for the outermost; for printing. */
  public final @Nullable Frame caller() {
    return parent;
  }

  /** This frame as a line of a stack trace. */
  public final StackTraceElement toStackTraceElement() {
    return TraceLines.of(getClass(), trace())
        .at(state); // Whoever looks from outside may see it change.
  }

  /**
   * Adds what this frame stands for to the lines of a stack trace.
   *
   * @param calls innermost first
   */
  protected void addTo(List<StackTraceElement> calls) {
    calls.add(toStackTraceElement());
    addRecursions(calls);
  }

  /** Whether another adds the same lines, as far as that is seen without making them. */
  boolean standsWhere(Frame other) {
    return getClass() == other.getClass()
        && state == other.state
        && recursions == other.recursions
        && trace().equals(other.trace()); // mostly one constant
  }

  /** Adds the count of the activations that this one replaces. */
  final void addRecursions(List<StackTraceElement> calls) {
    if (recursions > 0) {
      calls.add(more(toStackTraceElement(), recursions));
    }
  }

  /** A line that stands for more like another. */
  static StackTraceElement more(StackTraceElement call, int count) {
    return new StackTraceElement(
        call.getClassName(), call.getMethodName(), "\u2026 " + count + " more", -1);
  }
}

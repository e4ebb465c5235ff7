package dev.coweave.durable.frame;

import java.util.List;

/**
 * A place where a run may be parked in a method.
 *
 * @param state what the frame's {@code state} says there
 * @param kind {@code start}, {@code call}, or a word such as {@code step}
 * @param name what the source calls it, or empty
 * @param key what it is found by in its method; unique there
 * @param repeated whether another wait of the source has the name too
 * @param line its line, or 0
 * @param result the descriptor of what is delivered there
 * @param callee of a call, the method: {@code com.acme.Orders.pay(I)V}; else empty
 * @param around what lies around it
 * @param slots what is stored
 */
public record Point(
    int state,
    String kind,
    String name,
    String key,
    boolean repeated,
    int line,
    String result,
    String callee,
    Around around,
    List<Slot> slots) {
  /**
   * What lies around a point.
   *
   * @param loops the loops, outermost first: a number, a colon, and the variables that decide when it ends
   * @param handlers the handlers that take what is thrown there, innermost first; with {@code !} one that holds a point
   * @param within the handlers in which it lies
   * @param next the states of the points that come next if nothing is thrown; also {@code return}, {@code throw}
   */
  public record Around(
      List<String> loops, List<String> handlers, List<String> within, List<String> next) {
    /** Nothing does. */
    public static final Around NOTHING = new Around(List.of(), List.of(), List.of(), List.of());
  }

  /** What the copies that a compiler made of one call have in common. */
  public String call() {
    int copy = key.lastIndexOf('#');
    return copy > 0 && key.substring(copy + 1).chars().allMatch(Character::isDigit)
        ? key.substring(0, copy)
        : key;
  }
}

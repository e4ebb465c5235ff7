package dev.coweave.durable.format;

import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Point;
import java.util.Map;
import java.util.Objects;

/** Finds where an activation goes on, in code that may have changed since it was stored. */
final class Migration {
  private Migration() {}

  /**
   * The point where a stored frame stands.
   *
   * @param frame as it is stored
   * @param method its method, as it is now
   */
  static Point point(Map<?, ?> frame, DurableMethod method) {
    String key = (String) Objects.requireNonNull(frame.get("point"));
    Point point = method.find(key);
    if (!method.code().equals(frame.get("code")) || point == null) {
      throw new FormatException(
          Fault.CODE_CHANGED, method + " has changed since the run was parked in it at " + key);
    }
    return point;
  }
}

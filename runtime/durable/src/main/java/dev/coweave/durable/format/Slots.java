package dev.coweave.durable.format;

import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Point;
import dev.coweave.durable.frame.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes and reads what is live in a frame. */
final class Slots {
  private Slots() {}

  // ---- writing

  static Map<String, @Nullable Object> write(
      DurableFrame frame, Point point, Encoder encoder, Values values) {
    Map<String, @Nullable Object> locals = new java.util.LinkedHashMap<>();
    for (Slot s : point.slots()) {
      Object value = boxed(frame.coweave$get(s.field()), s.desc());
      locals.put(s.name(), encoder.encode(value, values.type(s.type()), "'" + s.name() + "'"));
    }
    return locals;
  }

  /** What the JVM keeps as an int, as its type says. */
  private static @Nullable Object boxed(@Nullable Object value, String desc) {
    if (!(value instanceof Integer i)) {
      return value;
    }
    return switch (desc) {
      case "Z" -> i != 0;
      case "B" -> i.byteValue();
      case "S" -> i.shortValue();
      case "C" -> (char) i.intValue();
      default -> value;
    };
  }

  private static @Nullable Object unboxed(@Nullable Object value, String desc) {
    return switch (desc) {
      case "Z" -> Boolean.TRUE.equals(value) ? 1 : 0;
      case "B", "S" -> ((Number) Objects.requireNonNull(value)).intValue();
      case "C" -> (int) (Character) Objects.requireNonNull(value);
      default -> value;
    };
  }

  // ---- reading

  /**
   * Fills a frame.
   *
   * @param stored what is stored, by name, in the order in which it was written: what stands before may be referred to
   * @param point where the frame goes on
   * @param old where it stood in the code that stored it; null if the code is the same
   */
  static void read(
      DurableFrame frame,
      Map<?, ?> stored,
      DurableMethod method,
      Point point,
      @Nullable Point old,
      Decoder decoder,
      Values values) {
    Map<String, Slot> wanted = wanted(stored, point, old == null);
    Map<String, Slot> before = old == null ? Map.of() : wanted(stored, old, true);
    Fitting fitting = new Fitting(decoder, values);
    for (Map.Entry<?, ?> e : stored.entrySet()) {
      String name = (String) e.getKey();
      Slot slot = wanted.remove(name);
      Slot was = old == null ? slot : before.get(name);
      String path = "'" + name + "' at " + point.key() + " in " + method;
      if (slot != null && e.getValue() instanceof Map<?, ?> set && set.containsKey(Editing.NOW)) {
        set(
            frame,
            slot,
            decoder.decode(set.get(Editing.NOW), values.type(slot.type()), path),
            path);
      } else if (slot == null) {
        fitting.skip(e.getValue(), was, path);
      } else if (was == null) {
        throw new FormatException(Fault.BAD_TEXT, path + " was not there when it was stored");
      } else {
        Object value = fitting.read(e.getValue(), was.type(), slot.type(), path);
        set(frame, slot, value, path);
      }
    }
    if (!wanted.isEmpty()) {
      List<String> missing = new ArrayList<>(wanted.keySet());
      java.util.Collections.sort(missing);
      throw new FormatException(
          Fault.SLOT_UNFIT,
          "nothing is stored for '"
              + String.join("', '", missing)
              + "' at "
              + point.key()
              + " in "
              + method);
    }
  }

  /**
   * The slots by the names under which they are stored. In the same code these may be others than now, for a local's name is no part of it: then
   * their order tells.
   */
  private static Map<String, Slot> wanted(Map<?, ?> stored, Point point, boolean sameCode) {
    Map<String, Slot> byName = new HashMap<>();
    point.slots().forEach(s -> byName.put(s.name(), s));
    if (sameCode
        && !byName.keySet().equals(stored.keySet())
        && stored.size() == point.slots().size()) {
      Map<String, Slot> inOrder = new HashMap<>();
      int i = 0;
      for (Object name : stored.keySet()) {
        inOrder.put((String) name, point.slots().get(i++));
      }
      return inOrder;
    }
    return byName;
  }

  private static void set(DurableFrame frame, Slot slot, @Nullable Object value, String path) {
    try {
      frame.coweave$set(slot.field(), unboxed(value, slot.desc()));
    } catch (ClassCastException e) {
      throw new FormatException(Fault.SLOT_UNFIT, path + ": " + e.getMessage(), e);
    }
  }
}

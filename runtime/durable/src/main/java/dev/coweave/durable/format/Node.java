package dev.coweave.durable.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value with parts while a run is written: only at the end it is known whether it is shared.
 *
 * <pre>
 *   [1, 2]                              a list where one is expected
 *   {"id": "7", "cents": 100}           a record whose type is known
 *   {"@": "LinkedList", "v": [1, 2]}    where the type isn't
 *   {"#": 1, "@": "ArrayList", "v": []} one that stands at other places too, as {"#ref": 1}
 * </pre>
 */
final class Node {
  /** Another place of a value. */
  record Ref(Node node) {}

  static final String TYPE = "@";
  static final String VALUE = "v";
  static final String ID = "#";
  static final String REF = "#ref";

  /** The stored name of its type. */
  final String type;

  /** Whether the place where it stands tells its type. */
  final boolean implied;

  /** The elements, or null. */
  @Nullable List<@Nullable Object> elements;

  /** The named parts, or null. */
  @Nullable Map<String, @Nullable Object> parts;

  /** What kind of comparator a sorted container has; empty for none. */
  String order = "";

  /** A number if it is shared, else 0. */
  int id;

  /** Whether its parts are still being written. */
  boolean open = true;

  Node(String type, boolean implied) {
    this.type = type;
    this.implied = implied;
  }

  /** The parts' names and values, in their order. */
  Map<String, @Nullable Object> named() {
    if (parts == null) {
      parts = new LinkedHashMap<>();
    }
    return parts;
  }

  /** The tree of a value in which nodes stand. */
  static @Nullable Object tree(@Nullable Object value) {
    if (value instanceof Node node) {
      return node.tree();
    } else if (value instanceof Ref ref) {
      return java.util.Map.of(REF, ref.node.id);
    } else if (value instanceof List<?> list) {
      List<@Nullable Object> result = new ArrayList<>(list.size());
      list.forEach(e -> result.add(tree(e)));
      return result;
    } else if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> result = new LinkedHashMap<>();
      map.forEach((k, v) -> result.put((String) k, tree(v)));
      return result;
    }
    return value;
  }

  private Object tree() {
    if (elements != null && implied && id == 0 && order.isEmpty()) {
      return java.util.Objects.requireNonNull(tree(elements));
    }
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    if (id != 0) {
      result.put(ID, id);
    }
    if (!implied || elements != null) {
      result.put(TYPE, type);
    }
    if (!order.isEmpty()) {
      result.put("order", order);
    }
    if (elements != null) {
      result.put(VALUE, tree(elements));
    }
    if (parts != null) {
      parts.forEach((name, value) -> result.put(name, tree(value)));
    }
    return result;
  }
}

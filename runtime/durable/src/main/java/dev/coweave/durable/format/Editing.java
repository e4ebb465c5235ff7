package dev.coweave.durable.format;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Shows the text of a run, and changes it: for operators, who haven't got the program's classes. */
public final class Editing {
  /** {@code {"now": value}}: a value that was set since the run was stored, to be read as the code has it that loads it. */
  static final String NOW = "now";

  private Editing() {}

  private static List<?> frames(@Nullable Object tree) {
    return tree instanceof Map<?, ?> map && map.get("frames") instanceof List<?> frames
        ? frames
        : List.of();
  }

  /** The frames of a run, innermost first, a line each, and one for each local. */
  public static String stack(String text) {
    StringBuilder lines = new StringBuilder();
    List<?> frames = frames(Json.read(text));
    for (int i = frames.size() - 1; i >= 0; i--) {
      if (frames.get(i) instanceof Map<?, ?> f) {
        lines.append("  at ").append(f.get("class")).append('.').append(f.get("method"));
        lines.append(", ").append(f.get("point")).append('\n');
        if (f.get("locals") instanceof Map<?, ?> locals) {
          locals.forEach(
              (name, value) ->
                  lines.append("      " + name + " = " + Json.write(plain(value)) + "\n"));
        }
      }
    }
    return lines.toString();
  }

  /** JSON as it can be written again: numbers that are neither whole nor doubles are text. */
  private static @Nullable Object plain(@Nullable Object tree) {
    if (tree instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> result = new LinkedHashMap<>();
      map.forEach((k, v) -> result.put((String) k, plain(v)));
      return result;
    } else if (tree instanceof List<?> list) {
      return list.stream().map(Editing::plain).toList();
    } else if (tree instanceof Number n && !(n instanceof Integer) && !(n instanceof Long)) {
      return n.doubleValue();
    }
    return tree;
  }

  /**
   * The text of a run with a local set.
   *
   * @param local its name, or {@code method.name}
   * @param json its value
   * @throws FormatException if that is no JSON, or no frame is of the method
   */
  @SuppressWarnings("unchecked") // the names of JSON are strings
  public static String set(String text, String local, String json) {
    Map<String, @Nullable Object> tree =
        (Map<String, @Nullable Object>) Objects.requireNonNull(Json.read(text));
    int dot = local.indexOf('.');
    String method = dot < 0 ? null : local.substring(0, dot);
    String name = local.substring(dot + 1);
    Map<String, @Nullable Object> place = place(frames(tree), method, name);
    if (place == null) {
      throw new FormatException(Fault.BAD_TEXT, "the run stands in no method of " + local);
    }
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put(NOW, Json.read(json));
    Map<Object, Object> gone = new HashMap<>();
    define(place.put(name, value), gone);
    return Json.write(plain(kept(tree, gone, new HashSet<>())));
  }

  /** Collects what is given a number in a tree. */
  private static void define(@Nullable Object tree, Map<Object, Object> numbered) {
    if (tree instanceof Map<?, ?> map) {
      Object id = map.get(Node.ID);
      if (id != null) {
        numbered.put(id, map);
      }
      map.values().forEach(v -> define(v, numbered));
    } else if (tree instanceof List<?> list) {
      list.forEach(v -> define(v, numbered));
    }
  }

  /** A tree in which what others referred to, and is gone, stands where the first of them did. */
  private static @Nullable Object kept(
      @Nullable Object tree, Map<Object, Object> gone, Set<Object> seen) {
    if (tree instanceof List<?> list) {
      List<@Nullable Object> result = new ArrayList<>();
      list.forEach(v -> result.add(kept(v, gone, seen)));
      return result;
    } else if (tree instanceof Map<?, ?> map) {
      Object id = map.get(Node.REF);
      Object referred = id == null || map.size() > 1 ? null : gone.remove(id);
      Map<?, ?> now = referred instanceof Map<?, ?> definition ? definition : map;
      Object number = now.get(Node.ID);
      if (number != null && !seen.add(number)) { // it stood in another that was gone, too
        return Map.of(Node.REF, number);
      }
      gone.remove(number);
      Map<Object, @Nullable Object> result = new LinkedHashMap<>();
      now.forEach((k, v) -> result.put(k, kept(v, gone, seen)));
      return result;
    }
    return tree;
  }

  @SuppressWarnings("unchecked") // as above
  private static @Nullable Map<String, @Nullable Object> place(
      List<?> frames, @Nullable String method, String name) {
    Map<String, @Nullable Object> innermost = null;
    for (int i = frames.size() - 1; i >= 0; i--) {
      if (frames.get(i) instanceof Map<?, ?> f
          && f.get("locals") instanceof Map<?, ?> locals
          && (method == null || method.equals(f.get("method")))) {
        if (locals.containsKey(name)) {
          return (Map<String, @Nullable Object>) locals;
        }
        innermost = innermost == null ? (Map<String, @Nullable Object>) locals : innermost;
      }
    }
    return innermost;
  }
}

package dev.coweave.durable.format;

import java.lang.reflect.Modifier;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Exceptions: message, cause, suppressed ones and stack; and of what else they have, the fields of simple types that users' classes declare, and the codes of an
 * {@code SQLException}. One that the program doesn't name becomes its nearest superclass that the program, or the JDK, has: the same catch clauses
 * take it.
 */
final class Throwables {
  private static final int MAX_STACK = 64;
  private static final String DETAIL = "detail";
  private static final String FIELDS = "fields";
  private static final String CODES = "codes";

  private final Values values;

  Throwables(Values values) {
    this.values = values;
  }

  // ---- writing

  Node encode(Throwable t, Node node, Encoder encoder, String path) {
    List<@Nullable Object> types = new ArrayList<>();
    Class<?> nearest = nearest(t.getClass());
    if (Modifier.isAbstract(nearest.getModifiers())) {
      throw encoder.refuse(path, t, "can't be made: the program knows it as abstract alone");
    }
    for (Class<?> c = t.getClass(); c != Throwable.class && c != null; c = c.getSuperclass()) {
      types.add(values.types().nameOf(c));
    }
    types.add(Throwable.class.getName());
    node.named().put("is", types);
    node.named().put("message", t.getMessage());
    String detail = ThrowableParts.detail(t);
    if (nearest == t.getClass() && !Objects.equals(detail, t.getMessage())) {
      node.named().put(DETAIL, detail);
    }
    if (t.getCause() != null) {
      node.named().put("cause", encoder.encode(t.getCause(), TypeRef.OBJECT, path + "'s cause"));
    }
    if (t.getSuppressed().length > 0) {
      List<@Nullable Object> suppressed = new ArrayList<>();
      for (Throwable s : t.getSuppressed()) {
        suppressed.add(encoder.encode(s, TypeRef.OBJECT, path + "'s suppressed"));
      }
      node.named().put("suppressed", suppressed);
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    ThrowableParts.fields(nearest)
        .forEach(
            (name, f) ->
                fields.put(
                    name,
                    encoder.encode(values.records().get(t, f), TypeRef.of(f.getType()), path)));
    if (!fields.isEmpty()) {
      node.named().put(FIELDS, fields);
    }
    if (t instanceof SQLException e) {
      node.named().put(CODES, codes(e));
    }
    node.named().put("stack", stack(t));
    return node;
  }

  private static Map<String, @Nullable Object> codes(SQLException e) {
    Map<String, @Nullable Object> codes = new LinkedHashMap<>();
    codes.put("sqlState", e.getSQLState());
    codes.put("vendorCode", e.getErrorCode());
    return codes;
  }

  private static List<@Nullable Object> stack(Throwable t) {
    List<@Nullable Object> lines = new ArrayList<>();
    for (StackTraceElement e : t.getStackTrace()) {
      if (lines.size() < MAX_STACK) {
        lines.add(
            e.getClassName()
                + "|"
                + e.getMethodName()
                + "|"
                + Objects.requireNonNullElse(e.getFileName(), "")
                + "|"
                + e.getLineNumber());
      }
    }
    return lines;
  }

  private Class<?> nearest(Class<?> type) {
    Class<?> c = type;
    while (!isPermitted(c)) {
      c = Objects.requireNonNull(c.getSuperclass());
    }
    return c;
  }

  private boolean isPermitted(Class<?> c) {
    return c.getName().startsWith("java.") || values.types().admits(c);
  }

  // ---- reading

  /**
   * Makes an exception without its suppressed ones.
   *
   * @param map its parts
   */
  Throwable decode(
      Map<String, @Nullable Object> map, @Nullable Throwable cause, Decoder decoder, String path) {
    List<?> types = (List<?>) Objects.requireNonNull(map.get("is"));
    String message = (String) map.get("message");
    for (Object each : types) {
      String name = (String) Objects.requireNonNull(each);
      Class<?> c = find(name);
      if (c != null
          && Throwable.class.isAssignableFrom(c)
          && !Modifier.isAbstract(c.getModifiers())) {
        boolean same = name.equals(types.get(0));
        String text =
            same ? message : message == null ? types.get(0) + "" : types.get(0) + ": " + message;
        Throwable t = make(c, text, cause, map);
        fill(t, map, decoder, path);
        t.setStackTrace(
            ((List<?>) Objects.requireNonNull(map.get("stack")))
                .stream()
                    .map(e -> element((String) Objects.requireNonNull(e)))
                    .toArray(StackTraceElement[]::new));
        return t;
      }
    }
    throw new FormatException(
        Fault.NOT_LOADABLE, "the exception " + types + " is none that the program knows");
  }

  private static Throwable make(
      Class<?> type, @Nullable String message, @Nullable Throwable cause, Map<?, ?> map) {
    String detail = map.containsKey(DETAIL) ? (String) map.get(DETAIL) : message;
    try {
      return ThrowableParts.make(
          type,
          detail,
          message,
          cause,
          map.get(CODES) instanceof Map<?, ?> codes ? codes : Map.of());
    } catch (ReflectiveOperationException | IllegalStateException e) {
      throw new FormatException(
          Fault.NOT_LOADABLE, "the exception " + type.getName() + " can't be made", e);
    }
  }

  private void fill(Throwable t, Map<?, ?> map, Decoder decoder, String path) {
    if (map.get(FIELDS) instanceof Map<?, ?> stored) {
      ThrowableParts.fields(t.getClass())
          .forEach(
              (name, f) -> {
                if (stored.containsKey(name)) {
                  Object value =
                      decoder.decode(stored.get(name), TypeRef.of(f.getType()), path + "." + name);
                  values.records().set(t, f, value);
                }
              });
    }
  }

  private @Nullable Class<?> find(String name) {
    if (!name.startsWith("java.")) {
      return values.types().classOf(name);
    }
    try {
      return Class.forName(name, false, ClassLoader.getPlatformClassLoader());
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  private static StackTraceElement element(String line) {
    String[] f = line.split("\\|", -1);
    return new StackTraceElement(f[0], f[1], f[2].isEmpty() ? null : f[2], Integer.parseInt(f[3]));
  }
}

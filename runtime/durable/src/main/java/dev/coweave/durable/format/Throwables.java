package dev.coweave.durable.format;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Exceptions: message, cause, suppressed ones and stack. They are made by a constructor of theirs that takes a message or a cause, as nearly
 * all have; no other part of them is kept. One that the program doesn't name becomes its nearest superclass that the program, or the JDK,
 * has: the same catch clauses take it.
 */
final class Throwables {
  private static final int MAX_STACK = 64;

  private final Values values;

  Throwables(Values values) {
    this.values = values;
  }

  // ---- writing

  Node encode(Throwable t, Node node, Encoder encoder, String path) {
    List<@Nullable Object> types = new ArrayList<>();
    Class<?> nearest = nearest(t.getClass());
    if (constructors(nearest).isEmpty()) {
      throw encoder.refuse(
          path, t, "has no constructor that takes a message, a cause, both or nothing");
    }
    for (Class<?> c = t.getClass(); c != Throwable.class && c != null; c = c.getSuperclass()) {
      types.add(values.types().nameOf(c));
    }
    types.add(Throwable.class.getName());
    node.named().put("is", types);
    node.named().put("message", t.getMessage());
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
    node.named().put("stack", stack(t));
    return node;
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
   * @param types the stored names of its class and superclasses, nearest first
   */
  Throwable decode(
      List<String> types, @Nullable String message, @Nullable Throwable cause, List<?> stack) {
    for (String name : types) {
      Class<?> c = find(name);
      if (c != null && Throwable.class.isAssignableFrom(c) && !constructors(c).isEmpty()) {
        boolean same = name.equals(types.get(0));
        String text =
            same ? message : message == null ? types.get(0) : types.get(0) + ": " + message;
        Throwable t = make(constructors(c).get(0), text, cause);
        t.setStackTrace(
            stack.stream()
                .map(e -> element((String) Objects.requireNonNull(e)))
                .toArray(StackTraceElement[]::new));
        return t;
      }
    }
    throw new FormatException(
        Fault.NOT_LOADABLE, "the exception " + types + " is none that the program knows");
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

  /** The constructors to make one with, those that keep most first. */
  private static List<Constructor<?>> constructors(Class<?> c) {
    List<Constructor<?>> result = new ArrayList<>();
    if (Modifier.isAbstract(c.getModifiers())) {
      return result;
    }
    Class<?>[][] forms = {{String.class, Throwable.class}, {String.class}, {Throwable.class}, {}};
    for (Class<?>[] form : forms) {
      try {
        Constructor<?> constructor = c.getDeclaredConstructor(form);
        if (!c.getName().startsWith("java.")) {
          constructor.setAccessible(true);
        } else if (!Modifier.isPublic(constructor.getModifiers())
            || !Modifier.isPublic(c.getModifiers())) {
          continue;
        }
        result.add(constructor);
      } catch (NoSuchMethodException | RuntimeException e) {
        // the next
      }
    }
    if (c == AssertionError.class) {
      result.removeIf(x -> x.getParameterCount() == 1);
    }
    return result;
  }

  private static Throwable make(
      Constructor<?> constructor, @Nullable String message, @Nullable Throwable cause) {
    Object[] arguments = new Object[constructor.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = constructor.getParameterTypes()[i] == String.class ? message : cause;
    }
    try {
      Throwable t = (Throwable) constructor.newInstance(arguments);
      if (cause != null && t.getCause() == null) {
        t.initCause(cause);
      }
      return t;
    } catch (InvocationTargetException
        | InstantiationException
        | IllegalAccessException
        | IllegalStateException e) {
      throw new FormatException(
          Fault.NOT_LOADABLE,
          "the exception " + constructor.getDeclaringClass().getName() + " can't be made",
          e);
    }
  }
}

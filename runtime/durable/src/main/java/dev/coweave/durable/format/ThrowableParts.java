package dev.coweave.durable.format;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes exceptions apart, and makes them of their parts. No constructor of a user's class is run, for it may make another message of the one that it is
 * given. Of the JDK's classes, whose fields nobody can reach, one is run whose exception then says what it should, if there is one.
 */
final class ThrowableParts {
  private static final Constructor<?> THROWABLE =
      Arrays.stream(Throwable.class.getConstructors())
          .filter(c -> c.getParameterCount() == 2)
          .findFirst()
          .orElseThrow();

  private ThrowableParts() {}

  /**
   * A constructor of a class that runs Throwable's alone, as deserializing does with a superclass's (JDK-8137058: the one use for which
   * {@code jdk.unsupported} has it). By reflection: javac warns of each mention, whatever is suppressed.
   */
  private static Constructor<?> withoutItsOwn(Class<?> type) throws ReflectiveOperationException {
    Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
    Method make =
        factory.getMethod("newConstructorForSerialization", Class.class, Constructor.class);
    return (Constructor<?>)
        make.invoke(factory.getMethod("getReflectionFactory").invoke(null), type, THROWABLE);
  }

  private static boolean isJdks(Class<?> c) {
    return c.getName().startsWith("java.");
  }

  /** The fields that users' classes add, as far as they are of simple types and may be read; by name. */
  static Map<String, Field> fields(Class<?> type) {
    Map<String, Field> fields = new LinkedHashMap<>();
    for (Class<?> c = type; c != null && !isJdks(c); c = c.getSuperclass()) {
      for (Field f : c.getDeclaredFields()) {
        int unkept = Modifier.STATIC | Modifier.TRANSIENT;
        if ((f.getModifiers() & unkept) == 0 && isSimple(f.getType()) && f.trySetAccessible()) {
          fields.putIfAbsent(f.getName(), f);
        }
      }
    }
    return fields;
  }

  private static boolean isSimple(Class<?> type) {
    return type.isPrimitive() || type.isEnum() || Scalars.of(type) != null;
  }

  /** What an exception was made with: without what a {@code getMessage} of its class makes of it each time. */
  static @Nullable String detail(Throwable t) {
    for (Class<?> c = t.getClass(); c != Throwable.class; c = parent(c)) {
      if (declaresMessage(c)) {
        return SerialForm.detail(t);
      }
    }
    return t.getMessage();
  }

  private static Class<?> parent(Class<?> c) {
    return Objects.requireNonNull(c.getSuperclass());
  }

  private static boolean declaresMessage(Class<?> c) {
    return Arrays.stream(c.getDeclaredMethods())
        .anyMatch(m -> m.getName().equals("getMessage") && m.getParameterCount() == 0);
  }

  /**
   * An exception of its parts.
   *
   * @param detail what it was made with
   * @param message what it says
   */
  static Throwable make(
      Class<?> type,
      @Nullable String detail,
      @Nullable String message,
      @Nullable Throwable cause,
      Map<?, ?> codes)
      throws ReflectiveOperationException {
    Throwable t = withCodes(type, message, codes);
    if (t != null && cause != null) {
      t.initCause(cause);
    }
    t = t == null && isJdks(type) ? made(type, message, cause) : t;
    return t != null ? t : (Throwable) withoutItsOwn(type).newInstance(detail, cause);
  }

  /** An {@code SQLException}, which alone of the JDK's has more that programs ask for; or null. */
  private static @Nullable Throwable withCodes(
      Class<?> type, @Nullable String message, Map<?, ?> codes)
      throws ReflectiveOperationException {
    if (!isJdks(type)
        || !SQLException.class.isAssignableFrom(type)
        || !(codes.get("vendorCode") instanceof Integer code)) {
      return null;
    }
    try {
      return (Throwable)
          type.getConstructor(String.class, String.class, int.class)
              .newInstance(message, codes.get("sqlState"), code);
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  /** What a constructor makes of a message, a cause, or both, if that says what it should; else null. */
  private static @Nullable Throwable made(
      Class<?> type, @Nullable String message, @Nullable Throwable cause) {
    if (!Modifier.isPublic(type.getModifiers())) {
      return null;
    }
    List<Constructor<?>> constructors =
        Arrays.stream(type.getConstructors())
            .sorted(Comparator.comparing(c -> -c.getParameterCount()))
            .toList();
    for (Constructor<?> c : constructors) {
      @Nullable Object[] arguments = arguments(c.getParameterTypes(), message, cause);
      if (arguments != null) {
        try {
          Throwable t = (Throwable) c.newInstance(arguments);
          if (cause != null && t.getCause() == null) {
            t.initCause(cause);
          }
          if (Objects.equals(t.getMessage(), message)) {
            return t;
          }
        } catch (ReflectiveOperationException | RuntimeException e) {
          // the next
        }
      }
    }
    return null;
  }

  /** The message and the cause as a constructor takes them; null if it takes other things, or a cause where there is none. */
  private static @Nullable Object @Nullable [] arguments(
      Class<?>[] types, @Nullable String message, @Nullable Throwable cause) {
    @Nullable Object[] arguments = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      if (Arrays.asList(types).indexOf(types[i]) < i) {
        return null;
      } else if (types[i] == String.class) {
        arguments[i] = message;
      } else if (types[i].isInstance(cause)) {
        arguments[i] = cause;
      } else {
        return null;
      }
    }
    return arguments;
  }
}

package dev.coweave.durable.format;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Takes records and marked objects apart, and puts them together. Thread-safe. */
final class Records {
  private final Map<Class<?>, Constructor<?>> constructors = new ConcurrentHashMap<>();

  @Nullable Object get(Record r, RecordComponent c) {
    try {
      Method accessor = c.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(r);
    } catch (InvocationTargetException | IllegalAccessException | RuntimeException e) {
      throw failure(Fault.NOT_STORABLE, r.getClass(), "be read", e);
    }
  }

  @Nullable Object get(Object o, Field f) {
    try {
      f.setAccessible(true);
      return f.get(o);
    } catch (IllegalAccessException | RuntimeException e) {
      throw failure(Fault.NOT_STORABLE, o.getClass(), "be read", e);
    }
  }

  void set(Object o, Field f, @Nullable Object value) {
    try {
      f.setAccessible(true);
      f.set(o, value);
    } catch (IllegalAccessException | RuntimeException e) {
      throw failure(Fault.NOT_LOADABLE, o.getClass(), "be filled", e);
    }
  }

  /** A record of its components' values. */
  Object make(Class<?> type, @Nullable Object[] parts) {
    return construct(constructors.computeIfAbsent(type, Records::canonical), parts);
  }

  /** An object whose fields are not yet filled. */
  Object make(Class<?> type) {
    return construct(constructors.computeIfAbsent(type, c -> constructor(c)), new Object[0]);
  }

  private static Constructor<?> canonical(Class<?> type) {
    return constructor(
        type,
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new));
  }

  private static Constructor<?> constructor(Class<?> type, Class<?>... parameters) {
    try {
      Constructor<?> c = type.getDeclaredConstructor(parameters);
      c.setAccessible(true);
      return c;
    } catch (NoSuchMethodException | RuntimeException e) {
      throw failure(Fault.NOT_LOADABLE, type, "be made", e);
    }
  }

  private static Object construct(Constructor<?> c, @Nullable Object[] arguments) {
    try {
      return c.newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw failure(Fault.NOT_LOADABLE, c.getDeclaringClass(), "be made", e.getCause());
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw failure(Fault.NOT_LOADABLE, c.getDeclaringClass(), "be made", e);
    }
  }

  private static FormatException failure(
      Fault fault, Class<?> type, String how, @Nullable Throwable cause) {
    return new FormatException(fault, type.getName() + " can't " + how + ": " + cause, cause);
  }
}

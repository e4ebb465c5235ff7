package dev.coweave.junit;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** Calls a method of a test class by reflection, as a coroutine calls another. */
@Stamp(abi = Stamp.ABI)
final class TestMethod {
  // Written as the weaver would have: a call of a twin in tail position needs no frame.

  private TestMethod() {}

  /** Whether a method is a coroutine, be it woven or not. */
  static boolean isCoroutine(Method m) {
    return AnnotationSupport.isAnnotated(m, Coroutine.class) || isTest(m);
  }

  static boolean isTest(Method m) {
    return AnnotationSupport.isAnnotated(m, CoroutineTest.class);
  }

  /** The coroutine that the weaver has made of a method; empty if it hasn't. */
  private static Optional<Method> twin(Method m) {
    Class<?>[] parameters = Arrays.copyOf(m.getParameterTypes(), m.getParameterCount() + 1);
    parameters[m.getParameterCount()] = Continuation.class;
    try {
      return Optional.of(m.getDeclaringClass().getDeclaredMethod(m.getName(), parameters));
    } catch (NoSuchMethodException e) {
      return Optional.empty();
    }
  }

  /**
   * Throws if a method is a coroutine that was not woven.
   *
   * @throws Fault if so
   */
  static void checkWoven(Method m) {
    if (isCoroutine(m) && twin(m).isEmpty()) {
      throw Fault.notWoven(m.getDeclaringClass().getName() + "." + m.getName());
    }
  }

  @Coroutine
  static void call(Method m, @Nullable Object target, @Nullable Object[] arguments) {
    PlainCall.act(
        new Operation(m.getDeclaringClass().getName(), m.getName()),
        c -> call(m, target, arguments, c));
  }

  static void call(
      Method m, @Nullable Object target, @Nullable Object[] arguments, Continuation c) {
    checkWoven(m);
    Method twin = twin(m).orElse(null);
    if (twin == null) {
      ReflectionSupport.invokeMethod(m, target, arguments);
      return;
    }
    @Nullable Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = c;
    ReflectionSupport.invokeMethod(twin, target, all);
  }
}

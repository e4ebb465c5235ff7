package dev.coweave.coroutine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells Mockito's mocks and spies, which may be objects of a woven class itself: its inline mock maker rewrites the class, so that each
 * method asks first whether the object is a mock. A stub belongs to the plain method; the twin of a spy would not see it, and asking the
 * object for its {@link Woven#coweave$class} would count as an interaction.
 *
 * <p>Without Mockito on the class path this is the constant false, for the JIT too. With it, Mockito is asked only about classes that have
 * been rewritten, so that tests which mock nothing don't start it.
 */
final class Mocks {
  private static final String MOCKITO = "org.mockito.Mockito";

  /** A class that Mockito adds to the bootstrap class path when it makes its first inline mock. */
  private static final String DISPATCHER =
      "org.mockito.internal.creation.bytebuddy.inject.MockMethodDispatcher";

  private static final @Nullable ClassLoader LIBRARY = loaderOfMockito();

  /** The facts known of a class: the cached simple name, which the JVM drops when it redefines the class; and whether it has mocks. */
  private static final class Rewriting {
    volatile @Nullable String name;
    volatile boolean mayHaveMocks;
  }

  private static final ClassValue<Rewriting> REWRITING =
      new ClassValue<>() {
        @Override
        protected Rewriting computeValue(Class<?> c) {
          return new Rewriting();
        }
      };

  private Mocks() {}

  /** Whether an object of a woven class is a mock or a spy. */
  static boolean contain(Object o) {
    return LIBRARY != null && mayBeMocked(o.getClass()) && Question.isMock(o);
  }

  @SuppressWarnings({
    "ReferenceEquality",
    "StringEquality"
  }) // another object each time the class was redefined
  private static boolean mayBeMocked(Class<?> c) {
    Rewriting known = REWRITING.get(c);
    String name = c.getSimpleName();
    if (known.name != name
        || name == c.getName()) { // of a class in the default package it is never dropped
      known.mayHaveMocks = isThere(DISPATCHER, null);
      known.name = name;
    }
    return known.mayHaveMocks;
  }

  private static @Nullable ClassLoader loaderOfMockito() {
    return Stream.of(
            Thread.currentThread().getContextClassLoader(),
            Mocks.class.getClassLoader(),
            ClassLoader.getSystemClassLoader())
        .filter(l -> l != null && isThere(MOCKITO, l))
        .findFirst()
        .orElse(null);
  }

  private static boolean isThere(String name, @Nullable ClassLoader loader) {
    try {
      return !Class.forName(name, false, loader).isPrimitive();
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** {@code Mockito.mockingDetails(o).isMock()}; linked when the first mock is there. */
  private static final class Question {
    private static final MethodHandle IS_MOCK = link();

    private Question() {}

    static boolean isMock(Object o) {
      try {
        return (boolean) IS_MOCK.invokeExact(o);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("mockingDetails declares no checked exceptions", e);
      }
    }

    private static MethodHandle link() {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      try {
        Class<?> mockito = Class.forName(MOCKITO, true, Objects.requireNonNull(LIBRARY));
        Class<?> details =
            Class.forName("org.mockito.MockingDetails", true, mockito.getClassLoader());
        return MethodHandles.filterReturnValue(
            lookup.findStatic(
                mockito, "mockingDetails", MethodType.methodType(details, Object.class)),
            lookup.findVirtual(details, "isMock", MethodType.methodType(boolean.class)));
      } catch (ReflectiveOperationException e) {
        // A Mockito of another kind: its mocks answer for themselves, as before.
        return MethodHandles.dropArguments(
            MethodHandles.constant(boolean.class, false), 0, Object.class);
      }
    }
  }
}

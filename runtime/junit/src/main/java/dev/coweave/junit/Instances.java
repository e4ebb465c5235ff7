package dev.coweave.junit;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestInstances;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** The instances of a test's class, and of those around it: JUnit's own, and fresh ones in their place for other seeds. */
final class Instances {
  /** A field, and what was there when JUnit had made its instance. */
  private record Injected(Object into, Field field, @Nullable Object value) {}

  private final ExtensionContext context;
  private final Simulation sim;
  private final List<Injected> injected;
  private final IdentityHashMap<Object, Object> made = new IdentityHashMap<>();

  /** JUnit's own. */
  @SuppressWarnings("NullAway") // there is no other world yet
  Instances(ExtensionContext context) {
    this(context, null, new ArrayList<>());
  }

  private Instances(ExtensionContext context, Simulation sim, List<Injected> injected) {
    this.context = context;
    this.sim = sim;
    this.injected = injected;
  }

  /** Fresh ones for another world; but if JUnit keeps one instance for all tests, then so do all seeds. */
  Instances fresh(Simulation other) {
    Instances fresh = new Instances(context, other, injected);
    Object outer = null;
    for (Object old : replaced()) {
      outer = fresh.make(old, outer);
    }
    return fresh;
  }

  /** Those that other seeds have fresh ones of, from the outermost on. */
  private List<Object> replaced() {
    return context.getTestInstanceLifecycle().orElse(Lifecycle.PER_METHOD) == Lifecycle.PER_METHOD
        ? context.getTestInstances().map(TestInstances::getAllInstances).orElse(List.of())
        : List.of();
  }

  /** The one in an instance's place. */
  Object of(Object junits) {
    return made.getOrDefault(junits, junits);
  }

  /** Arguments as they were resolved, but for the world. */
  Object[] arguments(Object[] resolved) {
    return Arrays.stream(resolved).map(a -> a instanceof Simulation ? sim : a).toArray();
  }

  /** Looks what other extensions have put into annotated fields: before anything of the test itself has run. */
  void lookAtFields() {
    try {
      for (Object o : replaced()) {
        for (Field f : fields(o.getClass())) {
          f.setAccessible(true);
          injected.add(new Injected(o, f, f.get(o)));
        }
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw Fault.noFreshInstance(e.toString());
    }
  }

  private static List<Field> fields(Class<?> c) {
    return ReflectionSupport.findFields(
        c,
        f ->
            f.getAnnotations().length > 0
                && !Modifier.isStatic(f.getModifiers())
                && (isExtension(f) || !Modifier.isFinal(f.getModifiers())),
        HierarchyTraversalMode.TOP_DOWN);
  }

  private Object make(Object old, @Nullable Object outer) {
    Constructor<?>[] constructors = old.getClass().getDeclaredConstructors();
    Constructor<?> c = constructors[0];
    @Nullable Object[] known =
        c.getParameterCount() == 0 ? new Object[0] : CoroutineExtension.arguments(context, c);
    boolean inner = outer != null && !Modifier.isStatic(old.getClass().getModifiers());
    if (known == null && inner && c.getParameterCount() == 1) {
      known = new Object[1];
    }
    if (known == null || constructors.length != 1) {
      throw Fault.noFreshInstance(
          "nobody knows how JUnit has made that of " + old.getClass().getName());
    }
    @Nullable Object[] arguments = known.clone();
    if (inner) {
      arguments[0] = outer;
    }
    Object fresh = instantiate(c, arguments);
    inject(old, fresh);
    made.put(old, fresh);
    return fresh;
  }

  private static Object instantiate(Constructor<?> c, @Nullable Object[] arguments) {
    try {
      c.setAccessible(true);
      return c.newInstance(arguments);
    } catch (InvocationTargetException e) {
      Session.<RuntimeException>sneakyThrow(Objects.requireNonNullElse(e.getCause(), e));
      throw new AssertionError(e);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw Fault.noFreshInstance(e.toString());
    }
  }

  /** What other extensions have put into annotated fields, such as a mock or a temporary directory, is put there again; and so are the extensions themselves. */
  private void inject(Object old, Object fresh) {
    try {
      for (Injected i : injected) {
        if (i.into == old && (isExtension(i.field) || isDefault(i.field, i.field.get(fresh)))) {
          i.field.set(fresh, i.value);
        }
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw Fault.noFreshInstance(e.toString());
    }
  }

  private static boolean isDefault(Field f, @Nullable Object value) {
    return Objects.equals(value, Array.get(Array.newInstance(f.getType(), 1), 0));
  }

  /** One that JUnit calls, and no other in its place. */
  private static boolean isExtension(Field f) {
    return AnnotationSupport.isAnnotated(f, RegisterExtension.class);
  }
}

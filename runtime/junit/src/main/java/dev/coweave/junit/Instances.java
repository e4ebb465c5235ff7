package dev.coweave.junit;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstances;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** The instances of a test's class, and of those around it: JUnit's own, and fresh ones in their place for other seeds. */
final class Instances {
  private final ExtensionContext context;
  private final Simulation sim;
  private final IdentityHashMap<Object, Object> made = new IdentityHashMap<>();

  /** JUnit's own. */
  @SuppressWarnings("NullAway") // there is no other world yet
  Instances(ExtensionContext context) {
    this(context, null);
  }

  private Instances(ExtensionContext context, Simulation sim) {
    this.context = context;
    this.sim = sim;
  }

  /** Fresh ones for another world; but if JUnit keeps one instance for all tests, then so do all seeds. */
  Instances fresh(Simulation other) {
    Instances fresh = new Instances(context, other);
    if (context.getTestInstanceLifecycle().orElse(Lifecycle.PER_METHOD) == Lifecycle.PER_METHOD) {
      Object outer = null;
      for (Object old : all()) {
        outer = fresh.make(old, outer);
      }
    }
    return fresh;
  }

  private List<Object> all() {
    return context.getTestInstances().map(TestInstances::getAllInstances).orElse(List.of());
  }

  /** The one in an instance's place. */
  Object of(Object junits) {
    return made.getOrDefault(junits, junits);
  }

  /** Arguments as they were resolved, but for the world. */
  Object[] arguments(Object[] resolved) {
    return Arrays.stream(resolved).map(a -> a instanceof Simulation ? sim : a).toArray();
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

  /** What other extensions have put into annotated fields, such as a mock or a temporary directory, is put there again. */
  private static void inject(Object old, Object fresh) {
    for (Field f :
        ReflectionSupport.findFields(
            old.getClass(),
            f ->
                f.getAnnotations().length > 0
                    && !f.getType().isPrimitive()
                    && (f.getModifiers() & (Modifier.STATIC | Modifier.FINAL)) == 0,
            HierarchyTraversalMode.TOP_DOWN)) {
      try {
        f.setAccessible(true);
        if (f.get(fresh) == null) {
          f.set(fresh, f.get(old));
        }
      } catch (ReflectiveOperationException | RuntimeException e) {
        throw Fault.noFreshInstance(e.toString());
      }
    }
  }
}

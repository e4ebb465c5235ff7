package dev.coweave.agent;

import java.lang.instrument.Instrumentation;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/** The classes that were loaded before the agent came, and that so will never be woven. */
final class LoadedBefore {
  /** None, as if the agent had been there from the start. */
  static final LoadedBefore NOTHING = new LoadedBefore(Map.of());

  private final Map<ClassLoader, Set<String>> classes;

  private LoadedBefore(Map<ClassLoader, Set<String>> classes) {
    this.classes = classes;
  }

  /** The classes of users that are loaded now. */
  static LoadedBefore in(Instrumentation jvm) {
    Map<ClassLoader, Set<String>> classes = new WeakHashMap<>();
    for (Class<?> c : jvm.getAllLoadedClasses()) {
      ClassLoader loader = c.getClassLoader();
      if (loader != null && !c.isArray() && !c.isHidden()) {
        classes.computeIfAbsent(loader, l -> new HashSet<>()).add(c.getName().replace('.', '/'));
      }
    }
    return new LoadedBefore(classes);
  }

  /**
   * Whether the class that a loader's classes know by a name is one of these: its own, or one of a parent that it asks first.
   *
   * @param internalName such as {@code com/acme/Service}
   */
  boolean contains(ClassLoader loader, String internalName) {
    for (ClassLoader l = loader; l != null; l = asksItsParentFirst(l) ? l.getParent() : null) {
      Set<String> before = classes.get(l);
      if (before != null && before.contains(internalName)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a loader leaves it to {@link ClassLoader} whom to ask; others may prefer classes of their own. */
  private static boolean asksItsParentFirst(ClassLoader loader) {
    for (@Nullable Class<?> c = loader.getClass();
        c != null && c != ClassLoader.class;
        c = c.getSuperclass()) {
      if (declaresLoadClass(c, String.class) || declaresLoadClass(c, String.class, boolean.class)) {
        return false;
      }
    }
    return true;
  }

  private static boolean declaresLoadClass(Class<?> c, Class<?>... parameters) {
    try {
      return c.getDeclaredMethod("loadClass", parameters) != null;
    } catch (NoSuchMethodException e) {
      return false;
    } catch (LinkageError e) {
      return true; // nothing is known of it
    }
  }
}

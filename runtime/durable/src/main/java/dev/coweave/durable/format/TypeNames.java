package dev.coweave.durable.format;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which classes a program's runs may contain, and their stored names: those that the classes of its durable methods name, what these are made
 * of, and those that are marked. No other is created, whatever is stored. Thread-safe.
 */
public final class TypeNames {
  /**
   * What a class says of how it is stored.
   *
   * @param name its stored name; empty for its own
   * @param aliases names under which it was stored before
   */
  public record Mark(String name, List<String> aliases) {}

  private final ClassLoader loader;
  private final Function<Class<?>, @Nullable Mark> marks;
  private final Map<String, Class<?>> byName = new ConcurrentHashMap<>();
  private final Set<Class<?>> admitted = ConcurrentHashMap.newKeySet();
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  /**
   * Names of the classes of a loader.
   *
   * @param loader where they are found; finding one doesn't initialise it
   * @param marks tells whether a class says that it may be stored, and how
   */
  public TypeNames(ClassLoader loader, Function<Class<?>, @Nullable Mark> marks) {
    this.loader = loader;
    this.marks = marks;
  }

  /** Where classes are found. */
  public ClassLoader loader() {
    return loader;
  }

  /** Admits the classes of these names that are there, and what they are made of. */
  public void admit(Collection<String> names) {
    for (String name : names) {
      if (seen.add(name)) {
        Class<?> c = find(name);
        if (c != null) {
          admit(c);
        }
      }
    }
  }

  /** Admits a class and what it is made of. */
  public void admit(Class<?> c) {
    Class<?> type = c;
    while (type.isArray()) {
      type = type.getComponentType();
    }
    if (!type.isPrimitive() && admitted.add(type)) {
      name(type);
    }
  }

  private void name(Class<?> type) {
    byName.putIfAbsent(nameOf(type), type);
    Mark mark = marks.apply(type);
    if (mark != null) {
      mark.aliases().forEach(alias -> byName.putIfAbsent(alias, type));
    }
    Class<?>[] permitted = type.getPermittedSubclasses();
    if (permitted != null) {
      List.of(permitted).forEach(this::admit);
    }
    if (type.isRecord()) {
      for (RecordComponent part : type.getRecordComponents()) {
        admit(part.getGenericType());
      }
    } else if (mark != null) {
      fieldsOf(type).forEach(f -> admit(f.getGenericType()));
    }
  }

  private void admit(Type type) {
    TypeRef ref = TypeRef.OBJECT.resolve(type);
    admit(ref);
  }

  private void admit(TypeRef ref) {
    if (!ref.raw().getName().startsWith("java.") || ref.raw().isEnum()) {
      admit(ref.raw());
    }
    ref.arguments().forEach(this::admit);
  }

  /** The stored name of a class. Names of the JDK's classes that are stored have no dot. */
  String nameOf(Class<?> c) {
    Mark mark = marks.apply(c);
    if (mark != null && !mark.name().isEmpty()) {
      return mark.name();
    }
    return c.getPackageName().isEmpty() ? "." + c.getName() : c.getName();
  }

  /** The names that a class was stored under before. */
  public List<String> aliases(Class<?> c) {
    Mark mark = marks.apply(c);
    return mark == null ? List.of() : mark.aliases();
  }

  /** Whether values of a class may be stored and loaded. */
  boolean admits(Class<?> c) {
    return admitted.contains(c) || isMarked(c);
  }

  /** Whether a class says itself that it may be stored. */
  boolean isMarked(Class<?> c) {
    return marks.apply(c) != null;
  }

  /** The class of a stored name; null if the program doesn't name it. */
  @Nullable Class<?> classOf(String name) {
    Class<?> c = byName.get(name);
    if (c != null) {
      return c;
    }
    Class<?> marked = find(name.startsWith(".") ? name.substring(1) : name);
    return marked != null && isMarked(marked) && nameOf(marked).equals(name) ? marked : null;
  }

  /** The class that the code that stored a run called so; null if there is none. */
  @Nullable Class<?> named(String name) {
    Class<?> c = find(name);
    return c != null ? c : byName.get(name);
  }

  private @Nullable Class<?> find(String name) {
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  /** The fields of a class that are stored, its superclasses' first. */
  static List<Field> fieldsOf(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    Class<?> parent = type.getSuperclass();
    if (parent != null && parent != Object.class) {
      fields.addAll(fieldsOf(parent));
    }
    for (Field f : type.getDeclaredFields()) {
      if ((f.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0 && !f.isSynthetic()) {
        fields.add(f);
      }
    }
    return fields;
  }
}

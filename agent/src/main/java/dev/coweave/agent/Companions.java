package dev.coweave.agent;

import dev.coweave.weave.CompanionMark;
import dev.coweave.weave.WeaveResult;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Defines the classes that were made for a woven class, in its package and loader, while that class is being transformed: so
 * they are there before anything can link to them.
 *
 * <p>No lock is held meanwhile: to define a class the JVM may take the loader's lock, and a thread that has it may be waiting
 * for us.
 */
final class Companions {
  private final Instrumentation jvm;
  private final MethodHandle define;
  private final MethodHandle find;

  /** The shape of each companion that was defined, by its name, so that a redefined owner gets no frames of another shape. */
  private final Map<ClassLoader, Map<String, Integer>> shapes =
      Collections.synchronizedMap(new WeakHashMap<>());

  private Companions(Instrumentation jvm, MethodHandle define, MethodHandle find) {
    this.jvm = jvm;
    this.define = define;
    this.find = find;
  }

  /**
   * Companions defined by {@link ClassLoader}'s protected methods, which the JVM lets an agent open to itself.
   *
   * @param jvm the agent's way into the JVM
   */
  static Companions in(Instrumentation jvm) {
    Module here = Companions.class.getModule();
    jvm.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang", Set.of(here)),
        Set.of(),
        Map.of());
    try {
      MethodHandles.Lookup lookup =
          MethodHandles.privateLookupIn(ClassLoader.class, MethodHandles.lookup());
      MethodType definesClass =
          MethodType.methodType(
              Class.class,
              String.class,
              byte[].class,
              int.class,
              int.class,
              ProtectionDomain.class);
      return new Companions(
          jvm,
          lookup.findVirtual(ClassLoader.class, "defineClass", definesClass),
          lookup.findVirtual(
              ClassLoader.class,
              "findLoadedClass",
              MethodType.methodType(Class.class, String.class)));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "java.lang was opened to " + here + ", and still can't be entered", e);
    }
  }

  /**
   * Defines companions. One that is defined already is left as it is: two threads may be defining the same owner.
   *
   * @param loader the owner's loader
   * @param domain the owner's protection domain
   * @param owner what the weaver made of the owner
   * @throws LinkageError if the JVM refuses one, or has another of that name
   */
  void define(ClassLoader loader, @Nullable ProtectionDomain domain, WeaveResult owner) {
    owner
        .shapes()
        .forEach(
            (name, shape) -> {
              Integer before = of(loader).putIfAbsent(name, shape);
              if (before != null && !before.equals(shape)) {
                throw new LinkageError(name + " was defined already, with another shape");
              }
            });
    owner
        .companions()
        .forEach((name, bytes) -> define(loader, domain, name.replace('/', '.'), bytes));
  }

  /**
   * The companions of a class that is being redefined follow it: their fields stay, lines in traces may change.
   *
   * @param loader the owner's loader
   * @param domain the owner's protection domain
   * @param owner what the weaver makes of the owner now
   * @return a companion that would need other fields or states, so that activations which are parked couldn't go on; then nothing
   *     was done. Null if there is none
   * @throws UnmodifiableClassException never: a companion is an ordinary class
   * @throws ClassNotFoundException never
   */
  @Nullable String redefine(
      ClassLoader loader, @Nullable ProtectionDomain domain, WeaveResult owner)
      throws UnmodifiableClassException, ClassNotFoundException {
    for (Map.Entry<String, Integer> companion : owner.shapes().entrySet()) {
      Integer before = shape(loader, companion.getKey());
      if (before != null && !before.equals(companion.getValue())) {
        return companion.getKey();
      }
    }
    List<ClassDefinition> loaded = new ArrayList<>();
    owner
        .companions()
        .forEach(
            (name, bytes) -> {
              Class<?> c = find(loader, name.replace('/', '.'));
              if (c != null) {
                loaded.add(new ClassDefinition(c, bytes));
              }
            });
    define(loader, domain, owner);
    // The JVM allows it from inside the redefinition of the owner.
    jvm.redefineClasses(loaded.toArray(ClassDefinition[]::new));
    return null;
  }

  /** Whether this agent has woven a class, which so has the members that the weaver adds. */
  boolean belongTo(Class<?> owner) {
    String prefix = owner.getName().replace('.', '/') + "$$";
    return of(owner.getClassLoader()).keySet().stream().anyMatch(n -> n.startsWith(prefix));
  }

  private Map<String, Integer> of(ClassLoader loader) {
    return shapes.computeIfAbsent(loader, l -> new ConcurrentHashMap<>());
  }

  /** The shape of a companion that was defined here, or by a build and is to be found beside its owner. */
  private @Nullable Integer shape(ClassLoader loader, String name) {
    Integer here = of(loader).get(name);
    if (here != null) {
      return here;
    }
    try (InputStream in = loader.getResourceAsStream(name + ".class")) {
      return in == null ? null : CompanionMark.shapeIn(in.readAllBytes());
    } catch (IOException | RuntimeException | LinkageError e) {
      return null; // as if it were not there
    }
  }

  private void define(
      ClassLoader loader, @Nullable ProtectionDomain domain, String name, byte[] bytes) {
    try {
      if (find(loader, name) != null) {
        return;
      }
      Class<?> unused = (Class<?>) define.invokeExact(loader, name, bytes, 0, bytes.length, domain);
    } catch (LinkageError e) {
      // Another thread was faster: then the JVM says so only when its class is there.
      if (find(loader, name) == null) {
        throw e;
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("defineClass declares no checked exceptions", e);
    }
  }

  /** A class that this very loader has defined; it also remembers those that others found for it. */
  private @Nullable Class<?> find(ClassLoader loader, String name) {
    try {
      Class<?> c = (Class<?>) find.invokeExact(loader, name);
      return c != null && c.getClassLoader() == loader ? c : null;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("findLoadedClass declares no checked exceptions", e);
    }
  }
}

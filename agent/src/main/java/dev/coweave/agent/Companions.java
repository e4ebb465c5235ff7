package dev.coweave.agent;

import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.Collections;
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
  private final MethodHandle define;
  private final MethodHandle find;

  /** The hash of each companion that was defined, by its name, so that a redefined owner gets no frames of another shape. */
  private final Map<ClassLoader, Map<String, Integer>> defined =
      Collections.synchronizedMap(new WeakHashMap<>());

  private Companions(MethodHandle define, MethodHandle find) {
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
   * @param companions class files by internal name
   * @throws LinkageError if the JVM refuses one, or has another of that name
   */
  void define(
      ClassLoader loader, @Nullable ProtectionDomain domain, Map<String, byte[]> companions) {
    Map<String, Integer> hashes = defined.computeIfAbsent(loader, l -> new ConcurrentHashMap<>());
    companions.forEach(
        (name, bytes) -> {
          int hash = Arrays.hashCode(bytes);
          Integer before = hashes.putIfAbsent(name, hash);
          if (before != null && before != hash) {
            throw new LinkageError(name + " was defined already, with another shape");
          }
          define(loader, domain, name.replace('/', '.'), bytes);
        });
  }

  private void define(
      ClassLoader loader, @Nullable ProtectionDomain domain, String name, byte[] bytes) {
    try {
      if (isDefined(loader, name)) {
        return;
      }
      Class<?> unused = (Class<?>) define.invokeExact(loader, name, bytes, 0, bytes.length, domain);
    } catch (LinkageError e) {
      // Another thread was faster: then the JVM says so only when its class is there.
      if (!isDefined(loader, name)) {
        throw e;
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("defineClass declares no checked exceptions", e);
    }
  }

  private boolean isDefined(ClassLoader loader, String name) {
    try {
      return (Class<?>) find.invokeExact(loader, name) != null;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("findLoadedClass declares no checked exceptions", e);
    }
  }
}

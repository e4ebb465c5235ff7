package dev.coweave.coroutine;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Links the places where coroutine lambdas are made, in classes that the agent wove. A lambda's class names its functional
 * interface, and defining it while the owner is still being transformed would load that interface too early; so its bytes
 * travel in the owner, as constants, and become a class when the lambda is first made.
 */
public final class LambdaLinker {
  /**
   * The lambdas of each class that makes some, by their names. A loader isn't asked for them by name: one that asks its parent first
   * would answer with the class of the same lambda there, where its owner was woven too.
   */
  private static final ClassValue<Map<String, Class<?>>> DEFINED =
      new ClassValue<>() {
        @Override
        protected Map<String, Class<?>> computeValue(Class<?> owner) {
          return new ConcurrentHashMap<>();
        }
      };

  private LambdaLinker() {}

  /**
   * The bootstrap method.
   *
   * @param lookup the class that makes the lambda
   * @param name the static method of the lambda's class that makes one
   * @param type what it captures, and its functional interface
   * @param className the lambda's class
   * @param bytes its class file, a char a byte, in pieces
   */
  public static CallSite link(
      Lookup lookup, String name, MethodType type, String className, String... bytes)
      throws ReflectiveOperationException {
    return new ConstantCallSite(lookup.findStatic(define(lookup, className, bytes), name, type));
  }

  /** The lambda's class, defined where it is first made. No lock is held meanwhile: the JVM may take the loader's. */
  private static Class<?> define(Lookup lookup, String className, String... bytes)
      throws IllegalAccessException {
    Map<String, Class<?>> defined = DEFINED.get(lookup.lookupClass());
    Class<?> known = defined.get(className);
    if (known == null) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (String piece : bytes) {
        out.writeBytes(piece.getBytes(StandardCharsets.ISO_8859_1));
      }
      known = define(lookup, className, out.toByteArray());
      defined.put(className, known);
    }
    return known;
  }

  private static Class<?> define(Lookup lookup, String className, byte[] classFile)
      throws IllegalAccessException {
    try {
      return lookup.defineClass(classFile);
    } catch (LinkageError e) {
      // Another thread was faster; then the JVM knows the class of that name in this very loader,
      // and asks nobody.
      ClassLoader loader = lookup.lookupClass().getClassLoader();
      try {
        Class<?> other = Class.forName(className, false, loader);
        if (other.getClassLoader() == loader) {
          return other;
        }
      } catch (ClassNotFoundException none) {
        e.addSuppressed(none);
      }
      throw e;
    }
  }
}

package dev.coweave.coroutine;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;

/**
 * Links the places where coroutine lambdas are made, in classes that the agent wove. A lambda's class names its functional
 * interface, and defining it while the owner is still being transformed would load that interface too early; so its bytes
 * travel in the owner, as constants, and become a class when the lambda is first made.
 */
public final class LambdaLinker {
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

  private static Class<?> define(Lookup lookup, String className, String... bytes)
      throws ReflectiveOperationException {
    // Two places may share a class, and two threads may link one place.
    synchronized (
        lookup.lookupClass().getClassLoader() == null
            ? LambdaLinker.class
            : lookup.lookupClass().getClassLoader()) {
      try {
        return Class.forName(className, false, lookup.lookupClass().getClassLoader());
      } catch (ClassNotFoundException e) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String piece : bytes) {
          out.writeBytes(piece.getBytes(StandardCharsets.ISO_8859_1));
        }
        return lookup.defineClass(out.toByteArray());
      }
    }
  }
}

package dev.coweave.coroutine;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;

/**
 * Tells the classes that were woven from those that others made of them at run time. A proxy that overrides each method it can, Spring's
 * and the JDK's among them, overrides {@link Woven#coweave$class} too: asking it would run the user's advice.
 */
final class WovenClasses {
  private static final int SYNTHETIC = 0x1000;

  private static final ClassValue<Boolean> WOVEN =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> c) {
          return !Proxy.isProxyClass(c) && !overridesAWovenClass(c);
        }
      };

  private WovenClasses() {}

  /** Whether a class that implements {@link Woven} may be asked. */
  static boolean contain(Class<?> c) {
    // The class of a coroutine lambda is synthetic, no proxy's is: spares lambdas the look-up.
    return (c.getModifiers() & SYNTHETIC) != 0 || WOVEN.get(c);
  }

  /** Whether a class answers for itself without being the weaver's, whose method is synthetic and, unlike CGLIB's, not final. */
  private static boolean overridesAWovenClass(Class<?> c) {
    try {
      Class<?> parent = c.getSuperclass();
      if (parent == null || !Woven.class.isAssignableFrom(parent)) {
        return false; // written by hand, or the topmost that was woven
      }
      Method answer = c.getDeclaredMethod("coweave$class");
      return !answer.isSynthetic() || Modifier.isFinal(answer.getModifiers());
    } catch (NoSuchMethodException e) {
      return false; // it gives its superclass's answer
    } catch (LinkageError e) {
      return false; // A type that one of its methods names is missing: no proxy could have been
      // made.
    }
  }
}

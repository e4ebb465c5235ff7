package dev.coweave.coroutine;

import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Tells the classes that were woven from those that others made of them at run time. A proxy that overrides each method it can, Spring's
 * and the JDK's among them, overrides {@link Woven#coweave$class} too: asking it would run the user's advice.
 *
 * <p>What woven code calls is here and not in {@link Woven}: class files before Java 8 can't call an interface's static methods.
 */
public final class WovenClasses {
  private static final int SYNTHETIC = 0x1000;

  /** A private static field in each class of the weaver's that answers: Byte Buddy's proxies override even what is synthetic. */
  public static final String MARK = "coweave$woven";

  private static final ClassValue<Boolean> WOVEN =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> c) {
          return !Proxy.isProxyClass(c) && !overridesAWovenClass(c);
        }
      };

  private WovenClasses() {}

  /**
   * Whether an object may be asked for its {@link Woven#coweave$class}; what woven code asks first at a call through an interface.
   *
   * @param receiver any object
   */
  public static boolean mayAnswer(@Nullable Object receiver) {
    return receiver instanceof Woven && contain(receiver.getClass()) && !Mocks.contain(receiver);
  }

  /**
   * Whether the twins of an object may be entered; what woven code asks at a call through a class.
   *
   * @param receiver any object
   * @param expected the class: what the receiver mostly is
   */
  public static boolean enter(@Nullable Object receiver, Class<?> expected) {
    if (!(receiver instanceof Woven w)) {
      return false;
    }
    Class<?> c = receiver.getClass();
    return (c == expected || contain(c)) && !Mocks.contain(w) && w.coweave$class() == c;
  }

  /** Whether a class that implements {@link Woven} may be asked. */
  static boolean contain(Class<?> c) {
    // The class of a coroutine lambda is synthetic, no proxy's is; and who overrides a woven
    // class, or is a JDK proxy, extends another class than these two. That spares most the
    // look-up, which C2 can't fold.
    Class<?> parent = c.getSuperclass();
    return parent == Object.class
        || parent == Record.class
        || (c.getModifiers() & SYNTHETIC) != 0
        || WOVEN.get(c);
  }

  /** Whether a class answers for itself without being the weaver's, which leaves a mark that nobody inherits or overrides. */
  private static boolean overridesAWovenClass(Class<?> c) {
    try {
      Class<?> parent = c.getSuperclass();
      if (parent == null || !Woven.class.isAssignableFrom(parent)) {
        return false; // written by hand, or the topmost that was woven
      }
      if (c.getDeclaredMethod("coweave$class") == null) {
        return false;
      }
    } catch (NoSuchMethodException e) {
      return false; // it returns its superclass's answer
    } catch (LinkageError e) {
      return false; // A type that one of its methods names is missing: no proxy could have been
      // made.
    }
    try {
      return c.getDeclaredField(MARK) == null;
    } catch (NoSuchFieldException e) {
      return true;
    } catch (LinkageError e) {
      return false; // likewise
    }
  }
}

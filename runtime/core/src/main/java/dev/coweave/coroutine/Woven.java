package dev.coweave.coroutine;

import org.jspecify.annotations.Nullable;

/**
 * Implemented by each woven class that has or inherits coroutine methods. A caller enters a twin only where the receiver's
 * exact class was woven; a proxy, a mock or an unwoven subclass inherits this interface and the answer of its superclass,
 * which is then not its own class, and is called by its plain method.
 */
public interface Woven {
  /** The class that the weaver wrote, overridden in each. */
  Class<?> coweave$class();

  /**
   * Whether the twins of an object may be entered; what woven code does in line at a call through an interface.
   *
   * @param receiver any object
   */
  static boolean is(@Nullable Object receiver) {
    return receiver instanceof Woven w
        && WovenClasses.mayAnswer(receiver)
        && w.coweave$class() == receiver.getClass();
  }
}

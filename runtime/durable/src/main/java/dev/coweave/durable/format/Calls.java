package dev.coweave.durable.format;

import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Point;
import dev.coweave.durable.frame.Program;
import java.lang.invoke.MethodType;
import java.lang.reflect.Modifier;

/** Whether a frame returns to a call of its method. */
final class Calls {
  private Calls() {}

  /**
   * Checks that the point where a caller stands calls the method of the next frame.
   *
   * @throws FormatException if it doesn't
   */
  static void check(Point point, DurableMethod callee, Program program) {
    String call = point.callee();
    int desc = call.indexOf('(');
    int name = desc < 0 ? -1 : call.lastIndexOf('.', desc);
    if (name < 0
        || !call.substring(name + 1, desc).equals(callee.name())
        || !isOf(call.substring(0, name), callee.owner(), program)
        || !isSame(call, desc, callee, call.substring(0, name).equals(callee.owner()), program)) {
      throw new FormatException(
          Fault.CALL_CHANGED,
          point.key()
              + " calls "
              + (call.isEmpty() ? "nothing" : call)
              + ", and the run stands in "
              + callee);
    }
  }

  /** Whether a call's descriptor is its callee's, or that of a bridge to it: that lies between a class and its subclass alone. */
  private static boolean isSame(
      String call, int at, DurableMethod callee, boolean sameOwner, Program program) {
    String desc = call.substring(at);
    if (desc.equals(callee.desc()) || sameOwner) {
      return desc.equals(callee.desc());
    }
    try {
      MethodType declared = MethodType.fromMethodDescriptorString(desc, program.loader());
      MethodType actual = MethodType.fromMethodDescriptorString(callee.desc(), program.loader());
      boolean fits =
          declared.parameterCount() == actual.parameterCount()
              && declared.returnType().isAssignableFrom(actual.returnType());
      for (int i = 0; fits && i < actual.parameterCount(); i++) {
        fits = declared.parameterType(i).isAssignableFrom(actual.parameterType(i));
      }
      return fits;
    } catch (TypeNotPresentException e) {
      return false;
    }
  }

  /** Whether there can be an object of both classes: a call may reach a method of a superclass, a subclass or another interface of its object's. */
  private static boolean isOf(String declared, String actual, Program program) {
    if (declared.equals(actual)) {
      return true;
    }
    Class<?> of = program.classOf(declared);
    Class<?> in = program.classOf(actual);
    return of != null
        && in != null
        && (of.isAssignableFrom(in) || in.isAssignableFrom(of) || mayMeet(of, in));
  }

  private static boolean mayMeet(Class<?> a, Class<?> b) {
    return (a.isInterface() && !Modifier.isFinal(b.getModifiers()))
        || (b.isInterface() && !Modifier.isFinal(a.getModifiers()));
  }
}

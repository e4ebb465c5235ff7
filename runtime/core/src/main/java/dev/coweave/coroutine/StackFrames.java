package dev.coweave.coroutine;

import java.lang.StackWalker.StackFrame;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Tells of a frame of a thread's stack what it is: the user's, the runtime's, a coroutine's. */
final class StackFrames {
  /** The runtime's root package, which shading may have renamed. */
  static final String ROOT = StackFrames.class.getPackageName().replaceFirst("\\.[^.]*$", "");

  private static final String CONTINUATION = ROOT + ".coroutine.Continuation";

  private static final Set<String> RUNTIME =
      Set.of(
          ROOT,
          ROOT + ".coroutine",
          ROOT + ".generator",
          ROOT + ".flow",
          ROOT + ".task",
          ROOT + ".loop",
          ROOT + ".sync",
          ROOT + ".wait");

  /** The annotations of coroutines. */
  private static final Set<String> MARKS =
      Set.of(ROOT + ".Coroutine", ROOT + ".junit.CoroutineTest");

  /** Whether a class has a {@linkplain #isWovenBody body} at all: asking a frame for its method's type costs more than walking over it. */
  private static final ClassValue<Boolean> HAS_BODIES =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> c) {
          try {
            return Arrays.stream(c.getDeclaredMethods())
                .anyMatch(m -> hasContinuation(List.of(m.getParameterTypes())));
          } catch (LinkageError e) {
            return true; // A type that a method names is missing.
          }
        }
      };

  private StackFrames() {}

  static String name(StackFrame frame) {
    return frame.getClassName() + "." + frame.getMethodName();
  }

  /** Whether a compiler added a method that leads to a coroutine; see the weaver's CompilerGenerated. */
  static boolean isForwarder(StackFrame frame) {
    String name = frame.getMethodName();
    try {
      return name.startsWith("access$")
          || name.endsWith("$default")
          || frame
              .getDeclaringClass()
              .getDeclaredMethod(name, frame.getMethodType().parameterArray())
              .isBridge();
    } catch (ReflectiveOperationException | LinkageError e) {
      return false;
    }
  }

  /** Whether a frame is of the user's code: neither the runtime's own nor of a class that the weaver added. */
  static boolean isUsers(StackFrame frame) {
    Class<?> c = frame.getDeclaringClass();
    return !c.isSynthetic() && !isRuntime(c);
  }

  static boolean isRuntime(Class<?> c) {
    return isRuntime(c.getPackageName());
  }

  /** Whether a package is one of the runtime's. */
  static boolean isRuntime(String packageName) {
    return RUNTIME.contains(packageName);
  }

  /** A twin, a resume copy or a generator's body: what has a continuation among its parameters. */
  static boolean isWovenBody(StackFrame frame) {
    return HAS_BODIES.get(frame.getDeclaringClass())
        && hasContinuation(frame.getMethodType().parameterList());
  }

  static boolean isCoroutine(StackFrame frame) {
    try {
      return isAnnotated(
          frame
              .getDeclaringClass()
              .getDeclaredMethod(frame.getMethodName(), frame.getMethodType().parameterArray()));
    } catch (ReflectiveOperationException | LinkageError e) {
      // <init>, <clinit>, or a class whose dependencies are missing: not a coroutine that we know
      // of.
      return false;
    }
  }

  /** By name: the package of the annotation uses this one, for the twins of its interfaces. */
  static boolean isAnnotated(Method method) {
    return Arrays.stream(method.getDeclaredAnnotations())
        .anyMatch(a -> MARKS.contains(a.annotationType().getName()));
  }

  /** By name, for continuations use this class. */
  private static boolean hasContinuation(List<Class<?>> parameters) {
    return parameters.stream().anyMatch(c -> c.getName().equals(CONTINUATION));
  }
}

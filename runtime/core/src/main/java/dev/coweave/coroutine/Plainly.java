package dev.coweave.coroutine;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.lang.reflect.Proxy;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a coroutine was called as plain code does, from within another: for messages.
 *
 * @param all the thread's stack, innermost first
 * @param stack the frames of the user's code in it, and of libraries
 * @param inner the first in it that is neither the coroutine nor its plain entry
 * @param outer the first behind it that is a coroutine again
 */
record Plainly(List<StackFrame> all, List<StackFrame> stack, int inner, int outer) {
  private static final StackWalker WALKER = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);

  /** Sees the objects of lambdas too. */
  private static final StackWalker HIDDEN =
      StackWalker.getInstance(Set.of(Option.RETAIN_CLASS_REFERENCE, Option.SHOW_HIDDEN_FRAMES));

  private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

  private static final String FIX_OF_LIBRARIES =
      "let the method that is called through it return a CompletableFuture, and await that, for a"
          + " library's, a proxy's or an aspect's can't be made a @Coroutine; or start a task:"
          + " Task.start(() -> …)";

  private static final String FIX_OF_CALLBACKS =
      "; or write it without one: a loop, for an assertion coweave-junit's CoroutineAssertions, or"
          + " 'try { …; fail(); } catch (TheException e) { … }'";

  /** The calling thread's. */
  static Plainly here() {
    List<StackFrame> all = WALKER.walk(frames -> frames.collect(Collectors.toList()));
    List<StackFrame> stack = all.stream().filter(StackFrames::isUsers).toList();
    int innermost = stack.isEmpty() ? 0 : all.indexOf(stack.get(0));
    boolean calledPlainly =
        innermost > 0
            && StackFrames.isRuntime(all.get(innermost - 1).getDeclaringClass())
            && !StackFrames.isWovenBody(all.get(innermost - 1));
    int inner = 0;
    while (!calledPlainly && inner < stack.size() && StackFrames.isWovenBody(stack.get(inner))) {
      inner++;
    }
    while (inner < stack.size()
        && (StackFrames.isCoroutine(stack.get(inner))
            || (inner > 0 && StackFrames.isForwarder(stack.get(inner))))) {
      inner++;
    }
    int outer = inner;
    while (outer < stack.size() && !StackFrames.isWovenBody(stack.get(outer))) {
      outer++;
    }
    return new Plainly(all, stack, inner, outer);
  }

  /** The coroutine around it. */
  @Nullable StackTraceElement around() {
    return outer < stack.size() ? stack.get(outer).toStackTraceElement() : null;
  }

  /**
   * Says how the operation was reached, and the way out.
   *
   * @param always whether {@code fix} is right in any case
   * @param fix for the user's own methods
   */
  String reached(boolean always, String fix) {
    StackFrame plain = inner < stack.size() ? stack.get(inner) : null;
    String library = plain == null || around() == null ? null : library(plain);
    return "it was reached through the plain method "
        + (plain == null ? "plain code" : plain.toStackTraceElement())
        + ", which can't be suspended"
        + (library == null ? "" : library)
        + "\n  fix: "
        + (always || plain == null ? fix : fix(plain, library != null, fix));
  }

  private String fix(StackFrame plain, boolean isCallback, String usual) {
    String name = plain.getMethodName();
    if (isCallback) {
      boolean isMethod = !isLambda(plain) && !isJdks(plain);
      return "wait before the call, and use the outcome in the "
          + (isMethod ? "method" : "lambda")
          + FIX_OF_CALLBACKS;
    }
    if (name.startsWith("<")) {
      return "wait in a method, before or after, for "
          + (name.equals("<clinit>") ? "a static initialiser" : "a constructor")
          + " can't be a @Coroutine; or start a task: Task.start(() -> …)";
    }
    return throughALibrary() ? FIX_OF_LIBRARIES : usual;
  }

  /**
   * The library that calls a method of the program's, and as what: {@code ": org.acme.Assert.throws calls it as an org.acme.Executable, …"}.
   * Empty if the method is the JDK's own, null if no library is known.
   */
  private @Nullable String library(StackFrame plain) {
    if (isJdks(plain)) {
      return throughALibrary() ? null : "";
    }
    StackFrame caller =
        all.stream()
            .skip(all.indexOf(plain) + 1L)
            .dropWhile(StackFrames::isForwarder)
            .findFirst()
            .orElse(null);
    if (caller == null || StackFrames.isRuntime(caller.getDeclaringClass()) || isProxy(caller)) {
      return null;
    }
    if (!isLambda(plain)) {
      return isJdks(caller) ? ": " + StackFrames.name(caller) + " calls it, no @Coroutine" : null;
    }
    Class<?> type = isOfSameProgram(caller, plain) ? null : typeOf(plain);
    return type == null
        ? null
        : ": "
            + StackFrames.name(caller)
            + " calls it as a "
            + type.getName()
            + ", whose method is no @Coroutine";
  }

  /** The interface by which a lambda is called. */
  private static @Nullable Class<?> typeOf(StackFrame lambda) {
    return HIDDEN.walk(
        frames ->
            frames
                .dropWhile(f -> !isSame(f, lambda))
                .skip(1)
                .limit(1)
                .map(StackFrame::getDeclaringClass)
                .filter(c -> c.isHidden() && c.getInterfaces().length > 0)
                .<Class<?>>map(c -> c.getInterfaces()[0])
                .findFirst()
                .orElse(null));
  }

  private static boolean isSame(StackFrame one, StackFrame other) {
    return one.getDeclaringClass() == other.getDeclaringClass()
        && one.getMethodName().equals(other.getMethodName())
        && one.getByteCodeIndex() == other.getByteCodeIndex();
  }

  private static boolean isLambda(StackFrame frame) {
    return frame.getMethodName().startsWith("lambda$");
  }

  private static boolean isJdks(StackFrame frame) {
    ClassLoader loader = frame.getDeclaringClass().getClassLoader();
    return loader == null || loader == PLATFORM;
  }

  private static boolean isProxy(StackFrame frame) {
    return Proxy.isProxyClass(frame.getDeclaringClass());
  }

  private static boolean isOfSameProgram(StackFrame one, StackFrame other) {
    return one.getDeclaringClass().getModule() == other.getDeclaringClass().getModule()
        && domain(one) == domain(other);
  }

  /** Whether code of another program than the coroutine's stands in between: a proxy's or an aspect's, say. */
  private boolean throughALibrary() {
    return outer < stack.size()
        && stack.subList(inner, outer).stream()
            .filter(f -> f.getDeclaringClass().getClassLoader() != null) // the JDK's
            .anyMatch(f -> domain(f) != domain(stack.get(outer)));
  }

  private static @Nullable ProtectionDomain domain(StackFrame frame) {
    return frame.getDeclaringClass().getProtectionDomain();
  }
}

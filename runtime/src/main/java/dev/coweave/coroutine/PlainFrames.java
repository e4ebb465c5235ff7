package dev.coweave.coroutine;

import java.lang.StackWalker.StackFrame;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the thread's stack to tell a user what went wrong: which method was never woven, which plain method stands between a
 * coroutine and the coroutine that wants to wait. Only used where something failed or is about to block.
 */
public final class PlainFrames {
  private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
  private static final String HOW_TO_WEAVE =
      "  fix: run with -javaagent:coweave-agent.jar, or weave at build time with the goal 'weave' of dev.coweave:coweave-maven-plugin"
          + " (or 'java -jar coweave-agent.jar weave DIR')";

  private PlainFrames() {}

  /**
   * The error of a suspending operation that was called by its plain method from a {@code @Coroutine} method: that method was
   * not woven. Null where the caller bears no annotation, for it may make plain calls.
   *
   * @param operation its name as the user wrote it, such as {@code Task.await}
   */
  public static @Nullable IllegalStateException callerNotWoven(String operation) {
    return WALKER.walk(frames -> frames.filter(PlainFrames::isUsers).findFirst())
        .filter(PlainFrames::isCoroutine)
        .map(caller -> notWoven(operation, caller))
        .orElse(null);
  }

  /**
   * The error of an operation that only makes sense in woven code, called from code that is not.
   *
   * @param operation its name as the user wrote it, such as {@code Generator.yield}
   */
  public static IllegalStateException onlyInCoroutine(String operation) {
    Optional<StackFrame> caller = WALKER.walk(frames -> frames.filter(PlainFrames::isUsers).findFirst());
    if (caller.isEmpty() || isCoroutine(caller.get())) {
      return notWoven(operation, caller.orElse(null));
    }
    return new IllegalStateException(
        operation + " in " + caller.get().toStackTraceElement()
            + "\n  because: that is a plain method, or a lambda of a class that was not woven\n"
            + "  fix: annotate the method (or the functional interface's method) with @Coroutine; if it is,\n" + HOW_TO_WEAVE);
  }

  /**
   * The error of a coroutine that would have to wait under a plain frame: names the coroutine that runs on this thread and
   * the plain method in between.
   *
   * @param operation what would wait
   * @param where where the running coroutine is if the stack doesn't show it, such as {@code the event loop's thread}
   */
  public static IllegalStateException wouldBlock(String operation, String where) {
    List<StackFrame> stack = WALKER.walk(frames -> frames.filter(PlainFrames::isUsers).collect(Collectors.toList()));
    // Innermost first: the coroutine that wants to wait, its plain entry, the plain method, and the coroutine around it.
    int inner = 0;
    while (inner < stack.size() && isWovenBody(stack.get(inner))) {
      inner++;
    }
    while (inner < stack.size() && isCoroutine(stack.get(inner))) {
      inner++;
    }
    int outer = inner;
    while (outer < stack.size() && !isWovenBody(stack.get(outer))) {
      outer++;
    }
    String plain = inner < stack.size() ? stack.get(inner).toStackTraceElement().toString() : "plain code";
    String coroutine = outer < stack.size() ? stack.get(outer).toStackTraceElement().toString() : where;
    return new IllegalStateException(
        operation + " would block the coroutine " + coroutine
            + "\n  because: it was reached through the plain method " + plain + ", which can't be suspended\n"
            + "  fix: make every method in between a @Coroutine (and woven), or start a task: Task.start(() -> …)");
  }

  /** Whether a coroutine's body is on this thread's stack; where no task runs, that is a generator's. */
  public static boolean insideCoroutine() {
    return WALKER.walk(frames -> frames.anyMatch(PlainFrames::isWovenBody));
  }

  private static IllegalStateException notWoven(String operation, @Nullable StackFrame caller) {
    return new IllegalStateException(
        operation + " in " + (caller == null ? "an unknown method" : caller.toStackTraceElement())
            + "\n  because: the method is a @Coroutine, but its class was not woven\n" + HOW_TO_WEAVE);
  }

  /** Whether a frame is of the user's code: neither the runtime's own nor of a class that the weaver added. */
  private static boolean isUsers(StackFrame frame) {
    Class<?> c = frame.getDeclaringClass();
    return !c.isSynthetic() && !isRuntime(c);
  }

  private static boolean isRuntime(Class<?> c) {
    String p = c.getPackageName();
    return p.equals("dev.coweave")
        || p.equals("dev.coweave.coroutine")
        || p.equals("dev.coweave.generator")
        || p.equals("dev.coweave.task")
        || p.equals("dev.coweave.loop")
        || p.equals("dev.coweave.sync")
        || p.equals("dev.coweave.io");
  }

  /** A twin, a resume copy or a generator's body: what has a continuation among its parameters. */
  private static boolean isWovenBody(StackFrame frame) {
    return frame.getMethodType().parameterList().contains(Continuation.class);
  }

  private static boolean isCoroutine(StackFrame frame) {
    try {
      var method = frame.getDeclaringClass().getDeclaredMethod(frame.getMethodName(), frame.getMethodType().parameterArray());
      for (Annotation a : method.getDeclaredAnnotations()) {
        // By name: the package of the annotation uses this one, for the twins of its interfaces.
        if (a.annotationType().getName().equals("dev.coweave.Coroutine")) {
          return true;
        }
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      // <init>, <clinit>, or a class whose dependencies are missing: not a coroutine that we know of.
    }
    return false;
  }
}

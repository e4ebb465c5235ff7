package dev.coweave.coroutine;

import static dev.coweave.coroutine.StackFrames.ROOT;
import static dev.coweave.coroutine.StackFrames.isAnnotated;
import static dev.coweave.coroutine.StackFrames.isCoroutine;
import static dev.coweave.coroutine.StackFrames.isRuntime;
import static dev.coweave.coroutine.StackFrames.isUsers;
import static dev.coweave.coroutine.StackFrames.isWovenBody;
import static dev.coweave.coroutine.StackFrames.name;

import java.lang.StackWalker.StackFrame;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the thread's stack to tell a user what went wrong: which method was never woven, which plain method stands between a
 * coroutine and the coroutine that wants to wait. Only used where something failed or is about to block.
 */
public final class JavaStack {
  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
  static final String HOW_TO_WEAVE =
      "  fix: run with -javaagent:coweave-agent.jar, or weave at build time with the goal 'weave'"
          + " of dev.coweave:coweave-maven-plugin (or 'java -jar coweave-agent.jar weave DIR')";

  /** The operation that yields, in a package that uses this one. */
  static final Operation YIELD = new Operation(ROOT + ".generator.Generator", "yield");

  private static volatile boolean generatorsRun;

  /** Whether a class may call suspending operations by their plain methods: it was woven, or has nothing that should have been. */
  private static final ClassValue<Boolean> MAY_CALL_PLAINLY =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> c) {
          try {
            List<Method> all = List.of(c.getDeclaredMethods());
            return all.stream().anyMatch(JavaStack::isResumeCopy)
                || all.stream().noneMatch(m -> m.getName().startsWith("lambda$") || isAnnotated(m));
          } catch (LinkageError e) {
            return false;
          }
        }
      };

  private JavaStack() {}

  /** Only woven classes have them; one that was refused has twins, too, which call its plain methods. */
  private static boolean isResumeCopy(Method m) {
    Class<?>[] parameters = m.getParameterTypes();
    return parameters.length > 1 && Frame.class.isAssignableFrom(parameters[0]);
  }

  /**
   * The error of a suspending operation that was called by its plain method from a {@code @Coroutine} method or a coroutine
   * lambda: that was not woven. Null where the caller is neither, for it may make plain calls.
   *
   * @param operation what was called
   */
  public static @Nullable IllegalStateException callerNotWoven(Operation operation) {
    return WALKER.walk(
        frames -> {
          Iterator<StackFrame> rest = frames.iterator();
          while (rest.hasNext()) {
            StackFrame frame = rest.next();
            if (isUsers(frame)) {
              return MAY_CALL_PLAINLY.get(frame.getDeclaringClass())
                  ? null
                  : notWoven(operation, caller(frame, rest));
            }
          }
          return null;
        });
  }

  /**
   * Says that the calling coroutine was not woven, if it is one: else its call is in order, or has another fault.
   *
   * @param operation as above
   * @throws IllegalStateException if the caller is a {@code @Coroutine} method or a coroutine lambda that was not woven
   */
  public static void checkWoven(Operation operation) {
    IllegalStateException notWoven = callerNotWoven(operation);
    if (notWoven != null) {
      throw notWoven;
    }
  }

  /**
   * The error of an operation that only makes sense in woven code, called from code that is not.
   *
   * @param operation what was called
   */
  public static IllegalStateException onlyInCoroutine(Operation operation) {
    Caller caller = caller();
    IllegalStateException notWoven = notWoven(operation, caller);
    if (notWoven != null) {
      return notWoven;
    }
    return new IllegalStateException(
        operation
            + " in "
            + (caller == null ? "an unknown method" : caller.frame.toStackTraceElement())
            + "\n"
            + "  because: that is a plain method, or a lambda of a class that was not woven\n"
            + "  fix: annotate the method (or the functional interface's method) with @Coroutine;"
            + " if it is,\n"
            + HOW_TO_WEAVE);
  }

  /**
   * The error of a coroutine that would have to wait under a plain frame: names the coroutine that runs on this thread and
   * the plain method in between.
   *
   * @param operation what would wait
   * @param where what would be blocked if the stack doesn't show it, such as {@code the event loop's thread}
   */
  public static IllegalStateException wouldBlock(Operation operation, String where) {
    return wouldBlock(
        "",
        operation,
        where,
        "make every method in between a @Coroutine (and woven), or start a task: Task.start(() ->"
            + " …)");
  }

  /**
   * The same error, with advice of the caller's.
   *
   * @param code with which it begins, such as {@code "COWEAVE-207: "}
   * @param operation what would wait
   * @param where what would be blocked if the stack doesn't show it
   * @param fix what to do about it
   */
  public static IllegalStateException wouldBlock(
      String code, Operation operation, String where, String fix) {
    Plainly way = Plainly.here();
    String blocked = way.around() == null ? where : "the coroutine " + way.around();
    if (way.inner() == way.outer() && way.around() != null) {
      return new IllegalStateException(
          code
              + operation
              + " would block "
              + blocked
              + "\n  because: it called "
              + (way.inner() == 0 ? operation.toString() : name(way.stack().get(way.inner() - 1)))
              + " as plain code does: by a method that is no @Coroutine, or on an object whose"
              + " class was not woven\n"
              + "  fix: annotate the method of the type that it is called on, or of the functional"
              + " interface; weave the object's class");
    }
    return new IllegalStateException(
        code
            + operation
            + " would block "
            + blocked
            + "\n  because: "
            + way.reached(!code.isEmpty(), fix));
  }

  /** The error of a yield that plain code between two coroutines keeps from its generator; null if there is no such code. */
  private static @Nullable IllegalStateException cantYield() {
    Plainly way = Plainly.here();
    return way.around() == null || way.inner() == way.outer()
        ? null
        : new IllegalStateException(
            YIELD
                + " can't reach a generator\n  because: it was reached from the coroutine "
                + way.around()
                + " through the plain method "
                + way.stack().get(way.inner()).toStackTraceElement()
                + ", which can't be suspended\n"
                + "  fix: make every method in between a @Coroutine (and woven)");
  }

  /** The loader of the user's class that called the runtime; null if none did. */
  static @Nullable ClassLoader callersLoader() {
    Caller caller = caller();
    return caller == null ? null : caller.frame.getDeclaringClass().getClassLoader();
  }

  /** The error of an operation in a generator that would have to wait. */
  static IllegalStateException generatorCantWait(Operation operation) {
    return new IllegalStateException(
        operation
            + " in a generator would have to wait\n"
            + "  because: a generator gives its elements to plain code, which can't be suspended\n"
            + "  fix: await what it needs before, or send the elements of a task through a"
            + " Channel");
  }

  /**
   * The error of a yield that nobody takes.
   *
   * @param inScope whether it would have passed a timeout or a shield
   */
  public static IllegalStateException mayNotYield(boolean inScope) {
    IllegalStateException behindPlainCode = inScope ? null : cantYield();
    if (behindPlainCode != null) {
      return behindPlainCode;
    }
    return new IllegalStateException(
        inScope
            ? "Generator.yield in a Task.timeout, Task.shield or TaskLocal.where\n"
                + "  because: the consumer would run in it too\n"
                + "  fix: yield what it gives, after it; to bound each element:"
                + " AsyncGenerator.timeout"
            : "Generator.yield outside a generator\n"
                + "  because: no generator called this method; a suspending method yields to the"
                + " generator that calls it\n"
                + "  fix: return Generator, Iterator, Iterable, Stream, AsyncGenerator or"
                + " Flow.Publisher from the method, or call it from a generator's body or"
                + " Generator.of(…)");
  }

  /**
   * Whether a coroutine's body is on this thread's stack, further out than the plain call that is about to wait; where no task runs, that is a
   * generator's.
   */
  public static boolean insideCoroutine() {
    return generatorsRun
        && WALKER.walk(
            frames ->
                frames
                    .dropWhile(
                        f -> isWovenBody(f) || isRuntime(f.getDeclaringClass()) && !isEntry(f))
                    .anyMatch(JavaStack::isGeneratorsBody));
  }

  /** A spy's twin, which calls the real one by reflection, is a body of the same call; a generator's is around it. */
  private static boolean isGeneratorsBody(StackFrame frame) {
    if (frame.getClassName().equals(ROOT + ".generator.BodyGenerator")) {
      return true;
    }
    return isWovenBody(frame)
        && Continuation.class.isAssignableFrom(frame.getMethodType().parameterType(0))
        && frame.getMethodType().parameterCount() > 1;
  }

  private static boolean isEntry(StackFrame frame) {
    return frame.getClassName().equals(ROOT + ".task.PlainCall");
  }

  /** Generators may run from now on: until then no stack needs to be searched for them. */
  public static void generatorsRun() {
    generatorsRun = true;
  }

  /**
   * The user's method that called the runtime.
   *
   * @param isBody whether the runtime called it as the body of a coroutine
   */
  private record Caller(StackFrame frame, boolean isBody) {}

  private static @Nullable Caller caller() {
    return WALKER.walk(
        frames -> {
          Iterator<StackFrame> rest = frames.iterator();
          while (rest.hasNext()) {
            StackFrame frame = rest.next();
            if (isUsers(frame)) {
              return caller(frame, rest);
            }
          }
          return null;
        });
  }

  private static Caller caller(StackFrame frame, Iterator<StackFrame> rest) {
    return new Caller(frame, rest.hasNext() && callsBodies(rest.next()));
  }

  private static @Nullable IllegalStateException notWoven(
      Operation operation, @Nullable Caller caller) {
    if (caller == null) {
      return null;
    }
    boolean isLambda = caller.isBody && caller.frame.getMethodName().startsWith("lambda$");
    if (!isLambda && !isCoroutine(caller.frame)) {
      return null;
    }
    return new IllegalStateException(
        operation
            + " in "
            + caller.frame.toStackTraceElement()
            + "\n  because: the "
            + (isLambda ? "lambda is a coroutine" : "method is a @Coroutine")
            + ", but its class was not woven\n"
            + HOW_TO_WEAVE);
  }

  /** Whether a method of the runtime is one that calls coroutine lambdas: by their twins, if they have been woven. */
  private static boolean callsBodies(StackFrame frame) {
    return isRuntime(frame.getDeclaringClass())
        && isWovenBody(frame)
        && frame.getMethodType().parameterList().stream().anyMatch(JavaStack::hasCoroutines);
  }

  private static boolean hasCoroutines(Class<?> c) {
    return c.isInterface() && Arrays.stream(c.getMethods()).anyMatch(StackFrames::isAnnotated);
  }
}

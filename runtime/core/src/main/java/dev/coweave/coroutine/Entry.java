package dev.coweave.coroutine;

import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A continuation that plain code starts. The original of a suspending method and of an async method are entries; woven, they
 * read:
 *
 * <pre>
 *   R f(args) {                                       S f(args) {                // S is Task, CompletableFuture or CompletionStage
 *     Entry c = Entry.plain();                          Entry c = Entry.async();
 *     R r;                                              try {
 *     try { r = f(args, c); }                             return (S) c.returned(f(args, c));
 *     catch (Throwable t) { c.threw(t); throw t; }      } catch (Throwable t) {
 *     try {                                               return (S) c.asyncThrew(t);
 *       if (c.suspended) {                              }
 *         c.complete();                               }
 *         r = c.takeInt(); // by R
 *       }
 *       c.leave(null);
 *     } catch (Throwable t) { c.leave(t); throw t; }
 *     return r;
 *   }
 * </pre>
 *
 * A handler's calls are made once more if they throw: it may be the stack that is full, and a thread must not stay marked as one that runs
 * tasks.
 */
public abstract class Entry extends Continuation {
  /** Makes entries; provided by the package that has tasks and loops, found by {@link ServiceLoader}. */
  public interface Provider {
    /** See {@link Entry#plain}. */
    Entry plain();

    /** See {@link Entry#async}. */
    Entry async();

    /** See {@link Entry#homeHere}. */
    @Nullable Executor homeHere();
  }

  private static final Provider PROVIDER = provider();

  /** For subclasses. */
  protected Entry() {}

  /**
   * The service; or the class that it names, beside this package: a shaded copy of the runtime, whose packages were renamed, may have lost
   * the file that names it, or have kept the old name there.
   */
  private static Provider provider() {
    LaterAspects.report();
    try {
      Optional<Provider> service =
          ServiceLoader.load(Provider.class, Provider.class.getClassLoader()).findFirst();
      if (service.isPresent()) {
        return service.get();
      }
    } catch (ServiceConfigurationError e) {
      // The old name.
    }
    String name = Entry.class.getName().replace("coroutine.Entry", "loop.LoopEntries");
    try {
      return (Provider)
          Class.forName(name, true, Entry.class.getClassLoader())
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new IllegalStateException(
          name
              + " is missing beside "
              + Entry.class.getName()
              + "\n"
              + "  because: a tool that shrinks jars left it out, or the runtime is only in part on"
              + " the class path\n"
              + "  fix: keep all classes of coweave-runtime (ProGuard: -keep class "
              + name
              + " { *; }), and its META-INF/services",
          e);
    }
  }

  /** A plain call of a suspending method begins on this thread. */
  public static Entry plain() {
    return PROVIDER.plain();
  }

  /** A call of an async method begins on this thread. */
  public static Entry async() {
    return PROVIDER.async();
  }

  /** Returns the home of the calling thread, which runs no coroutine now; null if it has none. */
  public static @Nullable Executor homeHere() {
    return PROVIDER.homeHere();
  }

  @Override
  final boolean isEntry() {
    return true;
  }

  /** The plain call has to wait or to unwind: returns when its outcome may be taken. */
  public void complete() {
    throw new UnsupportedOperationException();
  }

  /**
   * The plain call ends. The outermost cancels the tasks that it started and waits for their end.
   *
   * @param failure what it throws, or null
   */
  public void leave(@Nullable Throwable failure) {
    throw new UnsupportedOperationException();
  }

  /**
   * The plain call ends before it had to wait.
   *
   * @param failure what its twin threw
   */
  public final void threw(Throwable failure) {
    Throwable explained = explained(failure, null);
    if (explained != failure) {
      LogicalStack.left(explained);
      Continuation.<RuntimeException>sneakyThrow(explained); // The handler of this calls leave.
    }
    try {
      LogicalStack.left(failure);
    } finally { // The stack may be too full for the trace.
      leave(failure);
    }
  }

  /**
   * The async method's first step threw.
   *
   * @param failure what its twin threw
   * @return the failed future that its caller gets
   */
  public final CompletableFuture<?> asyncThrew(Throwable failure) {
    Throwable explained = explained(failure, null);
    try {
      LogicalStack.left(explained);
    } catch (StackOverflowError e) {
      // The trace stays as it is.
    }
    return failed(explained);
  }

  /**
   * The async method's first step returned.
   *
   * @param stage what it returned; a dummy if {@link #suspended}
   * @return the future that its caller gets
   */
  public CompletableFuture<?> returned(@Nullable Object stage) {
    throw new UnsupportedOperationException();
  }

  /**
   * An async method fails before it had to wait.
   *
   * @param t what it threw
   * @return the failed future that its caller gets
   */
  protected CompletableFuture<?> failed(Throwable t) {
    throw new UnsupportedOperationException();
  }
}

package dev.coweave.junit;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs tests that are coroutines in a {@link Simulation}: those annotated {@link CoroutineTest}, and where a class is annotated {@code @ExtendWith(CoroutineExtension.class)}
 * also its other tests, parameterized and repeated ones too, that are {@link dev.coweave.Coroutine}s. Thread-safe.
 *
 * <pre>{@code
 * @ExtendWith(CoroutineExtension.class)
 * class PricesTest {
 *   @Coroutine @ParameterizedTest @ValueSource(ints = {1, 2}) void discount(int n) { … }
 * }
 * }</pre>
 */
public final class CoroutineExtension
    implements InvocationInterceptor, ParameterResolver, AfterEachCallback {
  private static final Namespace OURS = Namespace.create(CoroutineExtension.class);

  /** For JUnit. */
  public CoroutineExtension() {}

  /** The session of a test that is a coroutine; empty for others. */
  @SuppressWarnings("deprecation") // JUnit 5.12 has no other
  private static Optional<Session> session(ExtensionContext context) {
    Optional<Method> test = context.getTestMethod().filter(TestMethod::isCoroutine);
    return test.map(
        m -> store(context).getOrComputeIfAbsent(m, x -> new Session(m, context), Session.class));
  }

  private static Store store(ExtensionContext context) {
    return context.getStore(OURS);
  }

  @Override
  public <T> T interceptTestClassConstructor(
      Invocation<T> invocation,
      ReflectiveInvocationContext<Constructor<T>> call,
      ExtensionContext context)
      throws Throwable {
    T made = invocation.proceed();
    store(context).put(call.getExecutable(), call.getArguments().toArray());
    return made;
  }

  /** What a constructor was called with; null if that isn't known. */
  static @Nullable Object @Nullable [] arguments(ExtensionContext context, Constructor<?> c) {
    return store(context).get(c, Object[].class);
  }

  // ---- methods

  @Override
  public void interceptBeforeEachMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context)
      throws Throwable {
    run(invocation, call, context, Session.Phase.BEFORE);
  }

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context)
      throws Throwable {
    run(invocation, call, context, Session.Phase.TEST);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context)
      throws Throwable {
    run(invocation, call, context, Session.Phase.TEST);
  }

  @Override
  public void interceptAfterEachMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context)
      throws Throwable {
    run(invocation, call, context, Session.Phase.AFTER);
  }

  private static void run(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context,
      Session.Phase phase)
      throws Throwable {
    Optional<Session> session = session(context);
    if (session.isEmpty()) {
      invocation.proceed();
      return;
    }
    invocation.skip(); // This calls it another way.
    session.get().first(phase, call);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    end(context);
  }

  private static void end(ExtensionContext context) {
    Session session = begun(context);
    if (session != null) {
      Throwable failure = session.end(context.getExecutionException().isPresent());
      if (failure != null) {
        Session.<RuntimeException>sneakyThrow(failure);
      }
    }
  }

  /** The session, if anything has begun one. */
  private static @Nullable Session begun(ExtensionContext context) {
    try {
      return store(context).get(context.getRequiredTestMethod(), Session.class);
    } catch (Fault e) {
      return null; // Whoever wanted to begin it has been told.
    }
  }

  /**
   * Runs the other seeds of a {@link CoroutineTest}, before other extensions of its class end what it uses: JUnit tells a method's extensions of the end first. For JUnit. Thread-safe.
   */
  public static final class Ending implements AfterEachCallback {
    /** For JUnit. */
    public Ending() {}

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
      end(context);
    }
  }

  // ---- parameters

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Simulation.class && session(context).isPresent();
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return session(context).orElseThrow().simulation();
  }
}

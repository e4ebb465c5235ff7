package dev.coweave.junit;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

/** One test as JUnit runs it: the first seed goes through JUnit's own life cycle, which this writes down, and the others repeat. */
final class Session {
  enum Phase {
    BEFORE,
    TEST,
    AFTER
  }

  /** A call of a method of the test class. */
  private record Call(Phase phase, Method method, Object target, Object[] arguments) {}

  private final Instances instances;
  private final Options options;
  private final Exploration exploration;
  private final Simulation sim;
  private final Watch watch;
  private final List<Call> calls = new ArrayList<>();
  private @Nullable Throwable failure;
  private boolean ended;

  /** What was thrown for it, while nobody knew yet how it came to that. */
  private @Nullable SeedFailure thrown;

  Session(Method test, ExtensionContext context) {
    TestMethod.checkWoven(test);
    this.options =
        Options.of(
            AnnotationSupport.findAnnotation(test, CoroutineTest.class)
                .orElseGet(Session::defaults));
    this.instances = new Instances(context);
    this.exploration = new Exploration(options, this::repeat);
    this.sim =
        new Simulation(
            options.first(),
            new Recorder(exploration.firstSchedule(), Limits.DEBUGGED),
            options.limits());
    this.watch = Watch.over(sim.outside());
  }

  /** Of a test that bears another annotation. */
  @CoroutineTest
  private static CoroutineTest defaults() {
    try {
      return Objects.requireNonNull(
          Session.class.getDeclaredMethod("defaults").getAnnotation(CoroutineTest.class));
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  Simulation simulation() {
    return sim;
  }

  // ---- the first seed

  /** Calls a method for JUnit. */
  void first(Phase phase, ReflectiveInvocationContext<Method> call) throws Throwable {
    Call c =
        new Call(
            phase,
            call.getExecutable(),
            call.getTarget().orElseThrow(),
            call.getArguments().toArray());
    if (calls.isEmpty() && options.exploring()) {
      instances.lookAtFields();
    }
    calls.add(c);
    try {
      run(sim, c, c.target, c.arguments);
    } catch (Throwable t) {
      if (failure != null) {
        throw t; // one of an @AfterEach, after the test's own
      }
      failure = t;
      if (!options.exploring() || t instanceof TestAbortedException) {
        throw t;
      }
      SeedFailure s = SeedFailure.of(t);
      thrown = s;
      throw s;
    }
  }

  private static void run(Simulation sim, Call c, Object target, Object[] arguments) {
    Method m = c.method;
    String name = c.phase == Phase.TEST ? "test" : m.getName();
    sim.act(name, () -> TestMethod.call(m, target, arguments));
  }

  /**
   * JUnit has called all methods: looks what they left, and runs the other seeds. Once.
   *
   * @param failed whether JUnit knows of a failure, be it of these methods or of another extension, which may have kept it from calling them
   * @return what to fail with; null for nothing more
   */
  @Nullable Throwable end(boolean failed) {
    if (ended) {
      return null;
    }
    ended = true;
    watch.end();
    Throwable before = failure;
    Run first = Run.end(sim, before);
    if (before instanceof TestAbortedException) {
      return null;
    }
    if (before == null) {
      return failed ? first.failure() : exploration.afterFirst(first);
    }
    SeedFailure s = thrown;
    if (s != null) {
      s.report(exploration.report(first, 1));
    }
    return null;
  }

  // ---- the others

  private void repeat(Simulation other) throws Throwable {
    Instances fresh = instances.fresh(other);
    Throwable first = null;
    for (Call c : calls) {
      if (first != null && c.phase != Phase.AFTER) {
        continue;
      }
      try {
        run(other, c, fresh.of(c.target), fresh.arguments(c.arguments));
      } catch (Throwable t) {
        first = first == null ? t : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @SuppressWarnings("unchecked") // It is thrown, never cast.
  static <X extends Throwable> void sneakyThrow(Throwable t) throws X {
    throw (X) t;
  }
}

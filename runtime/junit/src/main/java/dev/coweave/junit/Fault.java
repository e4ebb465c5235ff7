package dev.coweave.junit;

import dev.coweave.task.TaskState;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** What a test fails with that the runtime has found, not an assertion: has a code, what holds, why that is a fault, and what to do. */
final class Fault extends AssertionError {
  private static final long serialVersionUID = 1;

  /** Of a run that took too much real time. */
  static final String OUT_OF_TIME = "COWEAVE-473";

  /** Said of a run that goes on all the same. */
  static final String UNSTOPPABLE =
      "\n"
          + "  the thread was interrupted, and goes on: CompletableFuture.join, a lock or a loop"
          + " may ignore that, and then the test never ends. Await the future instead:"
          + " Task.await(future)";

  /** Of how many things at most a text is made. */
  private static final int MOST = 20;

  private final String code;

  private Fault(String code, String text) {
    super(code + ": " + text);
    this.code = code;
  }

  String code() {
    return code;
  }

  /** Where it was found says nothing about the test. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }

  static Fault notWoven(String method) {
    return new Fault(
        "COWEAVE-470",
        method
            + " was not woven\n"
            + "  because: a test that is a coroutine can only wait when it was woven, as any"
            + " coroutine; test classes must be woven too\n"
            + "  fix: add the goal 'weave-tests' of dev.coweave:coweave-maven-plugin to the build,"
            + " or run the tests with -javaagent:coweave-agent.jar");
  }

  static Fault deadlock(String dump) {
    return new Fault(
        "COWEAVE-471",
        "deadlock: each task waits for another, and no timer will wake one\n"
            + dump.indent(2).stripTrailing()
            + "\n  because: a simulation knows all that could still happen, and nothing can");
  }

  static Fault virtualTimeout(Duration limit, String dump) {
    return new Fault(
        "COWEAVE-472",
        "the test has not ended after "
            + text(limit)
            + " of virtual time\n"
            + dump.indent(2).stripTrailing()
            + "\n  because: what it waits for hasn't come, and timers alone keep it going\n"
            + "  fix: see what each task waits for; @CoroutineTest(timeout = …) if it needs more"
            + " seconds");
  }

  static Fault realTimeout(Duration limit, String dump, String thread) {
    return new Fault(
        OUT_OF_TIME,
        "a run has not ended after "
            + text(limit)
            + " of real time\n"
            + thread
            + dump.indent(2).stripTrailing()
            + "\n  because: a task runs and never waits, or waits for something outside the"
            + " simulation that doesn't come\n"
            + "  fix: see what each task waits for; @CoroutineTest(wallTimeout = …) if it needs"
            + " more seconds");
  }

  static Fault nobodyHelps(String dump) {
    return new Fault(
        OUT_OF_TIME,
        "a task waits for something that nobody brings\n"
            + dump.indent(2).stripTrailing()
            + "\n  because: nothing is left that could happen in the simulation, and nothing has"
            + " come from outside\n"
            + "  fix: see what each task waits for: a future that is never completed, a callback"
            + " that is never called; @CoroutineTest(wallTimeout = …) if another thread needs"
            + " longer");
  }

  static Fault interrupted(String dump) {
    return new Fault(
        OUT_OF_TIME,
        "the test was interrupted while it waited for something outside the simulation\n"
            + dump.indent(2).stripTrailing());
  }

  static Fault leaked(List<TaskState<?>> tasks, String dump) {
    boolean one = tasks.size() == 1;
    String them = one ? "it" : "them";
    return new Fault(
        "COWEAVE-474",
        (one ? "a task was" : tasks.size() + " tasks were")
            + " still there when the test had ended\n"
            + dump.indent(2).stripTrailing()
            + "\n  because: nobody waits for "
            + them
            + " any more, so whatever goes wrong there would go unseen\n"
            + "  fix: await %s, fork %s in a TaskScope, or cancel %s in @AfterEach; what"
                .formatted(them, them, them)
            + " stays up to the end belongs on a node: sim.node(name, () -> …)");
  }

  static Fault repeating(List<String> loops) {
    return new Fault(
        "COWEAVE-474",
        "a job that repeats was still there when the test had ended\n"
            + loops.stream()
                .map(l -> "  event loop \"" + l + "\"")
                .collect(Collectors.joining("\n"))
            + "\n  because: it would go on for ever\n"
            + "  fix: cancel its future, in @AfterEach at the latest");
  }

  static Fault unobserved(Collection<Engine.Unasked> failures) {
    String all =
        failures.stream()
            .limit(MOST)
            .map(u -> "    " + u.what() + ": " + u.failure())
            .collect(Collectors.joining("\n"));
    Fault f =
        new Fault(
            "COWEAVE-475",
            "a task failed unasked: "
                + failures.iterator().next().failure()
                + "\n"
                + all
                + "\n  because: outside a test such a failure would only be logged\n"
                + "  fix: await the task, or catch in it what may go wrong");
    failures.forEach(u -> f.addSuppressed(u.failure()));
    return f;
  }

  static Fault unsteady(long seed, String difference) {
    return new Fault(
        "COWEAVE-476", "two runs of seed " + seed + " differ\n" + difference + "\n" + Report.WHY);
  }

  static Fault badSetting(String what, String fix) {
    return new Fault("COWEAVE-477", what + "\n  fix: " + fix);
  }

  static Fault noFreshInstance(String why) {
    return new Fault(
        "COWEAVE-478",
        "a test of many seeds needs a fresh instance of its class for each, and "
            + why
            + "\n  fix: let the class have one constructor, with parameters that JUnit resolves"
            + " before the first test, and annotate the class with"
            + " @ExtendWith(CoroutineExtension.class); or use"
            + " @TestInstance(Lifecycle.PER_CLASS)");
  }

  /** Seconds and their unit. */
  static String text(Duration d) {
    long nanos = d.toNanos();
    String s = BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString();
    return s + " s";
  }
}

package dev.coweave.agent;

import dev.coweave.weave.Problem;
import dev.coweave.weave.analysis.Rule;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** What the agent says on stderr; each report is printed in one go, for classes are loaded by many threads. */
final class Report {
  private Report() {}

  /** A class has problems. */
  static void problems(String internalName, List<Problem> problems, boolean failed) {
    StringBuilder text = new StringBuilder();
    text.append("coweave: ").append(internalName.replace('/', '.'));
    text.append(failed ? " is not woven, its coroutines will not run:\n" : " has warnings:\n");
    problems.forEach(p -> text.append(p).append('\n'));
    System.err.print(text);
  }

  /** Why a class was or wasn't woven. */
  static void reason(String internalName, ClassLoader loader, String reason) {
    String in = loader == ClassLoader.getSystemClassLoader() ? "" : " (" + loader + ")";
    System.err.print("coweave: " + internalName.replace('/', '.') + in + ": " + reason + "\n");
  }

  /** The classes of a loader, of which this is the first, would not link. */
  static void unusableRuntime(String internalName, Problem problem) {
    System.err.print(
        "coweave: "
            + internalName.replace('/', '.')
            + " and whatever else its class loader loads is not woven, no coroutine will run:\n"
            + problem
            + "\n");
  }

  /** A new version of a loaded class can't take its place. */
  static void notRedefined(String internalName, List<Problem> problems) {
    StringBuilder text = new StringBuilder();
    text.append("coweave: ").append(internalName.replace('/', '.')).append(" is not redefined:\n");
    problems.forEach(p -> text.append(p).append('\n'));
    System.err.print(text);
  }

  /**
   * JaCoCo's agent starts after this one. It will measure woven classes, in whose coroutines it finds nothing that it takes for the user's;
   * before this one, it measures what the compiler wrote, and its probes are woven with the bodies.
   */
  static void jacocoComesLater() {
    System.err.print(
        """
        coweave: JaCoCo's agent comes after Coweave's on the command line, and so measures what was woven: coroutines will be missing
          fix: put -javaagent:…jacoco… before -javaagent:…coweave…
        """);
  }

  /**
   * AspectJ weaves after this agent. What was added to woven classes it leaves alone, so that its advice is in the methods for plain callers; from
   * coroutine to coroutine calls go past it.
   */
  static void aspectjComesLater() {
    Rule rule = Rule.LATER_ASPECTS;
    System.err.print(
        """
        coweave: AspectJ's load-time weaver doesn't see the bodies of coroutines, which were woven before: %s
          because: %s
          fix:     %s
        """
            .formatted(rule.code(), rule.because(), rule.fix()));
  }

  /** The weaver itself failed. */
  static void crashed(String internalName, Throwable e) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace, true));
    System.err.print(
        "coweave: "
            + internalName.replace('/', '.')
            + " is not woven, its coroutines will not run: the weaver failed, "
            + "which is a bug in Coweave; please report it with this trace and the class file:\n"
            + trace);
  }
}

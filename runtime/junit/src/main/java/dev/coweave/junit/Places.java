package dev.coweave.junit;

import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says where a task stands, in a few words that are the same in each run of a seed. */
final class Places {
  /** Where the runtime's own calls are. */
  private static final Set<String> RUNTIME =
      Stream.of(
              "",
              "coroutine.",
              "flow.",
              "generator.",
              "io.",
              "io.network.",
              "junit.",
              "junit.network.",
              "loop.",
              "sync.",
              "task.",
              "wait.")
          .map("dev.coweave."::concat)
          .collect(Collectors.toSet());

  private Places() {}

  /** Where it goes on: where it has waited, and for what. */
  static String before(Task<?> t) {
    TaskDump.Place p = TaskDump.placeOf(t);
    String at = users(p.stack());
    return at.isEmpty() ? "starts" : "goes on at " + at;
  }

  /** What it did in the end. */
  static String after(Task<?> t) {
    TaskDump.Place p = TaskDump.placeOf(t);
    String at = users(p.stack());
    return switch (p.status()) {
      case "done" -> "ends";
      case "failed" -> "fails";
      case "cancelled" -> "ends, cancelled";
      case "ready" -> "lets others run" + (at.isEmpty() ? "" : " at " + at);
      default ->
          p.status().replaceFirst("^waiting in", "waits in") + (at.isEmpty() ? "" : " at " + at);
    };
  }

  private static String users(List<StackTraceElement> stack) {
    for (StackTraceElement e : stack) {
      if (!isRuntime(e.getClassName())) {
        return e.getMethodName() + "(" + e.getFileName() + ":" + e.getLineNumber() + ")";
      }
    }
    return "";
  }

  /** By package: the samples and proofs of this project are users. */
  private static boolean isRuntime(String name) {
    return RUNTIME.contains(name.substring(0, name.lastIndexOf('.') + 1));
  }
}

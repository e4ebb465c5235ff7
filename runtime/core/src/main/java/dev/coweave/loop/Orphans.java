package dev.coweave.loop;

import dev.coweave.task.RuntimeLog;
import dev.coweave.task.TaskDump;
import dev.coweave.task.TaskState;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The tasks that a plain call started, and that are cancelled because it ends: says so, once for each place where they are. */
final class Orphans {
  /** How many places are told of in the life of a program. */
  private static final int MOST = 100;

  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  private Orphans() {}

  static void tell(List<TaskState<?>> tasks) {
    if (tasks.isEmpty() || TOLD.size() >= MOST) {
      return;
    }
    String places = TaskDump.places(tasks);
    if (TOLD.add(places)) {
      RuntimeLog.warning(
          "the plain call that started these tasks has returned, so they are cancelled\n"
              + TaskDump.of(tasks, MOST)
              + "\n"
              + "  because: what a plain call of a coroutine starts ends with it\n"
              + "  fix: await them, fork them in a TaskScope, or start them on a loop that lives"
              + " on: EventLoop.open(name)");
    }
  }
}

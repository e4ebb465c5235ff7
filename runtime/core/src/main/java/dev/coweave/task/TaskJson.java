package dev.coweave.task;

import dev.coweave.task.TaskDump.Home;
import dev.coweave.task.TaskDump.Seen;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tasks as the JDK writes threads: the JSON of {@code jcmd PID Thread.dump_to_file -format=json} (JDK 21, {@code
 * jdk.internal.vm.ThreadDumper}; its numbers are strings there too), so that what reads the one reads the other.
 */
final class TaskJson {
  // <root> has a container for each home; the children of a task's scopes are in a container that
  // it owns, as a StructuredTaskScope's threads are. Tasks are numbered in the order of this dump.
  // The JDK has no "waitedSeconds", and no "deadlocks": the numbers of tasks each of which waits
  // for the next, and the last for the first.

  private static final String ROOT = "<root>";

  private final StringBuilder s = new StringBuilder();
  private final Map<TaskState<?>, Integer> numbers = new IdentityHashMap<>();

  private record Container(
      String name, @Nullable String parent, @Nullable TaskState<?> owner, List<Seen> tasks) {}

  private TaskJson() {}

  static String of(List<Home> homes) {
    return new TaskJson().write(homes);
  }

  private String write(List<Home> homes) {
    List<Container> containers = containers(homes);
    s.append("{\n  \"threadDump\": {\n");
    field(4, "processId", Long.toString(ProcessHandle.current().pid()), true);
    field(4, "time", Instant.now().toString(), true);
    field(4, "runtimeVersion", Runtime.version().toString(), true);
    s.append("    \"threadContainers\": [");
    for (int i = 0; i < containers.size(); i++) {
      s.append(i == 0 ? "\n" : ",\n");
      container(containers.get(i));
    }
    s.append("\n    ],\n    \"deadlocks\": [");
    List<List<TaskState<?>>> circles = TaskDump.circles(homes);
    for (int i = 0; i < circles.size(); i++) {
      s.append(i == 0 ? "\n      " : ",\n      ").append('[');
      for (int j = 0; j < circles.get(i).size(); j++) {
        s.append(j == 0 ? "" : ", ");
        string(number(circles.get(i).get(j)));
      }
      s.append(']');
    }
    return s.append("\n    ]\n  }\n}").toString();
  }

  private List<Container> containers(List<Home> homes) {
    List<Container> all = new ArrayList<>();
    all.add(new Container(ROOT, null, null, List.of()));
    for (Home h : homes) {
      h.tasks().forEach(t -> numbers.put(t.task(), numbers.size() + 1));
    }
    for (Home h : homes) {
      Container home = new Container(h.label(), ROOT, null, new ArrayList<>());
      Map<TaskState<?>, Container> owned = new LinkedHashMap<>();
      for (Seen t : h.tasks()) {
        TaskState<?> owner = t.task().owner();
        Container in =
            owner == null || !numbers.containsKey(owner)
                ? home
                : owned.computeIfAbsent(
                    owner,
                    o -> new Container("children of " + o.name(), h.label(), o, new ArrayList<>()));
        in.tasks.add(t);
      }
      all.add(home);
      all.addAll(owned.values());
    }
    return all;
  }

  private void container(Container c) {
    s.append("      {\n");
    field(8, "container", c.name, true);
    field(8, "parent", c.parent, true);
    field(8, "owner", c.owner == null ? null : number(c.owner), true);
    s.append("        \"threads\": [");
    for (int i = 0; i < c.tasks.size(); i++) {
      s.append(i == 0 ? "\n" : ",\n");
      task(c.tasks.get(i));
    }
    s.append("\n        ],\n");
    field(8, "threadCount", Integer.toString(c.tasks.size()), false);
    s.append("      }");
  }

  private void task(Seen t) {
    s.append("          {\n");
    field(12, "tid", number(t.task()), true);
    field(12, "name", t.task().name(), true);
    field(12, "state", t.place().status(), true);
    field(12, "waitedSeconds", Integer.toString(t.seconds()), true);
    s.append("            \"stack\": [");
    List<StackTraceElement> stack = t.place().stack();
    for (int i = 0; i < stack.size(); i++) {
      s.append(i == 0 ? "\n" : ",\n").append(" ".repeat(14));
      string(stack.get(i).toString());
    }
    s.append("\n            ]\n          }");
  }

  private String number(TaskState<?> t) {
    return String.valueOf(numbers.get(t));
  }

  private void field(int indent, String name, @Nullable String value, boolean more) {
    s.append(" ".repeat(indent)).append('"').append(name).append("\": ");
    string(value);
    s.append(more ? ",\n" : "\n");
  }

  /** RFC 8259, 7. */
  private void string(@Nullable String text) {
    if (text == null) {
      s.append("null");
      return;
    }
    s.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        s.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        s.append("\\u%04x".formatted((int) c));
      } else {
        s.append(c);
      }
    }
    s.append('"');
  }
}

package dev.coweave.agent;

import dev.coweave.agent.FlameCommand.Of;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/** Stacks of a recording, each with how much was seen there. The outermost call comes first. */
final class CollapsedStacks {
  // Brendan Gregg's format: "outermost;…;innermost count".

  private final Map<List<String>, Long> counts = new TreeMap<>(CollapsedStacks::compare);

  private @Nullable String damage;

  private CollapsedStacks() {}

  /**
   * Reads a recording, or as much of it as can be read: that of a JVM that was killed ends in the middle.
   *
   * @param recording a file of JFR's
   * @param of what is counted
   * @param tasks whether the outermost element is the task's name
   * @param lines whether elements have line numbers
   * @throws IOException if nothing of it can be read
   */
  static CollapsedStacks of(Path recording, Of of, boolean tasks, boolean lines)
      throws IOException {
    CollapsedStacks all = new CollapsedStacks();
    String event = of == Of.STEPS ? "dev.coweave.Sample" : "dev.coweave.Wait";
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent e = file.readEvent();
        if (e.getEventType().getName().equals(event)) {
          all.add(e, of, tasks, lines);
        }
      }
    } catch (IOException | RuntimeException e) { // the JDK's reader throws either
      if (all.isEmpty()) {
        throw e instanceof IOException io ? io : new IOException(e.toString(), e);
      }
      all.damage = e.getMessage() == null ? e.toString() : e.getMessage();
    }
    return all;
  }

  /** Why the rest of the recording couldn't be read; null if all was. */
  @Nullable String damage() {
    return damage;
  }

  private void add(RecordedEvent e, Of of, boolean tasks, boolean lines) {
    List<String> stack = new ArrayList<>();
    e.getString("stack").lines().map(call -> element(call, lines)).forEach(stack::add);
    if (of == Of.WAITS) {
      String operation = e.getString("operation").replaceFirst(" of .*", "");
      if (stack.isEmpty() || !stack.get(0).endsWith("." + operation)) { // a tail call has its own
        stack.add(0, operation);
      }
    }
    if (tasks) {
      stack.add(inOneWord(e.getString("task")));
    }
    if (!stack.isEmpty()) {
      Collections.reverse(stack);
      counts.merge(stack, of == Of.STEPS ? 1 : e.getDuration().toNanos() / 1000, Long::sum);
    }
  }

  /** {@code app//com.acme.Crawler.page(Crawler.java:44)} as {@code com.acme.Crawler.page}, or {@code …page:44}. */
  private static String element(String call, boolean lines) {
    int from = call.lastIndexOf('/') + 1;
    int open = call.indexOf('(', from);
    if (open < 0) {
      return inOneWord(call);
    }
    String name = call.substring(from, open);
    if (name.equals("dev.coweave.task.Task.start")) {
      return name;
    }
    String place = call.substring(open);
    int colon = place.indexOf(':');
    return inOneWord(lines && colon > 0 ? name + place.substring(colon, place.length() - 1) : name);
  }

  /** Semicolons part the elements. */
  private static String inOneWord(String name) {
    return name.replaceAll("[;\\p{Cntrl}]", "_");
  }

  private static int compare(List<String> a, List<String> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int c = a.get(i).compareTo(b.get(i));
      if (c != 0) {
        return c;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  boolean isEmpty() {
    return counts.isEmpty();
  }

  Map<List<String>, Long> counts() {
    return counts;
  }

  /** A stack a line. */
  String text() {
    return counts.entrySet().stream()
        .map(e -> String.join(";", e.getKey()) + " " + e.getValue() + "\n")
        .collect(Collectors.joining());
  }
}

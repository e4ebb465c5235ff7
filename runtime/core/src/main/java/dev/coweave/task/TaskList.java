package dev.coweave.task;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a scheduler, oldest first; linked through the tasks themselves. Not thread-safe.
 *
 * @hidden
 */
public final class TaskList {
  private @Nullable TaskState<?> first;
  private @Nullable TaskState<?> last;

  private int size;

  /** Where {@link #next} goes on; null for the first. */
  private @Nullable TaskState<?> cursor;

  /** An empty list. */
  public TaskList() {}

  /** Whether there are none. */
  public boolean isEmpty() {
    return first == null;
  }

  /**
   * Appends a task.
   *
   * @param t in no list
   */
  public void add(TaskState<?> t) {
    if (has(t)) {
      return;
    }
    TaskState<?> l = last;
    t.previous = l;
    if (l == null) {
      first = t;
    } else {
      l.next = t;
    }
    last = t;
    size++;
  }

  /**
   * Takes a task out.
   *
   * @param t in no other list
   * @return whether it was in
   */
  public boolean remove(TaskState<?> t) {
    if (!has(t)) {
      return false;
    }
    if (t == cursor) {
      cursor = t.next;
    }
    if (t.previous == null) {
      first = t.next;
    } else {
      t.previous.next = t.next;
    }
    if (t.next == null) {
      last = t.previous;
    } else {
      t.next.previous = t.previous;
    }
    t.next = null;
    t.previous = null;
    size--;
    return true;
  }

  private boolean has(TaskState<?> t) {
    return t.previous != null || first == t;
  }

  /** Whether all meet a condition. */
  public boolean allMatch(Predicate<TaskState<?>> condition) {
    TaskState<?> t = first;
    while (t != null && condition.test(t)) {
      t = t.next;
    }
    return t == null;
  }

  /**
   * The tasks after those that were returned last, and after the last again the first.
   *
   * @param most how many at most
   */
  public List<TaskState<?>> next(int most) {
    List<TaskState<?>> some = new ArrayList<>();
    TaskState<?> t = cursor == null ? first : cursor;
    for (; t != null && some.size() < most; t = t.next) {
      some.add(t);
    }
    cursor = t;
    return some;
  }

  /** The tasks as they are now. */
  public List<TaskState<?>> copy() {
    List<TaskState<?>> all = new ArrayList<>(size);
    for (TaskState<?> t = first; t != null; t = t.next) {
      all.add(t);
    }
    return all;
  }
}

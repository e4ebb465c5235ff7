package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/** An immutable list of the values of {@link TaskLocal}s, the last set first. */
record Locals(TaskLocal<?> key, @Nullable Object value, @Nullable Locals rest) {
  static @Nullable Locals with(@Nullable Locals list, TaskLocal<?> key, @Nullable Object value) {
    return new Locals(key, value, without(list, key));
  }

  private static @Nullable Locals without(@Nullable Locals list, TaskLocal<?> key) {
    if (list == null || list.key == key) {
      return list == null ? null : list.rest;
    }
    return find(list, key) == null
        ? list
        : new Locals(list.key, list.value, without(list.rest, key));
  }

  static @Nullable Locals find(@Nullable Locals list, TaskLocal<?> key) {
    Locals l = list;
    while (l != null && l.key != key) {
      l = l.rest;
    }
    return l;
  }
}

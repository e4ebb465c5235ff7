package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * The values of {@link TaskLocal}s, immutable: a tree in which a node has one value and branches by the next bit of a variable's number. So
 * a change copies the way to its node, a few nodes however many variables there are. The digital search tree of Knuth, TAOCP 6.3.
 */
record Locals(
    TaskLocal<?> key, @Nullable Object value, @Nullable Locals zero, @Nullable Locals one) {
  static Locals with(@Nullable Locals tree, TaskLocal<?> key, @Nullable Object value) {
    return with(tree, key, value, key.number);
  }

  private static Locals with(
      @Nullable Locals tree, TaskLocal<?> key, @Nullable Object value, int bits) {
    if (tree == null) {
      return new Locals(key, value, null, null);
    }
    if (tree.key == key) {
      return new Locals(key, value, tree.zero, tree.one);
    }
    return (bits & 1) == 0
        ? new Locals(tree.key, tree.value, with(tree.zero, key, value, bits >>> 1), tree.one)
        : new Locals(tree.key, tree.value, tree.zero, with(tree.one, key, value, bits >>> 1));
  }

  static @Nullable Locals find(@Nullable Locals tree, TaskLocal<?> key) {
    int bits = key.number;
    Locals l = tree;
    while (l != null && l.key != key) {
      l = (bits & 1) == 0 ? l.zero : l.one;
      bits >>>= 1;
    }
    return l;
  }
}

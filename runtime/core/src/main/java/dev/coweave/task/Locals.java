package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * The values of {@link TaskLocal}s, immutable: a tree in which a node has one value and branches by the next bit of a variable's number. So
 * a change copies the way to its node, a few nodes however many variables there are. The digital search tree of Knuth, TAOCP 6.3.
 */
record Locals(Object key, @Nullable Object value, @Nullable Locals zero, @Nullable Locals one) {
  /**
   * A tree with a value.
   *
   * @param key a {@link TaskLocal}
   * @param bits its number
   */
  static Locals with(@Nullable Locals tree, Object key, int bits, @Nullable Object value) {
    if (tree == null) {
      return new Locals(key, value, null, null);
    }
    if (tree.key == key) {
      return new Locals(key, value, tree.zero, tree.one);
    }
    return (bits & 1) == 0
        ? new Locals(tree.key, tree.value, with(tree.zero, key, bits >>> 1, value), tree.one)
        : new Locals(tree.key, tree.value, tree.zero, with(tree.one, key, bits >>> 1, value));
  }

  /** The node of a key, by its number; null if there is none. */
  static @Nullable Locals find(@Nullable Locals tree, Object key, int number) {
    int bits = number;
    Locals l = tree;
    while (l != null && l.key != key) {
      l = (bits & 1) == 0 ? l.zero : l.one;
      bits >>>= 1;
    }
    return l;
  }
}

package dev.coweave.samples.hello;

/** A binary tree; null is the empty one. */
record Tree(Tree left, String value, Tree right) {
  static final Tree FRUIT =
      new Tree(leaf("apple"), "banana", new Tree(leaf("cherry"), "fig", null));

  static Tree leaf(String value) {
    return new Tree(null, value, null);
  }
}

package dev.coweave.proof.fuzz;

/** Gives each thing in a program a name of its own. */
final class Names {
  private int count;

  String next(String prefix) {
    return prefix + count++;
  }
}

package dev.coweave.generator;

/** Thrown by {@link Generator#close} at the yield where the body stands. Not for catching: let it pass. */
final class GeneratorClosed extends Error {
  private static final long serialVersionUID = 1;

  GeneratorClosed() {
    super("the generator was closed", null, false, false);
  }
}

package dev.coweave.coroutine;

import org.jspecify.annotations.Nullable;

/**
 * Thrown at the yield where a generator's body stands, as the generator is closed. Not for catching: let it pass.
 *
 * @hidden
 */
public final class GeneratorClosed extends Error {
  private static final long serialVersionUID = 1;

  /** It has no stack trace: nobody sees it. */
  public GeneratorClosed() {
    super("the generator was closed", null, true, false);
  }

  /**
   * The body has ended by this: what failed meanwhile and was suppressed, as the failing end of a {@code try}-with-resources is. Who closes
   * the generator must hear of it, for this error goes no further.
   *
   * @return the first, with the others suppressed; null for none
   */
  public @Nullable Throwable inCleanUp() {
    Throwable first = null;
    for (Throwable t : getSuppressed()) {
      if (first == null) {
        first = t;
      } else if (first != t) {
        first.addSuppressed(t);
      }
    }
    return first;
  }
}

package dev.coweave.weave;

import java.io.IOException;

/** Ends a run: a file can't be read or written. */
final class UnusableFile extends IOException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;
  private final int changed;

  UnusableFile(Problem problem, Throwable cause) {
    this(problem, 0, cause);
  }

  /**
   * An end with something changed.
   *
   * @param changed how many files were changed and could not be restored
   */
  UnusableFile(Problem problem, int changed, Throwable cause) {
    super(problem.toString(), cause);
    this.problem = problem;
    this.changed = changed;
  }

  Problem problem() {
    return problem;
  }

  /** How many files were changed and could not be restored. */
  int changed() {
    return changed;
  }
}

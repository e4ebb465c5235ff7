package dev.coweave.junit;

import org.jspecify.annotations.Nullable;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.ValueWrapper;

/**
 * A test has failed with a seed. Says how to repeat it, and what happened; the test's own failure is the cause, and where that was is where this
 * is.
 */
public final class SeedFailure extends AssertionFailedError {
  private static final long serialVersionUID = 1;

  /** Known a while after the failure itself. */
  private transient @Nullable Report report;

  private SeedFailure(Throwable cause, ValueWrapper expected, ValueWrapper actual) {
    super(String.valueOf(cause.getMessage()), expected, actual, cause);
    setStackTrace(cause.getStackTrace());
  }

  private SeedFailure(Throwable failure, @Nullable Throwable cause) {
    super(String.valueOf(failure.getMessage()), cause);
    setStackTrace(failure.getStackTrace());
  }

  /** Of a failure of which more will be known later. */
  static SeedFailure of(Throwable cause) {
    if (cause instanceof Fault f) {
      SeedFailure s = new SeedFailure(f, null);
      for (Throwable t : f.getSuppressed()) {
        s.addSuppressed(t);
      }
      return s; // The report says all that the fault does.
    }
    return cause instanceof AssertionFailedError a && a.isExpectedDefined() && a.isActualDefined()
        ? new SeedFailure(cause, a.getExpected(), a.getActual())
        : new SeedFailure(cause, cause);
  }

  static SeedFailure of(Throwable cause, Report report) {
    SeedFailure s = of(cause);
    s.report = report;
    return s;
  }

  /** What was found out since. */
  void report(SeedFailure later) {
    report = later.report;
  }

  /** The seed that failed, as {@code -Dcoweave.seed=} takes it. */
  public String seed() {
    Report r = report;
    return r == null ? "" : r.seed();
  }

  /** The seed with the fewest switches of tasks that still fail, as {@code -Dcoweave.seed=} takes it. */
  public String shortest() {
    Report r = report;
    return r == null ? "" : r.shortest();
  }

  /** How many switches those are; -1 if a second run of the seed differs, so that nobody can tell. */
  public int switches() {
    Report r = report;
    return r == null ? -1 : r.switches();
  }

  /** What happened with the fewest switches: a line for each step. */
  public String trace() {
    Report r = report;
    return r == null ? "" : r.trace();
  }

  /** All of it, in text. */
  @Override
  public String getMessage() {
    Report r = report;
    return r == null ? String.valueOf(super.getMessage()) : r.text();
  }
}

package dev.coweave.task;

/** Reports a circle of waits, if it stands a while later. */
final class CycleCheck extends PlainTimer {
  /** How much later, in nanoseconds. */
  static final long GRACE = 200_000_000;

  private final WaitCycles.Cycle cycle;

  CycleCheck(WaitCycles.Cycle cycle) {
    this.cycle = cycle;
  }

  @Override
  public void fire() {
    String report = cycle.stands() ? cycle.report() : null;
    if (report != null) {
      RuntimeLog.warning(report);
    }
  }
}

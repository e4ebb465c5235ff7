package dev.coweave.junit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks a schedule what comes next, and keeps what it said and what happened. */
final class Recorder {
  /** A step of a trace: when, where, who, and what it did. */
  record Line(long time, String lane, String actor, String did, String instead) {
    boolean isForced() {
      return !instead.isEmpty();
    }
  }

  private final Schedule schedule;
  private final boolean traces;
  private final Map<Integer, Integer> switches = new LinkedHashMap<>();
  private final List<Line> lines = new ArrayList<>();
  private boolean over;
  private int decisions;
  private int steps;
  private long fingerprint;
  private String before = "";
  private String instead = "";
  private long time;

  /**
   * A recorder.
   *
   * @param schedule of one run
   * @param traces whether it keeps a line for each step
   */
  Recorder(Schedule schedule, boolean traces) {
    this.schedule = schedule;
    this.traces = traces;
  }

  /** Two or more are ready: which comes next. */
  int choose(List<Step> ready) {
    if (over) {
      return 0;
    }
    int i = schedule.choose(ready);
    if (i > 0) {
      switches.put(decisions, i);
      if (traces) {
        instead = describe(ready.get(0));
      }
    }
    decisions++;
    return i;
  }

  private static String describe(Step s) {
    return who(s.label(), s.lane == null ? "" : s.lane.name);
  }

  /** Names a task by where it runs too, unless that is the test's own loop, or called the same. */
  static String who(String actor, String lane) {
    boolean plain = lane.isEmpty() || lane.equals(actor);
    boolean tests = lane.equals("test") && !actor.startsWith("a ");
    return plain || tests ? actor : actor + " of " + lane;
  }

  void begins(Step s, int ready, long now) {
    if (over) {
      return;
    }
    steps++;
    String label = s.label();
    fingerprint = fingerprint * 31 + label.hashCode();
    fingerprint = fingerprint * 31 + ready + (s.lane == null ? 0 : s.lane.name.hashCode());
    fingerprint = fingerprint * 31 + now;
    if (traces) {
      time = now;
      before = s instanceof Step.Turn t ? Places.before(t.task) : "";
    }
  }

  void ended(Step s, boolean paused) {
    if (over) {
      return;
    }
    if (paused) {
      schedule.paused(s);
    }
    if (traces) {
      String did = s instanceof Step.Turn t ? before + ", " + Places.after(t.task) : "";
      lines.add(new Line(time, s.lane == null ? "" : s.lane.name, s.label(), did, instead));
      instead = "";
    }
  }

  /** The test is over: what comes is of no interest. */
  void ends() {
    over = true;
  }

  /** Which decisions differed from first in, first out: the index that was chosen, by the number of the decision. */
  Map<Integer, Integer> switches() {
    return switches;
  }

  /** How many decisions there were. */
  int decisions() {
    return decisions;
  }

  /** How many steps there were. */
  int steps() {
    return steps;
  }

  /** Equal for runs that were alike, and hardly ever for others. */
  long fingerprint() {
    return fingerprint * 31 + steps;
  }

  List<Line> lines() {
    return lines;
  }
}

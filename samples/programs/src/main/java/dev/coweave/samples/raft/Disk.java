package dev.coweave.samples.raft;

import java.util.ArrayList;
import java.util.List;

/** What a server keeps when it loses its power: here in memory, for its tests alone turn the power off. */
public final class Disk {
  /**
   * A command of the log.
   *
   * @param term of the leader that took it
   * @param command without blanks
   */
  public record Entry(long term, String command) {}

  private long term;
  private String votedFor = "";
  private List<Entry> log = List.of();

  /**
   * Keeps what there is now, instead of what there was.
   *
   * @param votedFor empty for nobody
   */
  void save(long term, String votedFor, List<Entry> log) {
    this.term = term;
    this.votedFor = votedFor;
    this.log = List.copyOf(log);
  }

  long term() {
    return term;
  }

  String votedFor() {
    return votedFor;
  }

  List<Entry> log() {
    return new ArrayList<>(log);
  }
}

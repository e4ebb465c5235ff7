package dev.coweave.samples.raft;

import dev.coweave.samples.raft.Disk.Entry;
import java.util.List;

/** The rules that make Raft safe: section 5 of the paper. The tests break one after the other, to see that it is found. */
class Rules {
  /** How many servers decide: any two majorities share one. */
  int majority(int servers) {
    return servers / 2 + 1;
  }

  /** A candidate that lacks something that this server has doesn't get its vote (5.4.1). */
  boolean isUpToDate(List<Entry> log, int lastIndex, long lastTerm) {
    long mine = termAt(log, log.size());
    return lastTerm > mine || (lastTerm == mine && lastIndex >= log.size());
  }

  /** Entries are taken only after one that the leader has too (5.3). */
  boolean matches(List<Entry> log, int index, long term) {
    return index <= log.size() && termAt(log, index) == term;
  }

  /** An entry takes the place of another only if they differ: the message may be an old one, and more may have come since (5.3). */
  void take(List<Entry> log, int index, Entry e) {
    if (index <= log.size() && termAt(log, index) != e.term()) {
      log.subList(index - 1, log.size()).clear();
    }
    if (index > log.size()) {
      log.add(e);
    }
  }

  /** What a majority has is agreed on if this leader has taken it itself, and what precedes it with it (5.4.2). */
  boolean mayCommit(List<Entry> log, int index, long term) {
    return termAt(log, index) == term;
  }

  /** What it has promised is on the disk before others hear of it (5.2). */
  void save(Disk disk, long term, String votedFor, List<Entry> log) {
    disk.save(term, votedFor, log);
  }

  /** The term of an entry; 0 before the first. */
  static long termAt(List<Entry> log, int index) {
    return index == 0 ? 0 : log.get(index - 1).term();
  }
}

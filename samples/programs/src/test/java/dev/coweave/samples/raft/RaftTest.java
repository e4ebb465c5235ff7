package dev.coweave.samples.raft;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.SeedFailure;
import dev.coweave.junit.Simulation;
import dev.coweave.samples.raft.Disk.Entry;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Raft is safe whatever happens to its servers, and the tests that say so find faults. */
class RaftTest {
  private static final int ROUNDS = 40;

  @CoroutineTest(seeds = 100, wallTimeout = 60)
  void whateverHappens_allApplyTheSame_andGetOnAfterwards(Simulation sim) throws Exception {
    new Cluster(sim, new Rules()).live(ROUNDS);
  }

  /** Faults that such programs have had, each in one rule. */
  enum Fault {
    HALF_IS_A_MAJORITY(
        new Rules() {
          @Override
          int majority(int servers) {
            return servers / 2;
          }
        }),
    VOTES_ARE_FORGOTTEN(
        new Rules() {
          @Override
          void save(Disk disk, long term, String votedFor, List<Entry> log) {
            super.save(disk, term, "", log);
          }
        }),
    ANYBODY_MAY_LEAD(
        new Rules() {
          @Override
          boolean isUpToDate(List<Entry> log, int lastIndex, long lastTerm) {
            return true;
          }
        }),
    TERMS_NEED_NOT_MATCH(
        new Rules() {
          @Override
          boolean matches(List<Entry> log, int index, long term) {
            return index <= log.size();
          }
        }),
    OLD_MESSAGES_CUT_THE_LOG(
        new Rules() {
          @Override
          void take(List<Entry> log, int index, Entry e) {
            log.subList(index - 1, log.size()).clear();
            log.add(e);
          }
        });

    private final Rules rules;

    Fault(Rules rules) {
      this.rules = rules;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFaultInOneRule_isFound(Fault fault) {
    SeedFailure e =
        assertThrows(
            SeedFailure.class,
            () -> CoroutineTests.run(1000, sim -> new Cluster(sim, fault.rules).live(ROUNDS)));
    String m = e.getMessage();
    assertTrue(m.matches("(?s).*(two leaders of term|applied|nothing is agreed on).*"), m);
  }
}

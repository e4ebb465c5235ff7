package dev.coweave.proof.simulation;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.SeedFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A toy Raft is safe under partitions and crashes; what is wrong with its mutants shows. */
class RaftTest {
  @Test
  void isSafe() throws Exception {
    CoroutineTests.run(
        Integer.getInteger("proof.raftSeeds", 10), sim -> Raft.run(sim, Raft.Mutant.NONE));
  }

  @ParameterizedTest
  @EnumSource(value = Raft.Mutant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void mutant_isCaught(Raft.Mutant mutant) {
    SeedFailure f =
        assertThrows(
            SeedFailure.class, () -> CoroutineTests.run(1000, sim -> Raft.run(sim, mutant)));
    System.out.println(mutant + ": " + f.getMessage().lines().findFirst().orElse(""));
  }
}

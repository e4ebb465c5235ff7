package dev.coweave.proof.simulation.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.SeedFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/testing.md shows is what the tests here are, and what they print. */
class TestingPageTest {
  private static final Path PAGE = Path.of("../../../docs/testing.md");
  private static final Path HERE = Path.of("src/test/java/dev/coweave/proof/simulation/docs");
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w+)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private final AccountRaces races = new AccountRaces();

  @Test
  void programsOnThePage_standInTheSources() throws IOException {
    String sources =
        Files.readString(HERE.resolve("Account.java"))
            + Files.readString(HERE.resolve("AccountRaces.java"));
    for (String block : blocks("java")) {
      for (String declaration : block.split("\n\n(?=\\S)")) {
        assertTrue(
            sources.contains(declaration.strip().indent(2).stripTrailing()),
            () -> "in no program:\n" + declaration);
      }
    }
  }

  @Test
  void failureOnThePage_isWhatTheTestSays() throws IOException {
    SeedFailure f =
        assertThrows(SeedFailure.class, () -> CoroutineTests.run(1000, races::isNeverOverdrawn));
    assertEquals(f.getMessage().strip(), blocks("text").get(0).strip());
  }

  @Test
  void whatPassesOnThePage_passes() throws Exception {
    CoroutineTests.run(1, sim -> races.cannotBeOverdrawn());
    CoroutineTests.run(1, races::timesAreVirtual);
    CoroutineTests.run(20, races::survivesACrash);
  }

  @Test
  void mendedAccount_passes() throws Exception {
    AccountRaces mended =
        new AccountRaces() {
          @Override
          Account account() {
            return new Account.Locked();
          }
        };
    CoroutineTests.run(300, mended::isNeverOverdrawn);
  }

  private static List<String> blocks(String language) throws IOException {
    List<String> blocks = new ArrayList<>();
    for (Matcher m = BLOCK.matcher(Files.readString(PAGE)); m.find(); ) {
      if (m.group(1).equals(language)) {
        blocks.add(m.group(2));
      }
    }
    return blocks;
  }
}

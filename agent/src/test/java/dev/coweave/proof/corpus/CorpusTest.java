package dev.coweave.proof.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Whatever the class, weaving it gives one that verifies. CI weaves a package of the JDK; docs/verification.md has the command
 * for all of java.base and a directory of jars.
 */
class CorpusTest {
  private static final Path JARS = Path.of("target", "corpus");

  @Test
  void jdk_isWovenAndVerifies() throws IOException {
    boolean all = Boolean.getBoolean("corpus.all");
    Corpus corpus =
        new Corpus(
            Sources.module("java.base"),
            name -> all || name.startsWith("moved/java/util/concurrent/"));
    check("java.base", corpus);
  }

  @Test
  void jars_areWovenAndVerify() throws IOException {
    assumeTrue(Files.isDirectory(JARS), "the jars come with -Pcorpus");
    List<Path> jars;
    try (Stream<Path> files = Files.list(JARS)) {
      jars = files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
    }
    check(jars.size() + " jars", new Corpus(Sources.jars(jars), name -> true));
  }

  private static void check(String what, Corpus corpus) {
    corpus.run();
    System.out.print(what + ": " + corpus);
    assertEquals(List.of(), corpus.failures);
    assertTrue(corpus.woven > 0);
  }
}

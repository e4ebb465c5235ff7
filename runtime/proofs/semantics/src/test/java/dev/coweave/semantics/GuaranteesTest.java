package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/guarantees.md against the tests that it names. */
class GuaranteesTest {
  private static final Path ROOT = Path.of("../../..");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
  private static final Pattern ROW = Pattern.compile("^\\| [^|]+ \\| (.*) \\|$", Pattern.MULTILINE);

  private final Map<String, String> sources = new TreeMap<>();

  GuaranteesTest() throws IOException {
    for (String module :
        List.of(
            "runtime/proofs/semantics",
            "runtime/proofs/concurrency",
            "runtime/proofs/loss",
            "agent")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        files.filter(f -> f.toString().endsWith("Test.java")).forEach(this::read);
      }
    }
  }

  private void read(Path source) {
    try {
      String name = source.getFileName().toString();
      sources.merge(name.replace(".java", ""), Files.readString(source), String::concat);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<MatchResult> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }

  @Test
  void eachTestThatIsNamed_isThere() throws IOException {
    List<MatchResult> named = all(TEST, Files.readString(ROOT.resolve("docs/guarantees.md")));
    assertTrue(named.size() > 100, "only " + named.size());
    assertEquals(
        List.of(),
        named.stream()
            .filter(t -> !isThere(t.group(1), t.group(2)))
            .map(MatchResult::group)
            .toList());
  }

  private boolean isThere(String test, String method) {
    return Pattern.compile("@\\w*Test(Factory)?\\b([^;{]|\\{[^;{}]*\\})* " + method + "\\(")
        .matcher(sources.getOrDefault(test, ""))
        .find();
  }

  @Test
  void eachSentence_isShownByATest() throws IOException {
    List<MatchResult> rows = all(ROW, Files.readString(ROOT.resolve("docs/guarantees.md")));
    assertTrue(rows.size() > 50, "only " + rows.size());
    assertEquals(
        List.of(),
        rows.stream()
            .filter(row -> !row.group(1).equals("shown by") && !TEST.matcher(row.group(1)).find())
            .map(MatchResult::group)
            .toList());
  }
}

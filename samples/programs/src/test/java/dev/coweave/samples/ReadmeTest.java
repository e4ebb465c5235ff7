package dev.coweave.samples;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the README, the guide, docs/sequences.md and docs/homes.md show is what the sample programs and their tests are and print. */
class ReadmeTest {
  private static final Path ROOT = Path.of("../..");
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w+)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");
  private static final Pattern VERSION =
      Pattern.compile("(?:<version>|coweave-\\w+[-:])(\\d[\\w.]*?)(?=</|\\.jar|\")");

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/guide.md", "docs/sequences.md", "docs/homes.md"})
  void each_declaration_in_a_java_block_stands_in_a_program(String page) {
    List<String> sources = filesOfPrograms(".java");
    for (String block : blocks(page, "java")) {
      // Declarations are separated by empty lines and may come from different places of a source.
      for (String declaration : block.split("\n\n(?=\\S)")) {
        assertTrue(
            sources.stream().anyMatch(source -> source.contains(declaration.strip())),
            () -> "in no program:\n" + declaration);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/guide.md", "docs/sequences.md", "docs/homes.md"})
  void each_text_block_is_what_a_program_prints(String page) {
    List<String> outputs = filesOfPrograms(".txt");
    for (String block : blocks(page, "text")) {
      assertTrue(outputs.contains(block.strip()), () -> "printed by no program:\n" + block);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/guide.md"})
  void versions_are_those_of_the_build(String page) {
    Matcher version = VERSION.matcher(read(ROOT.resolve(page)));
    int found = 0;
    for (; version.find(); found++) {
      assertEquals(System.getProperty("coweave.version"), version.group(1));
    }
    assertFalse(found == 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/guide.md", "docs/sequences.md", "docs/homes.md"})
  void links_lead_to_files(String page) {
    Path file = ROOT.resolve(page);
    for (Matcher link = LINK.matcher(read(file)); link.find(); ) {
      assertTrue(Files.exists(file.resolveSibling(link.group(1))), link.group());
    }
  }

  private static List<String> blocks(String page, String language) {
    List<String> blocks = new ArrayList<>();
    for (Matcher block = BLOCK.matcher(read(ROOT.resolve(page))); block.find(); ) {
      if (block.group(1).equals(language)) {
        blocks.add(block.group(2));
      }
    }
    assertFalse(blocks.isEmpty());
    return blocks;
  }

  /**
   * The programs' files, with the indentation that members of a top-level class have taken away.
   */
  private static List<String> filesOfPrograms(String suffix) {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      return files
          .filter(f -> f.toString().endsWith(suffix))
          .map(
              f ->
                  read(f)
                      .lines()
                      .map(line -> line.startsWith("  ") ? line.substring(2) : line)
                      .collect(joining("\n"))
                      .strip())
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}

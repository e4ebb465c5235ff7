package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Class files whose names lead out of the tree that they are in. */
class ClassNamesTest {
  private static final String VICTIM =
      """
      class Victim {
        @dev.coweave.Coroutine static int f(int x) { dev.coweave.task.Task.yield(); return x; }
      }
      """;

  @TempDir private Path temporary;
  private Path classes;

  @BeforeEach
  void compile() throws IOException {
    classes = temporary.resolve("a/b/classes");
    Sources.compile(classes, VICTIM);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../x",
        "/tmp/x",
        "",
        "a//x",
        "a/",
        "a/../../../x",
        "./x",
        "..",
        "x\0",
        "a\nb/x",
        "\u0085"
      })
  void aNameThatLeadsElsewhere_isRefused(String name) throws IOException {
    List<Path> before = filesBelow(temporary);
    Path file = classes.resolve("Victim.class");
    byte[] evil = renamed(Files.readAllBytes(file), "Victim", name);
    Files.write(file, evil);
    for (boolean verify : new boolean[] {true, false}) {
      TreeResult result = weave(classes, verify);
      assertEquals(
          List.of("COWEAVE-323"), result.problems().stream().map(Problem::code).toList(), name);
      String message = result.problems().get(0).toString();
      assertTrue(message.lines().allMatch(l -> l.chars().noneMatch(Character::isISOControl)));
      assertEquals(4, message.lines().count(), message);
    }
    assertEquals(before, filesBelow(temporary));
    // The agent weaves by the same weaver, and would dump what it made under that name.
    WeaveResult woven = new Weaver(n -> null, Options.AGENT).weave(evil);
    assertNull(woven.classFile());
    assertEquals("COWEAVE-323", woven.problems().get(0).code());
  }

  @Test
  void theMessage_namesTheFileAndTheName() throws IOException {
    Path file = classes.resolve("Victim.class");
    Files.write(file, renamed(Files.readAllBytes(file), "Victim", "../x\0"));
    assertEquals(
        """
        Victim.class: COWEAVE-323: a class can't be woven under the name '../x\\u0000': it has the part '..'
          in:      ../x\\u0000
          because: the classes that are made for it are named after it, and would be written elsewhere
          fix:     find out what wrote that class file: compilers give no such names\
        """,
        weave(classes, true).problems().get(0).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../Victim.class", "/Victim.class", "a//Victim.class", "a/../Victim.class"})
  void anEntryOfAJarThatLeadsElsewhere_isRefused(String path) throws IOException {
    Path jar = temporary.resolve("evil.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry(path));
      out.write(Files.readAllBytes(classes.resolve("Victim.class")));
    }
    TreeResult result = weave(jar, false);
    assertEquals("COWEAVE-323", result.problems().get(0).code());
    assertEquals(path, result.problems().get(0).place());
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../secret", "/etc/secret", "se\0cret"})
  void aClassThatItRefersTo_isNotReadElsewhere(String name) throws IOException {
    Path file = classes.resolve("Victim.class");
    Files.write(file, renamed(Files.readAllBytes(file), "java/lang/Object", name));
    Files.write(temporary.resolve("a/secret.class"), new byte[] {1});
    TreeResult result =
        new TreeWeaver(List.of(classes, Sources.RUNTIME), Options.BUILD.withVerify(false))
            .weave(List.of(classes));
    assertFalse(
        result.problems().stream().anyMatch(p -> p.code().equals("COWEAVE-324")),
        () -> result.problems().toString());
  }

  @Test
  void aMethodThatNoFileCanBeNamedAfter_isWoven() throws IOException {
    Path file = classes.resolve("Victim.class");
    Files.write(file, renamed(Files.readAllBytes(file), "f", "f\0\t\\:"));
    TreeResult result = weave(classes, true);
    assertEquals("wove 1 coroutine in 1 class", result.summary());
    assertTrue(Files.exists(classes.resolve("Victim$$f____.class")));
  }

  @Test
  void aFileThatIsNotWhereItsNameSays_isWovenWhereItIs() throws IOException {
    Path elsewhere = Files.createDirectories(classes.resolve("elsewhere"));
    Files.move(classes.resolve("Victim.class"), elsewhere.resolve("Other.class"));
    List<Path> before = filesBelow(temporary);
    TreeResult result = weave(classes, true);
    assertEquals("wove 1 coroutine in 1 class", result.summary());
    assertEquals(before.size() + 1, filesBelow(temporary).size());
    assertTrue(Files.exists(classes.resolve("Victim$$f.class")));
  }

  /** The class file with one of its CONSTANT_Utf8 entries replaced. */
  private static byte[] renamed(byte[] classFile, String from, String to) {
    byte[] old = constant(from);
    String text = new String(classFile, StandardCharsets.ISO_8859_1);
    int at = text.indexOf(new String(old, StandardCharsets.ISO_8859_1));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(classFile, 0, at);
    out.writeBytes(constant(to));
    out.write(classFile, at + old.length, classFile.length - at - old.length);
    return out.toByteArray();
  }

  private static byte[] constant(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      bytes.write(1);
      new DataOutputStream(bytes).writeUTF(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static TreeResult weave(Path tree, boolean verify) throws IOException {
    return new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD.withVerify(verify))
        .weave(List.of(tree));
  }

  private static List<Path> filesBelow(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}

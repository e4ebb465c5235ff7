package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Sources;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
  private static final String TICKER =
      """
      class Ticker {
        @dev.coweave.Coroutine void tick() {
          dev.coweave.task.Task.yield();
        }
      }
      """;

  private static final String CLASS_PATH = Sources.RUNTIME.toString();

  @TempDir private Path temporary;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void weave_saysInALineWhatItDid() throws IOException {
    Sources.compile(temporary, TICKER);
    assertEquals(0, run("weave", "-cp", CLASS_PATH, temporary.toString()));
    assertEquals("coweave: wove 1 coroutine in 1 class\n", out());
    assertEquals("", err());
  }

  @Test
  void errors_areAllSaid() throws IOException {
    Sources.compile(
        temporary,
        TICKER.replace("void tick", "synchronized void tick"),
        TICKER.replace("Ticker", "Fine"));
    byte[] fine = Files.readAllBytes(temporary.resolve("Fine.class"));
    assertEquals(1, run("weave", "-cp", CLASS_PATH, temporary.toString()));
    assertTrue(err().startsWith("Ticker.java:3: COWEAVE-102: "), err());
    assertTrue(err().endsWith("coweave: 1 error, nothing was woven\n"), err());
    assertEquals(fine.length, Files.size(temporary.resolve("Fine.class")));
  }

  @Test
  void include_leavesTheOthersAlone() throws IOException {
    Sources.compile(temporary, TICKER, TICKER.replace("Ticker", "Other"));
    assertEquals(
        0,
        run(
            "weave",
            "--classpath",
            CLASS_PATH,
            "--include",
            "Other,Another",
            "--no-verify",
            temporary.toString()));
    assertEquals("coweave: wove 1 coroutine in 1 class\n", out());
  }

  @Test
  void aTreeThatDoesNotExist_isAWrongCommand() {
    assertEquals(2, run("weave", "nowhere"));
    assertTrue(err().startsWith("there is no nowhere\n"), err());
  }

  @Test
  void aPatternThatIsNone_isAWrongCommand() {
    assertEquals(2, run("weave", "--exclude", "a/b", temporary.toString()));
    assertTrue(err().startsWith("--exclude: not a pattern: 'a/b'"), err());
  }

  @Test
  void aFileThatIsNoJar_isAnError() throws IOException {
    Path file = Files.writeString(temporary.resolve("text.jar"), "text");
    assertEquals(1, run("weave", file.toString()));
    assertTrue(err().contains("text.jar"), err());
  }

  @Test
  void noCommand_showsHowItIsUsed() {
    assertEquals(2, run());
    assertTrue(err().contains("weave"), err());
  }

  // ---- explain

  @Test
  void explain_showsLinesStatesAndCode_sideBySide_andWritesNothing() throws IOException {
    Sources.compile(temporary, TICKER, "class Plain {}\n");
    Files.writeString(temporary.resolve("Ticker.java"), TICKER);
    byte[] before = Files.readAllBytes(temporary.resolve("Ticker.class"));
    assertEquals(0, run("explain", "-cp", CLASS_PATH, temporary.toString()), err());
    assertArrayEquals(before, Files.readAllBytes(temporary.resolve("Ticker.class")));
    assertTrue(out().contains("class Plain  not woven: it has no coroutines"), out());
    assertTrue(out().contains("class Ticker  woven: coroutines: 1"), out());
    assertTrue(out().contains("suspending Ticker.tick(): void\n  frame Ticker$$tick: "), out());
    String row =
        out().lines().filter(l -> l.contains("dev.coweave.task.Task.yield();")).findFirst().get();
    assertTrue(row.startsWith("     3  dev.coweave.task.Task.yield();"), row);
    assertTrue(row.contains("| state 0    |"), row);
    assertTrue(out().contains("INVOKESTATIC Task.yield (LContinuation;)V"), out());
    assertTrue(out().contains("TABLESWITCH") || out().contains("GETFIELD"), out());
  }

  @Test
  void explain_withoutSources_hasLinesAllTheSame_andSaysErrors() throws IOException {
    Sources.compile(temporary, TICKER.replace("void tick", "synchronized void tick"));
    assertEquals(
        1, run("explain", "-cp", CLASS_PATH, temporary.resolve("Ticker.class").toString()));
    assertTrue(out().contains("class Ticker  not woven: it has errors"), out());
    assertTrue(out().contains("Ticker.java:3: COWEAVE-102: "), out());
  }

  @Test
  void explain_ofNoClassFile_saysWhich() {
    assertEquals(1, run("explain", temporary.resolve("None.class").toString()));
    assertTrue(err().contains("None.class"), err());
  }

  @Test
  void explain_ofADirectory_namesTheFileThatIsCorrupt() throws IOException {
    Sources.compile(temporary, TICKER);
    byte[] whole = Files.readAllBytes(temporary.resolve("Ticker.class"));
    Files.write(temporary.resolve("Cut.class"), Arrays.copyOf(whole, 100));
    Files.write(temporary.resolve("Empty.class"), new byte[0]);
    Files.writeString(temporary.resolve("Text.class"), "text");
    assertEquals(1, run("explain", "-cp", CLASS_PATH, temporary.toString()));
    for (String heading :
        List.of(
            "Cut.class  not woven: it has errors",
            "Empty.class  not woven: it is no class file",
            "Text.class  not woven: it is no class file")) {
      assertTrue(out().lines().anyMatch((temporary + File.separator + heading)::equals), out());
    }
    assertTrue(out().contains("class Ticker  woven: coroutines: 1"), out());
  }

  @Test
  void explain_ofAJar_explainsItsClasses() throws IOException {
    Path classes = Files.createDirectory(temporary.resolve("classes"));
    Sources.compile(classes, TICKER, "class Plain {}\n");
    Path jar = temporary.resolve("tickers.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : List.of("Plain.class", "Ticker.class")) {
        zip.putNextEntry(new ZipEntry(name));
        Files.copy(classes.resolve(name), zip);
      }
    }
    assertEquals(0, run("explain", "-cp", CLASS_PATH, jar.toString()), err());
    assertTrue(out().contains("class Plain  not woven: it has no coroutines"), out());
    assertTrue(out().contains("class Ticker  woven: coroutines: 1"), out());
  }

  @Test
  void explain_ofAClassFile_looksBesideIt_andMissesTheRuntime() throws IOException {
    Sources.compile(
        temporary,
        TICKER.replace("class", "package a.b; class"),
        "package a.b; class User { void use(Ticker t) { } @dev.coweave.Coroutine void f(Ticker t) {"
            + " t.tick(); } }");
    Path user = temporary.resolve("a/b/User.class");
    assertEquals(0, run("explain", "-cp", CLASS_PATH, user.toString()), err());
    assertTrue(out().contains("Ticker.tick (LContinuation;)V"), out());
    assertEquals("", err());
    assertEquals(0, run("explain", user.toString()), err());
    assertTrue(err().startsWith("warning: "), err());
  }

  @Test
  void explain_ofADirectoryWithoutClasses_saysSo() throws IOException {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    assertEquals(0, run("explain", "-cp", CLASS_PATH, empty.toString()), err());
    assertEquals(empty + "  has no class files\n", out());
  }

  private int run(String... args) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(args);
  }

  private String out() {
    return out.toString().replace("\r\n", "\n");
  }

  private String err() {
    return err.toString().replace("\r\n", "\n");
  }
}

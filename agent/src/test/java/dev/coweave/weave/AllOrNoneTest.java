package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A run that can't write all it has to writes nothing; one that is killed leaves nothing for good. */
class AllOrNoneTest {
  private static final String TICKER =
      "class Ticker { @dev.coweave.Coroutine void tick() { dev.coweave.task.Task.yield(); } }";

  @TempDir private Path temporary;
  private Path first;
  private Path second;

  @BeforeEach
  void compile() throws IOException {
    first = temporary.resolve("first");
    second = temporary.resolve("second");
    Sources.compile(first, TICKER);
    Sources.compile(second, TICKER.replace("Ticker", "Other"));
  }

  @Test
  void aSecondDirectoryThatCannotBeWritten_leavesTheFirstAsItWas() throws IOException {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
    Files.setPosixFilePermissions(second, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assumeTrue(!Files.isWritable(second), "root writes everywhere");
      SortedMap<String, String> before = snapshot();
      TreeResult result = weave(first, second);
      assertEquals("1 error, nothing was woven", result.summary());
      assertEquals("COWEAVE-327", result.problems().get(0).code());
      assertEquals(before, snapshot());
    } finally {
      Files.setPosixFilePermissions(second, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  /** The limit of a file's size is a full disk that no superuser gets around. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aJarThatIsTooLargeToWrite_leavesTheDirectoriesAsTheyWere() throws Exception {
    Path jar = temporary.resolve("large.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      put(out, "Other.class", Files.readAllBytes(second.resolve("Other.class")));
      stored(out, "large", new byte[300_000]);
    }
    SortedMap<String, String> before = snapshot();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -f 128; exec \"$@\"",
                "sh",
                java,
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.coweave.agent.Main",
                "weave",
                "-cp",
                Sources.RUNTIME.toString(),
                first.toString(),
                jar.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES));
    assertEquals(1, process.exitValue(), said);
    assertTrue(
        said.startsWith("large.jar: COWEAVE-327: " + jar.toRealPath() + " can't be written: "),
        said);
    assertTrue(said.endsWith("coweave: 1 error, nothing was woven\n"), said);
    assertEquals(before, snapshot());
  }

  @Test
  void aFileThatCannotBeMoved_hasTheOthersMovedBack() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "old");
    FileTime time = FileTime.fromMillis(0);
    Files.setLastModifiedTime(file, time);
    Path gone = Files.writeString(temporary.resolve("gone"), "old too");
    SortedMap<String, String> before = snapshot();
    try (Staging staging = new Staging()) {
      staging.write(file, out -> out.write('n'));
      staging.write(temporary.resolve("fresh"), out -> out.write('n'));
      staging.remove(gone);
      Set<String> staged = snapshot().keySet();
      staging.write(temporary.resolve("last"), out -> out.write('n'));
      for (String name : snapshot().keySet()) {
        if (!staged.contains(name)) {
          Files.delete(temporary.resolve(name)); // as somebody does who tidies up
        }
      }
      UnusableFile e = assertThrows(UnusableFile.class, staging::commit);
      assertEquals(0, e.changed());
      assertEquals("COWEAVE-327", e.problem().code());
    }
    assertEquals(before, snapshot());
    assertEquals(time, Files.getLastModifiedTime(file));
  }

  @Test
  void aDirectoryInItsPlace_isLeftAlone() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "old");
    Path directory = Files.createDirectories(temporary.resolve("directory/empty"));
    SortedMap<String, String> before = snapshot();
    try (Staging staging = new Staging()) {
      staging.write(file, out -> out.write('n'));
      staging.write(directory, out -> out.write('n'));
      assertThrows(UnusableFile.class, staging::commit);
    }
    assertEquals(before, snapshot());
  }

  @Test
  void aDirectoryWhereACompanionIsToBe_isAnError() throws IOException {
    Files.createDirectories(first.resolve("Ticker$$tick.class"));
    SortedMap<String, String> before = snapshot();
    TreeResult result = weave(second, first);
    assertEquals(List.of("COWEAVE-301"), result.problems().stream().map(Problem::code).toList());
    assertEquals(before, snapshot());
  }

  @Test
  void whatAKilledRunLeft_isRemovedByTheNext() throws Exception {
    Path jar = temporary.resolve("jars/other.jar");
    Files.createDirectories(jar.getParent());
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      put(out, "Other.class", Files.readAllBytes(second.resolve("Other.class")));
    }
    Process ended = new ProcessBuilder("java", "-version").redirectErrorStream(true).start();
    ended.getInputStream().readAllBytes();
    ended.waitFor();
    Path deep = Files.createDirectories(first.resolve("com/acme"));
    List<Path> left =
        List.of(
            deep.resolve(".coweave-6f1c2a9e-1111-4222-8333-444455556666.tmp"),
            first.resolve(".coweave-" + ended.pid() + "-6f1c2a9e-1111-4222-8333-444455556666.tmp"),
            jar.resolveSibling(".coweave-6f1c2a9e-1111-4222-8333-444455556666.tmp"));
    for (Path file : left) {
      Files.writeString(file, "half");
    }
    // A process of this number wrote it before this one was started.
    Path older = Leftovers.name(deep.resolve("X.class"));
    Files.writeString(older, "half");
    Files.setLastModifiedTime(older, FileTime.fromMillis(0));
    Path inUse = Files.writeString(Leftovers.name(deep.resolve("X.class")), "of another thread");
    Path users = Files.writeString(deep.resolve(".coweave-notes.tmp"), "a user's");
    weave(first, jar);
    left.forEach(file -> assertFalse(Files.exists(file), file::toString));
    assertFalse(Files.exists(older));
    assertTrue(Files.exists(inUse));
    assertTrue(Files.exists(users));
  }

  @Test
  void noFileIsLeft() throws IOException {
    weave(first, second);
    assertEquals(List.of(), snapshot().keySet().stream().filter(f -> f.contains(".tmp")).toList());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void permissions_areKept() throws IOException {
    Path file = first.resolve("Ticker.class");
    var permissions = PosixFilePermissions.fromString("r--r-----");
    Files.setPosixFilePermissions(file, permissions);
    assertEquals("wove 1 coroutine in 1 class", weave(first).summary());
    assertEquals(permissions, Files.getPosixFilePermissions(file));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aLinkToAClassFile_isReplacedAndNotFollowed() throws IOException {
    Path file = first.resolve("Ticker.class");
    Path cache = temporary.resolve("cache");
    Files.move(file, cache);
    Files.createSymbolicLink(file, cache);
    byte[] before = Files.readAllBytes(cache);
    assertEquals("wove 1 coroutine in 1 class", weave(first).summary());
    assertArrayEquals(before, Files.readAllBytes(cache));
    assertFalse(Files.isSymbolicLink(file));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aLinkToATree_staysALink() throws IOException {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), first);
    assertEquals("wove 1 coroutine in 1 class", weave(link, first).summary());
    assertTrue(Files.isSymbolicLink(link));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aJarInUse_isReadAsItWas() throws Exception {
    Path jar = temporary.resolve("used.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      put(out, "Ticker.class", Files.readAllBytes(first.resolve("Ticker.class")));
      put(out, "text", "text".getBytes(StandardCharsets.UTF_8));
    }
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertEquals("wove 1 coroutine in 1 class", weave(jar).summary());
      try (InputStream in = zip.getInputStream(zip.getEntry("Ticker.class"))) {
        assertArrayEquals(Files.readAllBytes(first.resolve("Ticker.class")), in.readAllBytes());
      }
    }
  }

  private static TreeResult weave(Path... trees) throws IOException {
    return new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD).weave(List.of(trees));
  }

  private static void put(ZipOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(bytes);
    out.closeEntry();
  }

  private static void stored(ZipOutputStream out, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  /** Each file and directory, with its length and time. */
  private SortedMap<String, String> snapshot() throws IOException {
    SortedMap<String, String> result = new TreeMap<>();
    try (Stream<Path> files = Files.walk(temporary)) {
      for (Path file : files.toList()) {
        boolean directory = Files.isDirectory(file);
        result.put(
            temporary.relativize(file).toString(),
            directory ? "" : Files.size(file) + " " + Files.getLastModifiedTime(file));
      }
    }
    return result;
  }
}

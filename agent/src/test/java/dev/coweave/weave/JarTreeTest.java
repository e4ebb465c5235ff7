package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarTreeTest {
  private static final LocalDateTime TIME = LocalDateTime.of(2001, 2, 3, 4, 5, 6);

  @TempDir private Path temporary;
  private Path jar;
  private byte[] numbers;

  @BeforeEach
  void compile() throws IOException {
    jar = temporary.resolve("library.jar");
    Sources.compile(
        temporary.resolve("classes"),
        """
        class Numbers {
          @dev.coweave.Coroutine
          static Iterable<Integer> one() {
            dev.coweave.generator.Generator.yield(1);
            return dev.coweave.generator.Generator.end();
          }
        }
        """);
    numbers = Files.readAllBytes(temporary.resolve("classes/Numbers.class"));
  }

  @Test
  void allElse_staysAsItIs() throws IOException {
    byte[] text = "text".getBytes(StandardCharsets.UTF_8);
    write(
        out -> {
          out.setComment("about it");
          put(
              out,
              "META-INF/MANIFEST.MF",
              "Manifest-Version: 1.0\n\n".getBytes(StandardCharsets.UTF_8));
          stored(out, "z.txt", text);
          put(out, "Numbers.class", numbers);
          put(out, "a/", new byte[0]);
          put(out, "a/a.txt", text);
        });
    List<String> before = describe(jar);
    assertEquals("wove 1 coroutine in 1 class", weave().summary());
    List<String> after = describe(jar);
    // What was made for the class stands at the end, and has its time.
    assertTrue(after.size() > before.size());
    assertEquals(before, after.subList(0, before.size()));
    assertTrue(
        after.subList(before.size(), after.size()).stream()
            .allMatch(e -> e.startsWith("Numbers$") && e.endsWith(TIME + " 8 null")),
        after::toString);
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertEquals("about it", zip.getComment());
      assertArrayEquals(text, zip.getInputStream(zip.getEntry("a/a.txt")).readAllBytes());
      assertTrue(
          zip.getInputStream(zip.getEntry("Numbers.class")).readAllBytes().length > numbers.length);
    }
  }

  @Test
  void aSecondRun_leavesTheJarAlone() throws IOException {
    write(out -> put(out, "Numbers.class", numbers));
    weave();
    Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
    assertEquals("nothing to weave; 1 class was woven already", weave().summary());
    assertEquals(0, Files.getLastModifiedTime(jar).toMillis());
  }

  @Test
  void theSameJar_isWovenToTheSameBytes() throws IOException {
    write(out -> put(out, "Numbers.class", numbers));
    byte[] before = Files.readAllBytes(jar);
    weave();
    byte[] first = Files.readAllBytes(jar);
    Files.write(jar, before);
    weave();
    assertArrayEquals(first, Files.readAllBytes(jar));
  }

  @Test
  void versionsOfAClass_areWovenInTheirPlaces() throws IOException {
    write(
        out -> {
          put(out, "Numbers.class", numbers);
          put(out, "META-INF/versions/17/Numbers.class", numbers);
        });
    assertEquals("wove 2 coroutines in 2 classes", weave().summary());
    List<String> companions =
        describe(jar).stream().map(e -> e.split(" ")[0]).filter(e -> e.contains("$")).toList();
    List<String> atRoot = companions.stream().filter(e -> !e.contains("/")).toList();
    assertEquals(companions.size(), atRoot.size() * 2);
    atRoot.forEach(
        e -> assertTrue(companions.contains("META-INF/versions/17/" + e), companions::toString));
  }

  @Test
  void aSignedJar_isAnErrorIfItHasCoroutines() throws IOException {
    write(
        out -> {
          put(out, "META-INF/SIGNER.SF", new byte[0]);
          put(out, "Numbers.class", numbers);
        });
    byte[] before = Files.readAllBytes(jar);
    assertEquals(
        """
        library.jar: COWEAVE-302: the jar is signed (META-INF/SIGNER.SF) and has classes to weave
          in:      %s
          because: woven classes don't match the signature, and the JVM would refuse to load them
          fix:     weave before signing, use the agent, or remove the signature\
        """
            .formatted(jar.toRealPath()),
        weave().problems().get(0).toString());
    assertArrayEquals(before, Files.readAllBytes(jar));
  }

  @Test
  void aSignedJar_isFineIfItHasNone() throws IOException {
    write(out -> put(out, "META-INF/SIGNER.SF", new byte[0]));
    assertEquals("nothing to weave", weave().summary());
  }

  @Test
  void aJarThatBeginsWithAScript_isAnError() throws IOException {
    Path plain = temporary.resolve("plain.jar");
    write(out -> put(out, "Numbers.class", numbers));
    Files.move(jar, plain);
    try (OutputStream out = Files.newOutputStream(jar)) {
      out.write("#!/bin/sh\n".getBytes(StandardCharsets.UTF_8));
      Files.copy(plain, out);
    }
    assertEquals("COWEAVE-303", weave().problems().get(0).code());
  }

  @Test
  void aJarWithAnEntryTwice_isAnErrorIfItHasCoroutines() throws IOException {
    write(
        out -> {
          put(out, "Numbers.class", numbers);
          put(out, "license1", new byte[1]);
          put(out, "license2", new byte[1]);
        });
    byte[] bytes = Files.readAllBytes(jar);
    String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("license2", "license1");
    Files.write(jar, text.getBytes(StandardCharsets.ISO_8859_1));
    Problem problem = weave().problems().get(0);
    assertEquals("COWEAVE-325", problem.code());
    assertEquals("the jar has two entries 'license1' and classes to weave", problem.what());
  }

  @Test
  void aManifestThatIsSigned_isASignature() throws IOException {
    write(
        out -> {
          put(out, "META-INF/SIG-OTHER", new byte[0]);
          put(out, "Numbers.class", numbers);
        });
    assertEquals("COWEAVE-302", weave().problems().get(0).code());
  }

  @Test
  void aJarOfVeryManyEntries_isWoven() throws IOException {
    write(
        out -> {
          for (int i = 0; i < 66_000; i++) {
            out.putNextEntry(new ZipEntry("e" + i));
          }
          put(out, "Numbers.class", numbers);
        });
    assertEquals("wove 1 coroutine in 1 class", weave().summary());
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertTrue(zip.size() > 66_001);
      assertTrue(zip.getEntry("Numbers.class").getSize() > numbers.length);
    }
  }

  @Test
  void anEntryLargerThanTheHeap_isCopied() throws Exception {
    int large = 200 << 20;
    write(
        out -> {
          out.setLevel(Deflater.BEST_SPEED);
          put(out, "Numbers.class", numbers);
          out.putNextEntry(new ZipEntry("large"));
          byte[] zeros = new byte[1 << 20];
          for (int i = 0; i < 200; i++) {
            out.write(zeros);
          }
          out.putNextEntry(new ZipEntry("Large.class"));
          for (int i = 0; i < 200; i++) {
            out.write(zeros);
          }
        });
    Process process = weaveWithLittleMemory();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.endsWith("coweave: wove 1 coroutine in 1 class\n"), said);
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertEquals(large, zip.getEntry("large").getSize());
      assertEquals(large, zip.getEntry("Large.class").getSize());
    }
  }

  /** Packed it is small; it begins as class files do, so that it has to be read. */
  @Test
  void aClassLargerThanTheHeap_isNamed() throws Exception {
    write(
        out -> {
          out.setLevel(Deflater.BEST_SPEED);
          put(out, "Numbers.class", numbers);
          out.putNextEntry(new ZipEntry("Large.class"));
          out.write(numbers, 0, 8);
          byte[] zeros = new byte[1 << 20];
          for (int i = 0; i < 200; i++) {
            out.write(zeros);
          }
        });
    byte[] before = Files.readAllBytes(jar);
    Process process = weaveWithLittleMemory();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor(), said);
    assertTrue(
        said.contains(
            jar + "!/Large.class can't be read: it doesn't fit into memory, which -Xmx sets\n"),
        said);
    assertArrayEquals(before, Files.readAllBytes(jar));
  }

  private Process weaveWithLittleMemory() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.coweave.agent.Main",
            "weave",
            "-cp",
            Sources.RUNTIME.toString(),
            jar.toString())
        .redirectErrorStream(true)
        .start();
  }

  private interface Content {
    void writeTo(ZipOutputStream out) throws IOException;
  }

  private void write(Content content) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      content.writeTo(out);
    }
  }

  private static void put(ZipOutputStream out, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  private static void stored(ZipOutputStream out, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME.plusYears(1));
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    entry.setComment("not packed");
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  /** Name, time, method and comment of each entry. */
  private static List<String> describe(Path jar) throws IOException {
    List<String> result = new ArrayList<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      zip.stream()
          .forEach(
              e ->
                  result.add(
                      e.getName()
                          + " "
                          + e.getTimeLocal()
                          + " "
                          + e.getMethod()
                          + " "
                          + e.getComment()));
    }
    return result;
  }

  private TreeResult weave() throws IOException {
    return new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD).weave(List.of(jar));
  }
}

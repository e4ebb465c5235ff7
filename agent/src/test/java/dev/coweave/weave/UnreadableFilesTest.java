package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Trees and class paths with files that aren't what their names say. */
class UnreadableFilesTest {
  private static final String LIBRARY =
      """
      public class Library {
        @dev.coweave.Coroutine public static int slow() { dev.coweave.task.Task.yield(); return 7; }
      }
      """;

  private static final String APPLICATION =
      "class Application { @dev.coweave.Coroutine static int f() { return Library.slow(); } }";

  private static final String PLAIN = "class Plain { int f() { return 1; } }";

  @TempDir private Path temporary;
  private Path library;
  private Path classes;

  @BeforeEach
  void compile() throws IOException {
    library = temporary.resolve("library");
    classes = temporary.resolve("classes");
    Sources.compile(library, LIBRARY);
    Sources.compile(classes, List.of(library), APPLICATION, PLAIN);
    new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD).weave(List.of(library));
  }

  @Test
  void aCorruptJarOnTheClassPath_isNamed() throws IOException {
    Path jar = Files.write(temporary.resolve("library.jar"), new byte[] {'P', 'K', 3, 4, 0, 0, 0});
    List<Problem> problems = weave(jar).problems();
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(
        problems
            .get(0)
            .toString()
            .startsWith(
                "library.jar: COWEAVE-324: "
                    + jar
                    + " can't be read: it is no jar, or a damaged one ("),
        problems::toString);
  }

  @Test
  void textThatIsNamedAsAJar_isNamed() throws IOException {
    Path jar = Files.writeString(temporary.resolve("library.jar"), "<html>404</html>");
    Path empty = Files.createFile(temporary.resolve("empty.jar"));
    assertEquals(
        List.of("empty.jar", "library.jar"),
        weave(jar, empty).problems().stream().map(Problem::place).toList());
  }

  @Test
  void otherFilesOnTheClassPath_areSkipped() throws IOException {
    Path pom = Files.writeString(temporary.resolve("library.pom"), "<project/>");
    assertEquals("wove 1 coroutine in 1 class", weave(library, pom).summary());
  }

  @Test
  void aDamagedEntryOfAJarOnTheClassPath_isNamed() throws IOException {
    Path jar = pack(temporary.resolve("library.jar"), library, "Library.class");
    byte[] bytes = Files.readAllBytes(jar);
    Arrays.fill(bytes, 60, bytes.length / 2, (byte) 0xff); // what is packed, not what lists it
    Files.write(jar, bytes);
    Problem problem = weave(jar).problems().get(0);
    assertTrue(
        problem.what().startsWith(jar + "!/Library.class can't be read: "), problem::toString);
  }

  @Test
  void aCorruptClassOnTheClassPath_isNamed() throws IOException {
    Path file = library.resolve("Library.class");
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 3, 9, 40, whole.length / 2, whole.length - 3}) {
      Files.write(file, Arrays.copyOf(whole, length));
      List<Problem> problems = weave(library).problems();
      assertEquals(1, problems.size(), problems::toString);
      assertEquals("COWEAVE-324", problems.get(0).code());
      assertTrue(
          problems
              .get(0)
              .what()
              .startsWith(library + "/Library.class can't be read: it is damaged, or cut off"),
          problems::toString);
    }
  }

  @Test
  void aClassOnTheClassPath_thatIsLargerThanAnyArray_isNamed() throws IOException {
    Path file = library.resolve("Library.class");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(3L << 30); // which takes no room on the disk
    }
    List<Problem> problems = weave(library).problems();
    assertEquals(1, problems.size(), problems::toString);
    assertEquals("COWEAVE-324", problems.get(0).code());
    assertTrue(
        problems.get(0).what().startsWith(library + "/Library.class can't be read: it doesn't fit"),
        problems::toString);
  }

  @Test
  void aDirectoryNamedAsAClass_isNone() throws IOException {
    Files.createDirectories(classes.resolve("x.class/y.class"));
    Files.createDirectories(temporary.resolve("other/Library.class"));
    assertEquals(
        "wove 1 coroutine in 1 class", weave(temporary.resolve("other"), library).summary());
  }

  @Test
  void aDirectoryInAJarNamedAsAClass_isNone() throws IOException {
    Path jar = temporary.resolve("directory.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry("Library.class/"));
    }
    assertEquals("wove 1 coroutine in 1 class", weave(jar, library).summary());
  }

  @Test
  void junkAmongTheClasses_isToldAndLeftAlone() throws IOException {
    Files.createFile(classes.resolve("Empty.class"));
    Files.writeString(classes.resolve("Text.class"), "text");
    byte[] plain = Files.readAllBytes(classes.resolve("Plain.class"));
    Files.write(classes.resolve("Cut.class"), Arrays.copyOf(plain, 60));
    Files.write(classes.resolve("Magic.class"), Arrays.copyOf(plain, 4));
    TreeResult result = weave(library);
    assertEquals("wove 1 coroutine in 1 class", result.summary());
    assertEquals(
        List.of("Cut.class", "Empty.class", "Magic.class", "Text.class"),
        result.problems().stream().map(Problem::place).toList());
    assertEquals(
        """
        Text.class: COWEAVE-326: the file is no class file: it doesn't begin with 0xCAFEBABE (JVMS 4.1)
          in:      Text.class
          because: its name says it is one, but there is nothing in it to weave; it is left as it is
          fix:     delete it, or compile its source anew\
        """,
        result.problems().get(3).toString());
    assertEquals("text", Files.readString(classes.resolve("Text.class")));
  }

  @Test
  void aCutPlainClass_isLeftAloneAtEachLength() throws IOException {
    Path file = classes.resolve("Plain.class");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 3) {
      byte[] cut = Arrays.copyOf(whole, length);
      Files.write(file, cut);
      assertEquals(0, weave(library).errors(), "of length " + length);
      assertArrayEquals(cut, Files.readAllBytes(file));
    }
  }

  @Test
  void aCutCoroutine_isAnErrorAtEachLength() throws IOException {
    Path file = classes.resolve("Application.class");
    byte[] whole = Files.readAllBytes(file);
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    int mark = text.indexOf("Ldev/coweave/Coroutine;") + "Ldev/coweave/".length();
    for (int length = whole.length - 1; length >= mark; length -= 5) {
      byte[] cut = Arrays.copyOf(whole, length);
      Files.write(file, cut);
      TreeResult result = weave(library);
      assertTrue(result.failed(), "of length " + length);
      assertEquals(
          List.of("Application.class"), result.problems().stream().map(Problem::place).toList());
      assertArrayEquals(cut, Files.readAllBytes(file));
    }
  }

  @Test
  void junkInAJar_isToldAndKept() throws IOException {
    Path jar = temporary.resolve("application.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      put(out, "Application.class", Files.readAllBytes(classes.resolve("Application.class")));
      put(out, "Empty.class", new byte[0]);
    }
    TreeResult result =
        new TreeWeaver(List.of(library, Sources.RUNTIME), Options.BUILD).weave(List.of(jar));
    assertEquals(List.of("Empty.class"), result.problems().stream().map(Problem::place).toList());
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertEquals(0, zip.getEntry("Empty.class").getSize());
    }
  }

  @Test
  void aTreeThatIsACorruptJar_isNamed() throws IOException {
    Path jar = Files.writeString(temporary.resolve("application.jar"), "text");
    TreeResult result = new TreeWeaver(List.of(), Options.BUILD).weave(List.of(jar));
    assertEquals("1 error, nothing was woven", result.summary());
    assertTrue(result.problems().get(0).what().contains("application.jar can't be read: it is no"));
  }

  private TreeResult weave(Path... classPath) throws IOException {
    List<Path> all = new ArrayList<>(List.of(classPath));
    all.add(Sources.RUNTIME);
    return new TreeWeaver(all, Options.BUILD).weave(List.of(classes));
  }

  private static Path pack(Path jar, Path directory, String file) throws IOException {
    try (OutputStream target = Files.newOutputStream(jar);
        ZipOutputStream out = new ZipOutputStream(target)) {
      put(out, file, Files.readAllBytes(directory.resolve(file)));
    }
    return jar;
  }

  private static void put(ZipOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(bytes);
    out.closeEntry();
  }

  /** A class file without members. */
  private static byte[] classFile(String name, String superName, String... interfaces) {
    ClassWriter writer = new ClassWriter(0);
    writer.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, name, null, superName, interfaces);
    return writer.toByteArray();
  }

  private static byte[] coroutine(String name, String superName, String... interfaces) {
    ClassWriter writer = new ClassWriter(0);
    writer.visit(Opcodes.V17, Opcodes.ACC_ABSTRACT, name, null, superName, interfaces);
    MethodVisitor m =
        writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_ABSTRACT, "f", "()V", null, null);
    m.visitAnnotation("Ldev/coweave/Coroutine;", true).visitEnd();
    m.visitEnd();
    return writer.toByteArray();
  }

  @Test
  void classesThatAreTheirOwnSupertypes_areLeft_ifTheyHaveNoCoroutines() throws IOException {
    Files.write(classes.resolve("Self.class"), classFile("Self", "Self"));
    Files.write(classes.resolve("One.class"), classFile("One", "Two"));
    Files.write(classes.resolve("Two.class"), classFile("Two", "One"));
    Files.write(classes.resolve("Behind.class"), classFile("Behind", "One"));
    Files.write(classes.resolve("I.class"), classFile("I", "java/lang/Object", "J"));
    Files.write(classes.resolve("J.class"), classFile("J", "java/lang/Object", "I"));
    assertEquals("wove 1 coroutine in 1 class", weave(library).summary());
  }

  @Test
  void classesThatAreTheirOwnSupertypes_areRefused_ifTheyHaveCoroutines() throws IOException {
    Files.write(classes.resolve("Self.class"), coroutine("Self", "Self"));
    Files.write(classes.resolve("One.class"), coroutine("One", "Two"));
    Files.write(classes.resolve("Two.class"), coroutine("Two", "One"));
    Files.write(classes.resolve("Behind.class"), coroutine("Behind", "One"));
    Files.write(classes.resolve("I.class"), coroutine("I", "java/lang/Object", "J"));
    Files.write(classes.resolve("J.class"), coroutine("J", "java/lang/Object", "I"));
    assertEquals(
        List.of(
            "Behind COWEAVE-111 One is its own supertype",
            "I COWEAVE-111 I is its own supertype",
            "J COWEAVE-111 J is its own supertype",
            "One COWEAVE-111 One is its own supertype",
            "Self COWEAVE-111 Self is its own supertype",
            "Two COWEAVE-111 Two is its own supertype"),
        weave(library).problems().stream()
            .map(p -> p.method() + " " + p.code() + " " + p.what())
            .sorted()
            .toList());
  }
}

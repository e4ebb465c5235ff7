package dev.coweave.neighbours;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same class in two places: the agent takes it from where the loader does, the first. */
class ClassPathsTest {
  private static final String PLAIN =
      "package lib; public class Lib { public int next(int x) { return x + 1; } }";

  private static final String SUSPENDS =
      """
      package lib;
      public class Lib {
        @dev.coweave.Coroutine public int next(int x) { dev.coweave.task.Task.yield(); return x + 2; }
      }
      """;

  /** Its superclass is in two places, and one of these is its own. */
  private static final String MAIN =
      """
      package app;
      import dev.coweave.*;
      import dev.coweave.task.Task;
      public class Main extends lib.Lib {
        @Coroutine int both() { Task.yield(); return next(0); }
        @Coroutine public static void main(String[] args) { Task.yield(); System.out.println(new Main().both()); }
      }
      """;

  /** Between it and its first superclass are others. */
  private static final String DEEP =
      MAIN.replace("class Main extends lib.Lib", "class Main extends A")
          + "class A extends B {} class B extends C {} class C extends D {} class D extends lib.Lib"
          + " {}";

  @TempDir private Path dir;
  private Path plain;
  private Path suspends;

  @BeforeEach
  void compile() throws IOException {
    plain = Files.createDirectories(dir.resolve("plain"));
    suspends = Files.createDirectories(dir.resolve("suspends"));
    for (Path classes : List.of(plain, suspends)) {
      Jvm.compile(classes, "Lib", classes.equals(plain) ? PLAIN : SUSPENDS);
      Jvm.compile(classes, "Main", MAIN);
    }
  }

  private static void assertPrints(String expected, Path... classPath) throws Exception {
    String all = String.join(File.pathSeparator, Stream.of(classPath).map(Path::toString).toList());
    Jvm.Result result = Jvm.runAgents(List.of(Jvm.agent().toString()), all, "app.Main");
    assertEquals("", result.err());
    assertEquals(expected, result.out().strip());
  }

  private Path jar(String name, Path classes, String classPath) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    if (!classPath.isEmpty()) {
      manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    }
    Path jar = dir.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(
            new JarEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
        Files.copy(file, entries);
      }
    }
    return jar;
  }

  /** A jar of these files, in this order, without a manifest. */
  private Path jarOf(String name, Map<String, byte[]> files) throws IOException {
    Path jar = dir.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        out.putNextEntry(new JarEntry(file.getKey()));
        out.write(file.getValue());
      }
    }
    return jar;
  }

  private Path empty(String name) throws IOException {
    return Files.createDirectories(dir.resolve(name));
  }

  private Path without(String file, Path classes) throws IOException {
    Files.delete(classes.resolve(file));
    return classes;
  }

  @Test
  void aCoroutine_aheadOfAPlainMethod() throws Exception {
    assertPrints("2", without("app/Main.class", suspends), plain);
  }

  @Test
  void aPlainMethod_aheadOfACoroutine_inJars() throws Exception {
    Path first = jar("first.jar", without("app/Main.class", plain), "");
    assertPrints("1", first, jar("second.jar", suspends, ""));
  }

  @Test
  void aCoroutine_inAJarThatAManifestNames_aheadOfAPlainMethod() throws Exception {
    jar("named.jar", without("app/Main.class", suspends), "");
    assertPrints("2", jar("names.jar", empty("empty"), "named.jar"), jar("last.jar", plain, ""));
  }

  /** As build tools and IDEs start a JVM whose class path is long. */
  @Test
  void aJarThatOnlyNamesOthers_inTheirOrder() throws Exception {
    jar("first.jar", without("app/Main.class", suspends), "");
    assertPrints("2", jar("names.jar", empty("empty"), "missing.jar first.jar plain/"));
    assertPrints("1", jar("names.jar", empty("empty"), "suspends plain/ first.jar"));
  }

  @Test
  void aJarThatNamesItself_andOneThatNamesIt() throws Exception {
    Path named = jar("named.jar", without("app/Main.class", suspends), "names.jar named.jar");
    assertPrints("2", jar("names.jar", empty("empty"), "named.jar"), plain, named);
  }

  /** Its index is heeded up to JDK 21, and hides what follows. */
  @Test
  void aJarWithAnIndex() throws Exception {
    jar("indexed.jar", without("app/Main.class", suspends), "");
    String index = "JarIndex-Version: 1.0\n\nfirst.jar\nMETA-INF\n\n";
    Path own = jarOf("first.jar", Map.of("META-INF/INDEX.LIST", index.getBytes(UTF_8)));
    assertPrints("1", own, jar("last.jar", plain, ""));
    index += "indexed.jar\nlib\n\n";
    Path other = jarOf("first.jar", Map.of("META-INF/INDEX.LIST", index.getBytes(UTF_8)));
    assertPrints(Runtime.version().feature() < 22 ? "2" : "1", other, dir.resolve("last.jar"));
  }

  /** It is found out then which packages it has, also those of later releases only. */
  @ParameterizedTest
  @ValueSource(strings = {"lib/Lib.class", "META-INF/versions/9/lib/Lib.class"})
  void aJarThatWasAskedInVain_moreOftenThanItHasEntries(String entry) throws Exception {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(
        "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nMulti-Release: true\n".getBytes(UTF_8));
    files.put(entry, Files.readAllBytes(suspends.resolve("lib/Lib.class")));
    Path first = jarOf("first.jar", files);
    Jvm.compile(plain, "Main", DEEP);
    assertPrints("2", first, plain);
  }

  /** The JDK's own loader there takes no companions. */
  @Test
  void onTheBootClassPath_itIsSaidThatNothingIsWoven() throws Exception {
    String boot = suspends + File.pathSeparator + Jvm.home("dev.coweave.Coroutine");
    Jvm.Result result =
        Jvm.runAgents(List.of(Jvm.agent().toString()), "", "-Xbootclasspath/a:" + boot, "app.Main");
    assertEquals(
        """
        coweave: app.Main is not woven, its coroutines will not run:
        app.Main: COWEAVE-116: it has coroutines
          in:      app.Main
          because: the agent weaves what class loaders define, and this class is on the boot class path
          fix:     put it on the class path, or weave it before it is loaded: 'java -jar coweave-agent.jar weave JAR'
        """,
        result.err().replaceAll("(?s)Exception in.*", ""));
  }
}

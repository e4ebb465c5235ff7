package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Options;
import dev.coweave.weave.Sources;
import dev.coweave.weave.TreeWeaver;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;

/** Woven classes and a copy of the runtime whose packages were renamed, as shading does it. */
class RelocationTest {
  private static final String PROGRAM =
      """
      import dev.coweave.Coroutine;
      import dev.coweave.generator.Generator;
      import dev.coweave.task.Task;
      import java.time.Duration;
      import java.util.concurrent.Callable;

      public class Shaded implements Callable<String> {
        @Coroutine static Generator<Integer> upTo(int n) {
          for (int i = 1; i <= n; i++) Generator.yield(i);
          return Generator.end();
        }

        @Override @Coroutine public String call() throws Exception {
          Task.sleep(Duration.ofMillis(1));
          int sum = 0;
          for (int i : upTo(3)) sum += Task.timeout(Duration.ofSeconds(9), () -> { Task.yield(); return 1; }) + i;
          return "sum " + sum;
        }

        public static String plainly() {
          try {
            return String.valueOf((Object) Generator.yield(1));
          } catch (IllegalStateException e) {
            return e.getMessage();
          }
        }
      }
      """;

  @TempDir private Path woven;
  @TempDir private Path shaded;

  /** Renames packages in all that is symbolic; in strings too, as Maven's and Gradle's plugins do, or not. */
  private static final class Renaming extends Remapper {
    private final boolean strings;

    Renaming(boolean strings) {
      super(org.objectweb.asm.Opcodes.ASM9);
      this.strings = strings;
    }

    @Override
    public String map(String name) {
      return name.replaceFirst("^dev/coweave/", "com/acme/shaded/");
    }

    @Override
    public Object mapValue(Object value) {
      return strings && value instanceof String s
          ? s.replaceFirst("^dev\\.coweave", "com.acme.shaded")
          : super.mapValue(value);
    }
  }

  private void shade(boolean strings) throws IOException {
    Sources.compile(woven, PROGRAM);
    new TreeWeaver(List.of(Sources.RUNTIME), Options.BUILD).weave(List.of(woven));
    Renaming renaming = new Renaming(strings);
    rename(woven, renaming);
    if (Files.isDirectory(Sources.RUNTIME)) {
      rename(Sources.RUNTIME, renaming);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(Sources.RUNTIME)) {
        rename(jar.getPath("/"), renaming);
      }
    }
  }

  private void rename(Path root, Renaming renaming) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        if (!file.endsWith("module-info.class")) {
          rename(root.relativize(file).toString(), Files.readAllBytes(file), renaming);
        }
      }
    }
  }

  private void rename(String path, byte[] file, Renaming renaming) throws IOException {
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(file).accept(new ClassRemapper(writer, renaming), 0);
    Path to = shaded.resolve(path.replaceFirst("^dev.coweave", "com/acme/shaded"));
    Files.createDirectories(to.getParent());
    Files.write(to, writer.toByteArray());
  }

  private URLClassLoader loader() throws IOException {
    return new URLClassLoader(
        new URL[] {shaded.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
  }

  private static Object call(ClassLoader loader) throws Exception {
    return ((Callable<?>) loader.loadClass("Shaded").getConstructor().newInstance()).call();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRenamedRuntime_findsItsParts_withoutTheFilesThatNameThem(boolean strings) throws Exception {
    shade(strings);
    try (URLClassLoader loader = loader()) {
      assertEquals("sum 9", call(loader));
      Object message = loader.loadClass("Shaded").getMethod("plainly").invoke(null);
      assertTrue(message.toString().contains("Shaded.plainly(Shaded.java:22)"), message.toString());
    }
  }

  @Test
  void aRenamedRuntime_whoseServiceFileHasTheOldName() throws Exception {
    shade(true);
    Path services = Files.createDirectories(shaded.resolve("META-INF/services"));
    Files.writeString(
        services.resolve("com.acme.shaded.coroutine.Entry$Provider"),
        "dev.coweave.loop.LoopEntries");
    try (URLClassLoader loader = loader()) {
      assertEquals("sum 9", call(loader));
    }
  }

  @Test
  void aRuntimeThatWasShrunk_saysWhatIsMissing() throws Exception {
    shade(true);
    Files.delete(shaded.resolve("com/acme/shaded/loop/LoopEntries.class"));
    try (URLClassLoader loader = loader()) {
      ExceptionInInitializerError e =
          assertThrows(ExceptionInInitializerError.class, () -> call(loader));
      assertEquals(
          """
          com.acme.shaded.loop.LoopEntries is missing beside com.acme.shaded.coroutine.Entry
            because: a tool that shrinks jars left it out, or the runtime is only in part on the class path
            fix: keep all classes of coweave-runtime (ProGuard: -keep class com.acme.shaded.loop.LoopEntries { *; }), and its META-INF/services\
          """
              .strip(),
          e.getCause().getMessage());
    }
  }
}

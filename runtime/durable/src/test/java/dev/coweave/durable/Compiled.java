package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Options;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.eclipse.jdt.core.compiler.batch.BatchCompiler;

/** A program of a test: compiled from text, woven, and loaded by a loader of its own. */
final class Compiled {
  private static final String HEAD =
      "import dev.coweave.*; import dev.coweave.durable.*; import java.time.*; import java.util.*;"
          + " import java.util.concurrent.*;\n";

  private Compiled() {}

  /**
   * Compiles and weaves classes of the unnamed package.
   *
   * @param ecj whether Eclipse's compiler does it
   * @param sources the sources, by class
   */
  static ClassLoader load(boolean ecj, Path dir, Map<String, String> sources) throws IOException {
    Path out = Files.createDirectories(dir.resolve("out"));
    List<String> arguments = new ArrayList<>(List.of("-g", "-proc:none", "-nowarn"));
    if (ecj) {
      arguments.addAll(List.of("--release", "17"));
    }
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path"), "-d", out.toString()));
    for (Map.Entry<String, String> s : sources.entrySet()) {
      Path file = dir.resolve(s.getKey() + ".java");
      Files.writeString(file, HEAD + s.getValue());
      arguments.add(file.toString());
    }
    assertTrue(compile(ecj, arguments.toArray(String[]::new)), () -> "compiles: " + sources);
    Weaver weaver = new Weaver(name -> find(out, name), Options.BUILD);
    List<Path> files;
    try (Stream<Path> all = Files.list(out)) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      WeaveResult woven = weaver.weave(Files.readAllBytes(file));
      woven.problems().stream()
          .filter(p -> p.toString().contains("error"))
          .forEach(System.out::println);
      if (woven.classFile() != null) {
        Files.write(file, woven.classFile());
      }
      for (Map.Entry<String, byte[]> c : woven.companions().entrySet()) {
        Files.write(out.resolve(c.getKey() + ".class"), c.getValue());
      }
    }
    return new URLClassLoader(new URL[] {out.toUri().toURL()}, Compiled.class.getClassLoader());
  }

  private static boolean compile(boolean ecj, String[] arguments) {
    return ecj
        ? BatchCompiler.compile(
            arguments, new PrintWriter(System.out), new PrintWriter(System.err), null)
        : ToolProvider.getSystemJavaCompiler().run(null, System.out, System.err, arguments) == 0;
  }

  private static byte[] find(Path out, String name) {
    try {
      Path file = out.resolve(name + ".class");
      if (Files.exists(file)) {
        return Files.readAllBytes(file);
      }
      try (var in = ClassLoader.getSystemResourceAsStream(name + ".class")) {
        return in == null ? null : in.readAllBytes();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

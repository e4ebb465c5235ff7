package dev.coweave.weave;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.eclipse.jdt.internal.compiler.tool.EclipseCompiler;

/** Compiles the tests' programs: by javac or, with {@code -Dcoweave.compiler=ecj}, by that of Eclipse. */
public final class Compilers {
  private static final boolean ECJ = "ecj".equals(System.getProperty("coweave.compiler"));

  private static final JavaCompiler COMPILER =
      ECJ ? new EclipseCompiler() : ToolProvider.getSystemJavaCompiler();

  /** Shared, for opening one costs more than a compilation; used by one thread at a time. */
  private static final StandardJavaFileManager FILES =
      COMPILER.getStandardFileManager(null, Locale.ROOT, null);

  private static final Path PROGRAMS = Path.of("src/test/java/dev/coweave/weave/programs");

  /** The classes of the programs, if they are to be compiled by another compiler than the tests were. */
  private static final Map<String, byte[]> RECOMPILED = ECJ ? programs() : Map.of();

  /** What the compiler said. */
  public static final class CompilationFailed extends AssertionError {
    private CompilationFailed(String message) {
      super(message);
    }
  }

  private Compilers() {}

  /** The class file of one of the programs' classes, or null: then it is where the tests' classes are. */
  static byte[] recompiled(String internalName) {
    return RECOMPILED.get(internalName);
  }

  private static Map<String, byte[]> programs() {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> files = Files.list(PROGRAMS)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        sources.put("dev.coweave.weave.programs." + name, Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compile(
        sources, List.of("--release", "17", "-g", "-parameters", "-nowarn", "-proc:none"));
  }

  /**
   * Compiles sources.
   *
   * @param sources by the binary name of their first class
   * @return class files by internal name
   * @throws CompilationFailed if they are wrong
   */
  public static synchronized Map<String, byte[]> compile(
      Map<String, String> sources, List<String> options) {
    try {
      // ecj takes no source that isn't a file.
      Path directory = Files.createTempDirectory("sources");
      try {
        return compile(write(sources, directory), options);
      } finally {
        delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> write(Map<String, String> sources, Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, String> e : sources.entrySet()) {
      Path file = directory.resolve(e.getKey().replace('.', '/') + ".java");
      Files.createDirectories(file.getParent());
      files.add(Files.writeString(file, e.getValue()));
    }
    return files;
  }

  private static Map<String, byte[]> compile(List<Path> sources, List<String> options) {
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    Output output = new Output();
    boolean ok =
        COMPILER
            .getTask(
                new StringWriter(),
                output,
                diagnostics,
                ECJ ? forEcj(options) : options,
                null,
                FILES.getJavaFileObjectsFromPaths(sources))
            .call();
    if (!ok) {
      throw new CompilationFailed(
          diagnostics.getDiagnostics().stream()
              .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
              .map(d -> d.getLineNumber() + ": " + d.getMessage(Locale.ROOT))
              .collect(Collectors.joining("\n")));
    }
    return output.classFiles;
  }

  /** ecj knows none of javac's hidden options, and without a release takes an old one. */
  private static List<String> forEcj(List<String> options) {
    List<String> result = new ArrayList<>(options);
    result.removeIf(o -> o.startsWith("-XD"));
    if (!result.contains("--release")) {
      result.addAll(List.of("--release", String.valueOf(Runtime.version().feature())));
    }
    return result;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static final class Output extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, byte[]> classFiles = new HashMap<>();

    Output() {
      super(FILES);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("bytes:///" + className), kind) {
        @Override
        public OutputStream openOutputStream() {
          return new ByteArrayOutputStream() {
            @Override
            public void close() {
              classFiles.put(className.replace('.', '/'), toByteArray());
            }
          };
        }
      };
    }
  }
}

package dev.coweave.weave;

import dev.coweave.Coroutine;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles sources that stand in a test. */
public final class Sources {
  private static final Pattern NAME = Pattern.compile("(?:class|interface|record|enum) (\\w+)");

  /** Where the runtime's classes are. */
  public static final Path RUNTIME = locate(Coroutine.class);

  private Sources() {}

  /**
   * Compiles sources, each one top-level class of the default package, which may use the runtime and what is in the directory.
   *
   * @param directory where the class files go
   */
  public static void compile(Path directory, String... sources) throws IOException {
    compile(directory, List.of(), sources);
  }

  /** Compiles sources against further directories. */
  public static void compile(Path directory, List<Path> classPath, String... sources)
      throws IOException {
    Files.createDirectories(directory);
    StringBuilder path = new StringBuilder(System.getProperty("java.class.path"));
    classPath.forEach(p -> path.append(System.getProperty("path.separator")).append(p));
    path.append(System.getProperty("path.separator")).append(directory);
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "--release",
            "17",
            "-g",
            "-proc:none",
            "-cp",
            path.toString(),
            "-d",
            directory.toString());
    List<JavaFileObject> files = Arrays.stream(sources).map(Sources::file).toList();
    if (!javac.getTask(messages, null, null, options, null, files).call()) {
      throw new AssertionError(messages.toString());
    }
  }

  private static Path locate(Class<?> c) {
    try {
      return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JavaFileObject file(String source) {
    Matcher name = NAME.matcher(source);
    if (!name.find()) {
      throw new IllegalArgumentException("no class in: " + source);
    }
    return new SimpleJavaFileObject(
        URI.create("string:///" + name.group(1) + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
  }
}

package dev.coweave.languages;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import javax.tools.ToolProvider;
import org.codehaus.groovy.control.CompilationFailedException;
import org.codehaus.groovy.control.CompilationUnit;
import org.codehaus.groovy.control.CompilerConfiguration;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/** The compilers of other languages. */
enum Language {
  /** Against what another compiler has made: the only option is its directory. */
  JAVA {
    @Override
    boolean compile(List<Path> sources, Path out, List<String> options, PrintStream messages) {
      String classPath = CLASS_PATH + File.pathSeparator + options.get(0);
      List<String> all = List.of("-g", "-proc:none", "--release", "17", "-cp", classPath, "-d");
      return ToolProvider.getSystemJavaCompiler()
              .run(null, messages, messages, args(all, List.of(out.toString()), sources))
          == 0;
    }
  },
  KOTLIN {
    @Override
    boolean compile(List<Path> sources, Path out, List<String> options, PrintStream messages) {
      List<String> all = new ArrayList<>(List.of("-no-stdlib", "-no-reflect", "-nowarn"));
      all.addAll(List.of("-jvm-target", "17", "-cp", CLASS_PATH, "-d", out.toString()));
      return new K2JVMCompiler().exec(messages, args(all, options, sources)) == ExitCode.OK;
    }
  },
  GROOVY {
    @Override
    boolean compile(List<Path> sources, Path out, List<String> options, PrintStream messages) {
      CompilerConfiguration configuration = new CompilerConfiguration();
      configuration.setTargetBytecode("17");
      configuration.setTargetDirectory(out.toFile());
      configuration.setClasspath(CLASS_PATH);
      CompilationUnit unit = new CompilationUnit(configuration);
      sources.forEach(s -> unit.addSource(s.toFile()));
      try {
        unit.compile();
        return true;
      } catch (CompilationFailedException e) {
        messages.println(e.getMessage());
        return false;
      }
    }
  },
  SCALA_2 {
    @Override
    boolean compile(List<Path> sources, Path out, List<String> options, PrintStream messages) {
      List<String> all = List.of("-cp", CLASS_PATH, "-release", "17", "-d", out.toString());
      return scala.Console.withOut(
          messages,
          () -> {
            scala.tools.nsc.Main.process(args(all, options, sources));
            return !scala.tools.nsc.Main.reporter().hasErrors();
          });
    }
  },
  SCALA_3 {
    @Override
    boolean compile(List<Path> sources, Path out, List<String> options, PrintStream messages) {
      List<String> all =
          List.of(
              "-classpath", CLASS_PATH, "-release", "17", "-color", "never", "-d", out.toString());
      return scala.Console.withOut(
          messages, () -> !dotty.tools.dotc.Main.process(args(all, options, sources)).hasErrors());
    }
  };

  private static final String CLASS_PATH = System.getProperty("java.class.path");

  abstract boolean compile(
      List<Path> sources, Path out, List<String> options, PrintStream messages);

  /**
   * Compiles sources, unless it has been: these compilers take longer than all that comes after them.
   *
   * @param options for the compiler
   * @return the directory of its class files, which are not to be changed
   */
  final Path compiled(List<Path> sources, String... options) throws IOException {
    StringBuilder key = new StringBuilder(this + Arrays.toString(options));
    for (Path source : sources) {
      key.append(Files.readString(source));
    }
    Path out =
        Path.of(
            "target",
            "programs",
            UUID.nameUUIDFromBytes(key.toString().getBytes(UTF_8)).toString());
    if (!Files.exists(out)) {
      Path unfinished =
          Files.createDirectories(out.resolveSibling(out.getFileName() + ".unfinished"));
      ByteArrayOutputStream messages = new ByteArrayOutputStream();
      if (!compile(sources, unfinished, List.of(options), new PrintStream(messages, true, UTF_8))) {
        throw new AssertionError(this + " failed\n" + messages.toString(UTF_8));
      }
      Files.move(unfinished, out);
    }
    return out;
  }

  static String[] args(List<String> some, List<String> more, List<Path> sources) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    sources.forEach(s -> all.add(s.toString()));
    return all.toArray(new String[0]);
  }
}

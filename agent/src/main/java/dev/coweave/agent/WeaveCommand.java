package dev.coweave.agent;

import dev.coweave.weave.Options;
import dev.coweave.weave.Patterns;
import dev.coweave.weave.Problem;
import dev.coweave.weave.TreeResult;
import dev.coweave.weave.TreeWeaver;
import dev.coweave.weave.Warnings;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weave}: weaves directories and jars in place, for every build tool that has no plugin. */
@Command(
    name = "weave",
    description = {
      "Weaves the classes of directories and jars in place, all or none.",
      "What is woven already is left untouched."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:woven, or nothing to weave",
      "1:classes with errors, or files that can't be read or written; nothing is woven",
      "2:a wrong command line"
    })
final class WeaveCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = {"-cp", "--classpath"},
      paramLabel = "CP",
      description =
          "what the classes were compiled against: directories and jars, DIR/* for all jars of a"
              + " directory")
  private String classPath = "";

  @Option(
      names = "--include",
      paramLabel = "PATTERNS",
      description = "weave these classes only, such as com.acme.**")
  private List<String> include = new ArrayList<>();

  @Option(names = "--exclude", paramLabel = "PATTERNS", description = "leave these classes alone")
  private List<String> exclude = new ArrayList<>();

  @Option(
      names = "--coroutines",
      paramLabel = "PATTERNS",
      description =
          "treat these methods as suspending though they bear no annotation: com.acme.**, a class"
              + " or a class.method")
  private List<String> coroutines = new ArrayList<>();

  @Option(
      names = "--no-verify",
      description = "don't check the woven classes before they are written")
  private boolean noVerify;

  @Option(
      names = "--warnings",
      paramLabel = "on|off|error",
      description = "what becomes of what is probably wrong, COWEAVE-120 to 149 (${DEFAULT-VALUE})")
  private Warnings warnings = Warnings.ON;

  @Parameters(
      arity = "1..*",
      paramLabel = "DIR|JAR",
      description = "directories of classes, and jars")
  private List<Path> trees = new ArrayList<>();

  @Override
  public Integer call() {
    trees.forEach(this::requireExists);
    Options options =
        Options.BUILD
            .withInclude(patterns("--include", include))
            .withExclude(patterns("--exclude", exclude))
            .withCoroutines(patterns("--coroutines", coroutines))
            .withVerify(!noVerify)
            .withWarnings(warnings);
    PrintWriter err = spec.commandLine().getErr();
    try {
      TreeResult result = new TreeWeaver(parseClassPath(), options).weave(trees);
      for (Problem p : result.problems()) {
        err.println((p.severity() == Problem.Severity.WARNING ? "warning: " : "") + p);
      }
      (result.failed() ? err : spec.commandLine().getOut()).println("coweave: " + result.summary());
      return result.failed() ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
    } catch (IOException e) {
      err.println("coweave: can't read " + e.getMessage() + ", nothing was woven");
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private void requireExists(Path tree) {
    if (!Files.exists(tree)) {
      throw wrong("there is no " + tree, null);
    }
  }

  private Patterns patterns(String option, List<String> texts) {
    try {
      return Patterns.parse(String.join(",", texts));
    } catch (IllegalArgumentException e) {
      throw wrong(option + ": " + e.getMessage(), e);
    }
  }

  private List<Path> parseClassPath() throws IOException {
    List<Path> result = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator)) {
      try {
        if (entry.endsWith("*")) {
          Path directory =
              Path.of(entry.equals("*") ? "." : entry.substring(0, entry.length() - 2));
          result.addAll(Files.isDirectory(directory) ? jarsOf(directory) : List.of());
        } else if (!entry.isEmpty()) {
          result.add(Path.of(entry));
        }
      } catch (InvalidPathException e) {
        throw wrong("--classpath: no path: " + e.getMessage(), e);
      }
    }
    return result;
  }

  private static List<Path> jarsOf(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
    }
  }

  private ParameterException wrong(String message, @Nullable Throwable cause) {
    return new ParameterException(spec.commandLine(), message, cause);
  }
}

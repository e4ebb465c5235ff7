package dev.coweave.agent;

import dev.coweave.weave.ClassPath;
import dev.coweave.weave.Options;
import dev.coweave.weave.Weaver;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code explain}: shows what the weaver makes of classes, and changes nothing. */
@Command(
    name = "explain",
    description = {
      "Shows what becomes of the coroutines of classes: source lines, the places where they may"
          + " wait with what is kept there, and the woven bytecode, side by side.",
      "Nothing is written. Classes that aren't woven are listed with the reason."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:explained",
      "1:a class has errors, or a file can't be read",
      "2:a wrong command line"
    })
final class ExplainCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = {"-cp", "--classpath"},
      paramLabel = "CP",
      description = "what the classes were compiled against, the runtime among it")
  private String classPath = "";

  @Option(
      names = {"-s", "--sources"},
      paramLabel = "DIRS",
      description =
          "where the sources lie, ${DEFAULT-VALUE} if not given; without them lines have their"
              + " numbers only")
  private String sources =
      String.join(File.pathSeparator, "src/main/java", "src/test/java", "src", ".");

  @Parameters(
      arity = "1..*",
      paramLabel = "CLASSFILE|DIR",
      description = "class files, and directories of them")
  private List<Path> files = new ArrayList<>();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Path> roots = new ArrayList<>(paths(classPath));
    files.stream().filter(Files::isDirectory).forEach(roots::add);
    boolean failed = false;
    try (ClassPath all = new ClassPath(roots, name -> null)) {
      Weaver weaver = new Weaver(all, Options.BUILD);
      for (Path file : classFiles()) {
        byte[] bytes = Files.readAllBytes(file);
        Explanation explanation = Explanation.of(weaver, bytes, paths(sources), file);
        out.println(explanation.text());
        failed |= explanation.failed();
      }
    } catch (IOException e) {
      err.println("coweave: can't read " + e.getMessage());
      failed = true;
    }
    return failed ? 1 : 0;
  }

  private List<Path> classFiles() throws IOException {
    List<Path> result = new ArrayList<>();
    for (Path file : files) {
      if (!Files.isDirectory(file)) {
        result.add(file);
        continue;
      }
      try (Stream<Path> below = Files.walk(file)) {
        below.filter(f -> f.toString().endsWith(".class")).sorted().forEach(result::add);
      }
    }
    return result;
  }

  private static List<Path> paths(String text) {
    return Arrays.stream(text.split(File.pathSeparator))
        .filter(p -> !p.isEmpty())
        .map(Path::of)
        .toList();
  }
}

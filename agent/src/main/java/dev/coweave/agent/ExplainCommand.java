package dev.coweave.agent;

import dev.coweave.weave.ClassPath;
import dev.coweave.weave.Options;
import dev.coweave.weave.Weaver;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
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
      paramLabel = "CLASSFILE|DIR|JAR",
      description = "class files, and directories and jars of them")
  private List<Path> files = new ArrayList<>();

  /** Whether anything was woven, for which the runtime is needed. */
  private boolean woven;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Path> roots = new ArrayList<>(paths(classPath));
    boolean failed = false;
    try {
      for (Path file : files) {
        roots.add(Files.isDirectory(file) || isJar(file) ? file : rootOf(file));
      }
      try (ClassPath all = new ClassPath(roots, name -> null)) {
        Weaver weaver = new Weaver(all, Options.BUILD);
        for (Path file : files) {
          failed |= explain(weaver, file, out);
        }
        if (woven) {
          weaver.runtimeProblem().ifPresent(p -> err.println("warning: " + p));
        }
      }
    } catch (NoSuchFileException e) {
      err.println("coweave: there is no " + e.getMessage());
      failed = true;
    } catch (IOException | ProviderNotFoundException e) {
      err.println("coweave: can't read " + e.getMessage());
      failed = true;
    }
    return failed ? 1 : 0;
  }

  private boolean explain(Weaver weaver, Path file, PrintWriter out) throws IOException {
    if (isJar(file)) {
      try (FileSystem jar = FileSystems.newFileSystem(file)) {
        return explainAll(weaver, file, jar.getPath("/"), out);
      }
    }
    return Files.isDirectory(file)
        ? explainAll(weaver, file, file, out)
        : explainOne(weaver, file, out);
  }

  private boolean explainAll(Weaver weaver, Path named, Path directory, PrintWriter out)
      throws IOException {
    List<Path> classFiles;
    try (Stream<Path> below = Files.walk(directory)) {
      classFiles = below.filter(f -> f.toString().endsWith(".class")).sorted().toList();
    }
    if (classFiles.isEmpty()) {
      out.println(named + "  has no class files");
    }
    boolean failed = false;
    for (Path f : classFiles) {
      failed |= explainOne(weaver, f, out);
    }
    return failed;
  }

  private boolean explainOne(Weaver weaver, Path file, PrintWriter out) throws IOException {
    Explanation explanation =
        Explanation.of(weaver, Files.readAllBytes(file), paths(sources), file);
    out.println(explanation.text());
    woven |= explanation.woven();
    return explanation.failed();
  }

  private static boolean isJar(Path file) {
    return file.toString().endsWith(".jar") && Files.isRegularFile(file);
  }

  /** The directory that a class file's package begins in, for what it refers to lies there too; the file's own if it isn't in one of its name. */
  private static Path rootOf(Path file) throws IOException {
    Path whole = file.toAbsolutePath();
    String name = Weaver.nameOf(Files.readAllBytes(file)) + ".class";
    Path root = whole.getParent();
    if (whole.toString().replace(File.separatorChar, '/').endsWith("/" + name)) {
      for (long n = name.chars().filter(c -> c == '/').count(); n > 0 && root != null; n--) {
        root = root.getParent();
      }
    }
    return root == null ? whole : root;
  }

  private static List<Path> paths(String text) {
    return Arrays.stream(text.split(File.pathSeparator))
        .filter(p -> !p.isEmpty())
        .map(Path::of)
        .toList();
  }
}

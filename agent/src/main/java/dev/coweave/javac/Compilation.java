package dev.coweave.javac;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import dev.coweave.weave.CheckedMark;
import dev.coweave.weave.Options;
import dev.coweave.weave.Problem;
import dev.coweave.weave.TreeResult;
import dev.coweave.weave.TreeWeaver;
import dev.coweave.weave.Warnings;
import dev.coweave.weave.Weaver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.annotation.processing.ProcessingEnvironment;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import org.jspecify.annotations.Nullable;

/** One run of javac: remembers which classes it wrote, and looks at them when it has written all. */
final class Compilation implements TaskListener {
  private final ProcessingEnvironment environment;
  private final boolean weaves;
  private final Warnings warnings;
  private final JavacFiles files;

  /** The binary names of the classes that javac was given or that processors made, of those that it began to compile, and of those that it wrote, with their sources. */
  private final Set<String> expected = new HashSet<>();

  private final Set<String> begun = new HashSet<>();

  private final Map<String, JavaFileObject> written = new LinkedHashMap<>();

  private boolean warmsUp;

  /**
   * Listens to a compilation. Returns null where the annotation isn't known: then there are no coroutines, and nothing to look at.
   *
   * @param weaves whether its output is woven
   * @param warnings what becomes of advice
   * @throws IllegalArgumentException if the environment isn't javac's own
   */
  static @Nullable Compilation begin(
      ProcessingEnvironment environment, boolean weaves, Warnings warnings) {
    JavacTask task = JavacTask.instance(environment);
    if (environment.getElementUtils().getTypeElement("dev.coweave.Coroutine") == null) {
      return null;
    }
    Compilation result = new Compilation(environment, weaves, warnings);
    task.addTaskListener(result);
    return result;
  }

  private Compilation(ProcessingEnvironment environment, boolean weaves, Warnings warnings) {
    this.environment = environment;
    this.weaves = weaves;
    this.warnings = warnings;
    this.files = new JavacFiles(environment, weaves);
  }

  /** Classes of which each is to be written, unless there are errors; others that javac finds by itself may not be ({@code -implicit:none}). */
  void expect(Set<? extends Element> roots) {
    for (Element root : roots) {
      if (root instanceof TypeElement type) {
        expected.add(nameOf(type));
      }
    }
  }

  @Override
  public void started(TaskEvent e) {
    TypeElement type = e.getTypeElement();
    if (e.getKind() == TaskEvent.Kind.ANALYZE && type != null && !isDescription(nameOf(type))) {
      begun.add(nameOf(type));
      if (!warmsUp && imports(e.getCompilationUnit())) {
        warmsUp = true;
        WarmUp.begin();
      }
    }
  }

  /** Whether a source imports something of Coweave: then the weaver will be needed, and else hardly. */
  private static boolean imports(@Nullable CompilationUnitTree unit) {
    return unit != null
        && unit.getImports().stream()
            .anyMatch(i -> i.getQualifiedIdentifier().toString().startsWith("dev.coweave."));
  }

  @Override
  public void finished(TaskEvent e) {
    TypeElement type = e.getTypeElement();
    if (e.getKind() == TaskEvent.Kind.GENERATE && type != null && e.getSourceFile() != null) {
      if (!isDescription(nameOf(type))) {
        written.put(nameOf(type), e.getSourceFile());
      }
    } else if (e.getKind() == TaskEvent.Kind.COMPILATION && isWhole()) {
      look();
    }
  }

  /** Whether there were no errors; else javac has something to say that comes first. */
  private boolean isWhole() {
    return !written.isEmpty()
        && begun.stream().allMatch(n -> written.containsKey(n) || !expected.contains(n));
  }

  private void look() {
    try {
      if (!files.areWritten(written.keySet())) {
        tellUnwritten();
      } else if (weaves) {
        weave();
      } else {
        check();
      }
    } catch (IOException e) {
      error("can't read what javac wrote: " + e);
    }
  }

  /** An error where something would run unwoven; what isn't checked here will be when it is woven. */
  private void tellUnwritten() {
    String text = "the class files of this compilation are not in its output directory: ";
    if (weaves) {
      error(
          text
              + "give javac one, by -d; a compiler that writes them later can't have them woven"
              + " here: use the build plugin or the agent");
    } else if (warnings != Warnings.OFF) {
      Diagnostic.Kind kind =
          warnings == Warnings.ERROR ? Diagnostic.Kind.ERROR : Diagnostic.Kind.WARNING;
      String message = "coweave: " + text + "they are not checked; give javac one, by -d";
      environment.getMessager().printMessage(kind, message);
    }
  }

  /** Returns whether there were errors. */
  private boolean check() throws IOException {
    Messages messages = new Messages(environment, written, warnings);
    Weaver weaver = new Weaver(files, options().withDry(true).withVerify(false));
    for (Looked looked : lookAtAll(weaver)) {
      looked.problems.forEach(messages::tell);
      if (!weaves && looked.problems.stream().anyMatch(Problem::isAdvice)) {
        files.write(looked.name, CheckedMark.on(looked.classFile));
      }
    }
    return messages.hasErrors();
  }

  /** A class that was looked at. */
  private record Looked(String name, byte[] classFile, List<Problem> problems) {}

  /** In the order in which javac wrote them; on all processors, for javac itself uses one, and waits meanwhile. */
  private List<Looked> lookAtAll(Weaver weaver) throws IOException {
    try {
      return List.copyOf(written.keySet()).parallelStream().map(n -> lookAt(weaver, n)).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private Looked lookAt(Weaver weaver, String name) {
    try {
      byte[] classFile = files.written(name);
      return new Looked(name, classFile, weaver.weave(classFile).problems());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void weave() throws IOException {
    if (warnings == Warnings.ERROR && check()) {
      return; // and all is as javac wrote it
    }
    Messages messages = new Messages(environment, written, warnings);
    TreeResult result = new TreeWeaver(files, options()).weave(List.of(files.outputDirectory()));
    result.problems().stream()
        .filter(p -> warnings != Warnings.ERROR || p.severity() == Problem.Severity.ERROR)
        .forEach(messages::tell); // the others were told by the check
    if (result.failed()) {
      error(result.summary());
    }
  }

  /** What is an error, and what isn't told, is decided where the source's annotations are known. */
  private Options options() {
    return Options.BUILD.withWarnings(warnings == Warnings.OFF ? Warnings.OFF : Warnings.ON);
  }

  private void error(String message) {
    environment.getMessager().printMessage(Diagnostic.Kind.ERROR, "coweave: " + message);
  }

  private String nameOf(TypeElement type) {
    return environment.getElementUtils().getBinaryName(type).toString();
  }

  /** A module's description, which javac begins without a name, or a package's: it has nothing to weave, and maybe no class file. */
  private static boolean isDescription(String name) {
    return name.isEmpty() || name.endsWith("module-info") || name.endsWith("package-info");
  }
}

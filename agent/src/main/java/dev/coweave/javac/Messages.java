package dev.coweave.javac;

import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import dev.coweave.weave.Problem;
import dev.coweave.weave.Warnings;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import javax.annotation.processing.ProcessingEnvironment;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import org.jspecify.annotations.Nullable;

/**
 * Tells the weaver's problems as javac's diagnostics. By then javac has taken its trees apart, and a message's place is given by a tree: the source
 * is parsed once more, which costs something only where there is something to tell.
 */
final class Messages {
  private final ProcessingEnvironment environment;
  private final Map<String, JavaFileObject> sources;
  private final Warnings warnings;
  private final Map<JavaFileObject, ParsedSource> parsed = new HashMap<>();
  private boolean errors;

  /**
   * Messages of a compilation.
   *
   * @param sources by binary names of classes
   * @param warnings what becomes of advice
   */
  Messages(
      ProcessingEnvironment environment, Map<String, JavaFileObject> sources, Warnings warnings) {
    this.environment = environment;
    this.sources = sources;
    this.warnings = warnings;
  }

  /** Tells a problem, at its line if that can be found; not a warning that the source suppresses. */
  void tell(Problem p) {
    boolean isError =
        p.severity() == Problem.Severity.ERROR || (p.isAdvice() && warnings == Warnings.ERROR);
    ParsedSource source = sourceOf(p);
    TreePath place = source == null ? null : source.at(p.line());
    if (p.severity() == Problem.Severity.WARNING
        && (p.isAdvice() && warnings == Warnings.OFF || isSuppressed(p, source, place))) {
      return;
    }
    errors |= isError;
    Diagnostic.Kind kind = isError ? Diagnostic.Kind.ERROR : Diagnostic.Kind.MANDATORY_WARNING;
    if (place == null) {
      environment.getMessager().printMessage(kind, p.toString());
    } else {
      String text = p.toString().substring(p.place().length() + 2) + silence(p);
      Trees.instance(environment)
          .printMessage(kind, text, place.getLeaf(), place.getCompilationUnit());
    }
  }

  /** Whether an error was told. */
  boolean hasErrors() {
    return errors;
  }

  /** A class file tells lines only: what is suppressed at a declaration is suppressed in the line where it begins. */
  private boolean isSuppressed(Problem p, @Nullable ParsedSource source, @Nullable TreePath place) {
    return source != null
        && place != null
        && Stream.concat(Stream.of(place), source.declaredAt(p.line()).stream())
            .anyMatch(t -> Suppressions.around(t, environment.getElementUtils()).contains(p));
  }

  private static String silence(Problem p) {
    return p.isAdvice() ? "\n  silence: @SuppressWarnings(\"coweave:" + p.name() + "\")" : "";
  }

  private @Nullable ParsedSource sourceOf(Problem p) {
    String file = p.file();
    return file == null || p.line() == 0
        ? null
        : sources.entrySet().stream()
            .filter(e -> p.method().startsWith(e.getKey()))
            .map(Map.Entry::getValue)
            .filter(s -> s.getName().endsWith(file))
            .findFirst()
            .map(s -> parsed.computeIfAbsent(s, ParsedSource::of))
            .orElse(null);
  }
}

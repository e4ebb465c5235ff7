package dev.coweave.javac;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import dev.coweave.weave.Problem;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import javax.annotation.processing.ProcessingEnvironment;
import javax.tools.Diagnostic;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Tells the weaver's problems as javac's diagnostics. By then javac has taken its trees apart, and a message's place is given by a tree: the source
 * is parsed once more, which costs something only where there is something to tell.
 */
final class Messages {
  private final ProcessingEnvironment environment;
  private final Map<String, JavaFileObject> sources;

  /**
   * Messages of a compilation.
   *
   * @param sources by binary names of classes
   */
  Messages(ProcessingEnvironment environment, Map<String, JavaFileObject> sources) {
    this.environment = environment;
    this.sources = sources;
  }

  /** Tells a problem, at its line if that can be found. */
  void tell(Problem p) {
    Diagnostic.Kind kind =
        p.severity() == Problem.Severity.ERROR
            ? Diagnostic.Kind.ERROR
            : Diagnostic.Kind.MANDATORY_WARNING;
    JavaFileObject source = sourceOf(p);
    if (source == null || !tell(p, kind, source)) {
      environment.getMessager().printMessage(kind, p.toString());
    }
  }

  private @Nullable JavaFileObject sourceOf(Problem p) {
    String file = p.file();
    return file == null || p.line() == 0
        ? null
        : sources.entrySet().stream()
            .filter(e -> p.method().startsWith(e.getKey()))
            .map(Map.Entry::getValue)
            .filter(s -> s.getName().endsWith(file))
            .findFirst()
            .orElse(null);
  }

  private boolean tell(Problem p, Diagnostic.Kind kind, JavaFileObject source) {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    if (javac == null) {
      return false;
    }
    JavacTask parser =
        (JavacTask)
            javac.getTask(
                new StringWriter(), null, d -> {}, List.of("-proc:none"), null, List.of(source));
    try {
      for (CompilationUnitTree unit : parser.parse()) {
        Tree tree = new AtLine(unit, Trees.instance(parser).getSourcePositions(), p.line()).find();
        if (tree != null) {
          String text = p.toString().substring(p.place().length() + 2);
          Trees.instance(environment).printMessage(kind, text, tree, unit);
          return true;
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  /** Finds the first tree that begins on a line. */
  private static final class AtLine extends TreeScanner<@Nullable Void, @Nullable Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final long line;
    private @Nullable Tree found;

    AtLine(CompilationUnitTree unit, SourcePositions positions, long line) {
      this.unit = unit;
      this.positions = positions;
      this.line = line;
    }

    @Nullable Tree find() {
      scan(unit.getTypeDecls(), null);
      return found;
    }

    @Override
    public @Nullable Void scan(@Nullable Tree tree, @Nullable Void nothing) {
      if (tree != null && found == null) {
        long start = positions.getStartPosition(unit, tree);
        if (start != Diagnostic.NOPOS && unit.getLineMap().getLineNumber(start) == line) {
          found = tree;
        } else {
          super.scan(tree, nothing);
        }
      }
      return null;
    }
  }
}

package dev.coweave.javac;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** A source, parsed and no more, to find out what stands in a line. */
final class ParsedSource {
  private final @Nullable CompilationUnitTree unit;
  private final @Nullable SourcePositions positions;

  private ParsedSource(@Nullable CompilationUnitTree unit, @Nullable SourcePositions positions) {
    this.unit = unit;
    this.positions = positions;
  }

  /** Parses a source; one that can't be read any more has no lines. */
  static ParsedSource of(JavaFileObject source) {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    if (javac == null) {
      return new ParsedSource(null, null);
    }
    JavacTask parser =
        (JavacTask)
            javac.getTask(
                new StringWriter(), null, d -> {}, List.of("-proc:none"), null, List.of(source));
    try {
      for (CompilationUnitTree unit : parser.parse()) {
        return new ParsedSource(unit, Trees.instance(parser).getSourcePositions());
      }
    } catch (IOException | RuntimeException e) {
      // The message is told without a place.
    }
    return new ParsedSource(null, null);
  }

  /** The first tree that begins in a line; of a chain of calls, the link that does. */
  @Nullable TreePath at(long line) {
    if (unit == null || positions == null) {
      return null;
    }
    AtLine scanner = new AtLine(unit, positions, line);
    scanner.scan(new TreePath(unit), null);
    return scanner.first != null ? scanner.first : scanner.link;
  }

  /** The classes, methods and variables that begin in a line. */
  List<TreePath> declaredAt(long line) {
    List<TreePath> result = new ArrayList<>();
    if (unit != null && positions != null) {
      CompilationUnitTree whole = unit;
      SourcePositions at = positions;
      new TreePathScanner<@Nullable Void, @Nullable Void>() {
        @Override
        public @Nullable Void scan(@Nullable Tree tree, @Nullable Void nothing) {
          boolean declares =
              tree instanceof ClassTree
                  || tree instanceof MethodTree
                  || tree instanceof VariableTree;
          if (declares && lineOf(whole, at.getStartPosition(whole, tree)) == line) {
            result.add(new TreePath(getCurrentPath(), tree));
          }
          return super.scan(tree, nothing);
        }
      }.scan(new TreePath(whole), null);
    }
    return result;
  }

  private static long lineOf(CompilationUnitTree unit, long position) {
    return position == Diagnostic.NOPOS ? -1 : unit.getLineMap().getLineNumber(position);
  }

  private static final class AtLine extends TreePathScanner<@Nullable Void, @Nullable Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final long line;
    private @Nullable TreePath first;
    private @Nullable TreePath link;

    AtLine(CompilationUnitTree unit, SourcePositions positions, long line) {
      this.unit = unit;
      this.positions = positions;
      this.line = line;
    }

    @Override
    public @Nullable Void scan(@Nullable Tree tree, @Nullable Void nothing) {
      if (tree == null || first != null) {
        return null;
      }
      if (tree != unit && lineOf(unit, positions.getStartPosition(unit, tree)) == line) {
        first = new TreePath(getCurrentPath(), tree);
        return null;
      }
      return super.scan(tree, nothing);
    }

    @Override
    public @Nullable Void visitMemberSelect(MemberSelectTree select, @Nullable Void nothing) {
      boolean endsHere = lineOf(unit, positions.getEndPosition(unit, select)) == line;
      if (endsHere && lineOf(unit, positions.getEndPosition(unit, select.getExpression())) < line) {
        link = getCurrentPath();
      }
      return super.visitMemberSelect(select, nothing);
    }
  }
}

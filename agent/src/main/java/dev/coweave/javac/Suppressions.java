package dev.coweave.javac;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import dev.coweave.weave.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.util.Elements;
import org.jspecify.annotations.Nullable;

/**
 * The warnings that are suppressed at a place, by {@code @SuppressWarnings} of a variable, method or class around it: {@code "coweave"} for all of
 * them, {@code "coweave:dropped-task"}, {@code "coweave:123"} or {@code "coweave:COWEAVE-123"} for one.
 */
final class Suppressions {
  private static final String PREFIX = "coweave:";

  private final Set<String> names = new HashSet<>();
  private final TreePath place;
  private final Elements elements;

  private Suppressions(TreePath place, Elements elements) {
    this.place = place;
    this.elements = elements;
  }

  /** What is suppressed at a place. */
  static Suppressions around(TreePath place, Elements elements) {
    Suppressions result = new Suppressions(place, elements);
    for (Tree tree : place) {
      ModifiersTree modifiers = modifiers(tree);
      if (modifiers != null) {
        modifiers.getAnnotations().forEach(result::read);
      }
    }
    return result;
  }

  /** Whether a problem is suppressed. */
  boolean contains(Problem p) {
    String code = p.code().toLowerCase(Locale.ROOT);
    String number = code.substring(code.indexOf('-') + 1);
    return names.contains("all")
        || names.contains("coweave")
        || names.contains(PREFIX + "all")
        || names.contains(code)
        || names.contains(PREFIX + code)
        || names.contains(PREFIX + number)
        || names.contains(PREFIX + p.name());
  }

  private static @Nullable ModifiersTree modifiers(Tree tree) {
    return tree instanceof ClassTree c
        ? c.getModifiers()
        : tree instanceof MethodTree m
            ? m.getModifiers()
            : tree instanceof VariableTree v ? v.getModifiers() : null;
  }

  private void read(AnnotationTree annotation) {
    String type = annotation.getAnnotationType().toString();
    if (type.equals("SuppressWarnings") || type.equals("java.lang.SuppressWarnings")) {
      annotation.getArguments().forEach(this::add);
    }
  }

  private void add(ExpressionTree value) {
    if (value instanceof AssignmentTree a) {
      add(a.getExpression());
    } else if (value instanceof NewArrayTree a && a.getInitializers() != null) {
      a.getInitializers().forEach(this::add);
    } else {
      String text = text(value);
      if (text != null) {
        names.add(text.strip().toLowerCase(Locale.ROOT));
      }
    }
  }

  private @Nullable String text(ExpressionTree value) {
    if (value instanceof LiteralTree literal) {
      return String.valueOf(literal.getValue());
    }
    if (value instanceof ParenthesizedTree p) {
      return text(p.getExpression());
    }
    if (value instanceof BinaryTree sum) {
      String left = text(sum.getLeftOperand());
      String right = text(sum.getRightOperand());
      return left == null || right == null ? null : left + right;
    }
    return value instanceof IdentifierTree || value instanceof MemberSelectTree
        ? constant(value.toString())
        : null;
  }

  // ---- constants, by name: the source is parsed only

  private @Nullable String constant(String name) {
    int dot = name.lastIndexOf('.');
    String field = name.substring(dot + 1);
    for (String type : dot < 0 ? typesInScope(field) : candidates(name.substring(0, dot))) {
      TypeElement found = elements.getTypeElement(type);
      for (Element e : found == null ? List.<Element>of() : elements.getAllMembers(found)) {
        if (e instanceof VariableElement v
            && v.getSimpleName().contentEquals(field)
            && v.getConstantValue() != null) {
          return v.getConstantValue().toString();
        }
      }
    }
    return null;
  }

  /** The classes around the place, and those whose constants are imported. */
  private List<String> typesInScope(String field) {
    List<String> result = new ArrayList<>(enclosing());
    for (ImportTree i : unit().getImports()) {
      String name = i.getQualifiedIdentifier().toString();
      if (i.isStatic() && (name.endsWith("." + field) || name.endsWith(".*"))) {
        result.add(name.substring(0, name.lastIndexOf('.')));
      }
    }
    return result;
  }

  /** What a type's name may mean: one nested in those around, imported, of the package, or whole. */
  private List<String> candidates(String type) {
    List<String> result = new ArrayList<>();
    enclosing().forEach(c -> result.add(c + "." + type));
    String head = type.contains(".") ? type.substring(0, type.indexOf('.')) : type;
    for (ImportTree i : unit().getImports()) {
      String name = i.getQualifiedIdentifier().toString();
      if (name.endsWith("." + head)) {
        result.add(name + type.substring(head.length()));
      } else if (name.endsWith(".*")) {
        result.add(name.substring(0, name.length() - 1) + type);
      }
    }
    result.add(packagePrefix() + type);
    result.add(type);
    return result;
  }

  private List<String> enclosing() {
    List<String> result = new ArrayList<>();
    String name = packagePrefix();
    List<String> simple = new ArrayList<>();
    for (Tree tree : place) {
      if (tree instanceof ClassTree c) {
        simple.add(0, c.getSimpleName().toString());
      }
    }
    for (String s : simple) {
      name = name.isEmpty() || name.endsWith(".") ? name + s : name + "." + s;
      result.add(0, name);
    }
    return result;
  }

  private String packagePrefix() {
    ExpressionTree name = unit().getPackageName();
    return name == null ? "" : name + ".";
  }

  private CompilationUnitTree unit() {
    return place.getCompilationUnit();
  }
}

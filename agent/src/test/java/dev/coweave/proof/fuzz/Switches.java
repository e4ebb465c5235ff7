package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Scope.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes switch statements, old and new, and switch expressions. */
final class Switches {
  private static final List<String> PATTERNS =
      List.of("STRING", "REC", "INTEGER", "LEAVES", "FORK", "BOX");

  private final Grammar g;
  private final Random random;
  private final Expressions e;

  Switches(Grammar g) {
    this.g = g;
    this.random = g.random;
    this.e = g.expressions;
  }

  /**
   * A switch expression.
   *
   * @param bare whether nothing else is on the operand stack; if something is, javac 17 fails on a {@code try} inside
   */
  Node expression(Type type, Scope scope, boolean bare) {
    Scope inside = scope.expression(bare && scope.tries);
    int selector = random.nextInt(g.feature >= 21 ? 5 : 3);
    if (selector == 4) {
      return sealed(type, scope, inside);
    }
    List<Object> parts = new ArrayList<>(List.of("((", type, ") switch ("));
    List<String> labels;
    switch (selector) {
      case 0 -> {
        parts.add(Node.of(e.of(INT, scope), " & 7"));
        labels = List.of("1", "2, 3", "7");
      }
      case 1 -> {
        parts.add(e.text(STRING, scope));
        labels = List.of("\"p\"", "\"q\", \"r\"", "\"null\"");
      }
      case 2 -> {
        parts.add(Node.of("Hue.values()[", e.of(INT, scope), " & 1]"));
        labels = List.of("RED", "BLUE");
      }
      default -> {
        parts.add(Node.of("(Object) ", e.of(OBJECT, scope)));
        labels = PATTERNS;
      }
    }
    parts.add(") {");
    for (String label : labels) {
      if (!g.oneIn(4)) {
        Scope arm = inside.block();
        parts.add(
            Node.of(
                selector == 3 ? pattern(label, arm) : "case " + label,
                " -> ",
                arm(type, arm, true)));
      }
    }
    parts.add(Node.of(otherwise(selector == 3), arm(type, inside.block(), false)));
    parts.add("})");
    return Node.expression(type, parts.toArray());
  }

  /** Covers a sealed interface without a default; what is null throws (JEP 440, 441). */
  private Node sealed(Type type, Scope scope, Scope inside) {
    Scope leaf = inside.block();
    String a = g.name("m");
    leaf.add(a, OBJECT, false);
    return Node.expression(
        type,
        "((",
        type,
        ") switch ((Tree) ",
        g.pick("Leaf.forked(", "Leaf.of(", "Leaf.lopsided("),
        e.of(OBJECT, scope),
        ")) {",
        "case Fork(Leaf(var " + a + "), Tree " + a + "t) -> ",
        arm(type, leaf, true),
        "case Fork(Tree " + a + "l, var " + a + "r) -> ",
        arm(type, inside.block(), true),
        "case Leaf " + a + "n -> ",
        arm(type, inside.block(), false),
        "})");
  }

  private String otherwise(boolean patterns) {
    return patterns && random.nextBoolean() ? "case null, default -> " : "default -> ";
  }

  /** A case label with a pattern and perhaps a guard (JEP 441). */
  private Object pattern(String label, Scope arm) {
    String a = g.name("m");
    String b = g.name("m");
    return switch (label) {
      case "STRING" -> {
        arm.add(a, STRING, false);
        yield Node.of("case String " + a, guard(arm));
      }
      case "REC" -> {
        arm.add(a, INT, false);
        arm.add(b, LONG, false);
        yield Node.of("case Rec(int " + a + ", long " + b + ")", guard(arm));
      }
      case "INTEGER" -> {
        arm.add(a, INTEGER, false);
        yield Node.of("case Integer " + a, guard(arm));
      }
      case "LEAVES" -> {
        arm.add(a, OBJECT, false);
        arm.add(b, STRING, false);
        yield Node.of("case Fork(Leaf(var " + a + "), Leaf(String " + b + "))", guard(arm));
      }
      case "FORK" -> Node.of("case Fork(Tree " + a + ", var " + b + ")", guard(arm));
      default -> {
        arm.add(a, BOX, false);
        yield "case Box " + a;
      }
    };
  }

  /** A guard assigns nothing, and is no constant (JLS 14.11.1). */
  private Object guard(Scope arm) {
    Scope inside = arm.lambda(null);
    Object left = e.leaf(INT, inside);
    Object right = e.leaf(INT, inside);
    return switch (random.nextInt(4)) {
      case 0 -> Node.of(" when Boolean.valueOf(", left, " < ", right, ")");
      case 1 -> arm.suspends ? Node.of(" when sZ(", left, " != ", right, ")") : "";
      case 2 -> arm.suspends ? Node.of(" when sI(", left, ") >= sI(", right, ")") : "";
      default -> "";
    };
  }

  private Node arm(Type type, Scope scope, boolean mayThrow) {
    if (g.exhausted() || random.nextInt(3) != 0) {
      return mayThrow && g.oneIn(12)
          ? Node.of("throw new Failure(\"arm\");")
          : Node.of(e.of(type, scope), ";");
    }
    Node block = g.statements.sequence(scope, 2, !mayThrow);
    return Node.of(
        "{",
        block,
        block.completes ? Node.of("yield (" + type + ") ", e.of(type, scope), ";") : "",
        "}");
  }

  // ---- statements

  /** With groups that fall through. */
  Node old(Scope scope) {
    Target target = new Target(null, false);
    Scope inside = scope.inside(target);
    List<Object> parts = new ArrayList<>();
    List<String> labels;
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        parts.add(Node.of("switch (", e.text(STRING, scope), ") {\n"));
        labels = List.of("\"p\"", "\"q\"", "\"null\"", "default");
      }
      case 2 -> {
        parts.add(Node.of("switch (", e.of(INT, scope), " & 63) {\n"));
        labels = table(1);
      }
      case 3 -> {
        parts.add(Node.of("switch ((", e.of(INT, scope), " & 63) * 1009) {\n"));
        labels = table(1009);
      }
      default -> {
        parts.add(Node.of("switch (", e.of(INT, scope), " & 7) {\n"));
        labels = List.of("0", "1", "5", "default");
      }
    }
    boolean completes = true;
    boolean hasDefault = false;
    for (String label : labels) {
      boolean isDefault = label.equals("default");
      if (g.oneIn(4)) {
        continue;
      }
      hasDefault |= isDefault;
      Node group = g.statements.block(inside.block());
      boolean leaves = group.completes && random.nextInt(3) != 0;
      target.left |= leaves;
      completes = group.completes;
      parts.add(
          Node.of(
              isDefault ? "default: " : "case " + label + ": ",
              group,
              leaves ? " break;\n" : "\n"));
    }
    parts.add("}");
    return Node.statement(completes || target.left || !hasDefault, parts.toArray());
  }

  /** Four groups with many labels: dense ones make a tableswitch, scattered ones a lookupswitch. */
  private static List<String> table(int step) {
    List<String> groups = new ArrayList<>();
    for (int first = 0; first < 3; first++) {
      StringBuilder s = new StringBuilder();
      for (int i = first; i < 60; i += 3) {
        s.append(s.length() == 0 ? "" : ", ").append(i * step);
      }
      groups.add(s.toString());
    }
    groups.add("default");
    return groups;
  }

  /** With arrows. */
  Node arrows(Scope scope) {
    Target target = new Target(null, false);
    Scope inside = scope.inside(target);
    boolean patterns = g.feature >= 21 && random.nextBoolean();
    List<Object> parts = new ArrayList<>();
    parts.add(
        patterns
            ? Node.of("switch ((Object) ", e.of(OBJECT, scope), ") {\n")
            : Node.of("switch (Hue.values()[", e.of(INT, scope), " & 1]) {\n"));
    for (String label : patterns ? PATTERNS : List.of("RED", "BLUE")) {
      if (random.nextInt(3) != 0) {
        Scope arm = inside.block();
        Object head = patterns ? pattern(label, arm) : "case " + label;
        parts.add(Node.of(head, " -> ", g.statements.block(arm), "\n"));
      }
    }
    parts.add(Node.of(otherwise(patterns), g.statements.completingBlock(inside.block()), "\n}"));
    return Node.statement(true, parts.toArray());
  }
}

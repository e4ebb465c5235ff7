package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Node.statement;
import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Grammar.Signature;
import dev.coweave.proof.fuzz.Scope.Target;
import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes random statements that javac accepts: reachable, definitely assigned, and ending, for loops and calls use up fuel. */
final class Statements {
  private final Grammar g;
  private final Random random;
  private final Expressions expressions;

  /** How deep statements nest. */
  private int depth;

  /** How many bodies of methods and lambdas were made. */
  private int bodies;

  Statements(Grammar g) {
    this.g = g;
    this.random = g.random;
    this.expressions = g.expressions;
  }

  /** A method's or lambda's body, in braces. */
  Node body(Scope scope) {
    bodies++;
    Node statements = sequence(scope, depth == 0 ? 7 : 3);
    return Node.of("{\n", statements, statements.completes ? end(scope) : "", "}");
  }

  int bodies() {
    return bodies;
  }

  private Object end(Scope scope) {
    return scope.returns == VOID
        ? ""
        : Node.of("return ", expressions.of(scope.returns, scope), ";\n");
  }

  /** Statements one after the other, up to the first that doesn't complete. */
  Node sequence(Scope scope, int most) {
    return sequence(scope, most, false);
  }

  Node sequence(Scope scope, int most, boolean mustComplete) {
    List<Object> parts = new ArrayList<>();
    boolean completes = true;
    depth++;
    for (int i = 1 + random.nextInt(most); i > 0 && completes; i--) {
      Node s = one(scope);
      if (mustComplete && !s.completes) {
        s = note(scope);
      }
      parts.add(s);
      parts.add("\n");
      completes = s.completes;
    }
    depth--;
    return Node.of(parts, completes);
  }

  Node block(Scope scope) {
    Node s = sequence(scope, 3);
    return Node.of(List.of("{\n", s, "}"), s.completes);
  }

  /** A block whose end is reached. */
  Node completingBlock(Scope scope) {
    Node s = sequence(scope.block(), 3); // whose variables the condition doesn't see
    return s.completes
        ? Node.of("{\n", s, "}")
        : Node.of("{\n if (", expressions.of(BOOLEAN, scope), ") {", s, "}\n}");
  }

  private Node one(Scope scope) {
    if (g.exhausted() || depth > 6) {
      return simple(scope);
    }
    return switch (random.nextInt(24)) {
      case 0, 1 -> conditional(scope);
      case 2 -> loop(scope);
      case 3 -> countingLoop(scope);
      case 4 -> forEach(scope);
      case 5 -> labelled(scope);
      case 6 -> random.nextBoolean() ? g.switches.old(scope) : g.switches.arrows(scope);
      case 7, 8, 9 -> scope.tries ? g.tries.statement(scope) : simple(scope);
      case 10 -> g.tries.resources(scope);
      case 11 -> scope.suspends ? closure(scope) : simple(scope);
      case 12 ->
          scope.tries
              ? statement(true, "synchronized (LOCK) {", completingBlock(scope.plain()), "}")
              : simple(scope);
      case 13 -> deferred(scope);
      case 14 -> jump(scope);
      case 15 -> scope.yields ? yieldStatement(scope) : simple(scope);
      default -> simple(scope);
    };
  }

  // ---- what has no statement inside

  Node simple(Scope scope) {
    if (scope.yields && random.nextInt(3) == 0) {
      return yieldStatement(scope);
    }
    return switch (random.nextInt(5)) {
      case 0, 1 -> declaration(scope);
      case 2 -> assignment(scope);
      case 3 -> scope.suspends ? point(scope) : note(scope);
      default -> note(scope);
    };
  }

  private Node point(Scope scope) {
    if (random.nextInt(3) == 0) {
      return statement(true, "s();");
    }
    Type type = expressions.type();
    return statement(true, type.point(), "(", expressions.of(type, scope), ");");
  }

  private Node closure(Scope scope) {
    return g.oneIn(4) ? g.lambdas.localClass(scope) : g.lambdas.variable(scope);
  }

  private Node declaration(Scope scope) {
    Type type = expressions.anyType();
    String name = g.name("v");
    boolean isFinal = random.nextInt(4) == 0;
    Node value =
        random.nextInt(12) == 0
            ? g.switches.expression(type, scope, true)
            : expressions.of(type, scope);
    scope.add(name, type, !isFinal);
    return statement(true, isFinal ? "final " : "", type, " " + name + " = ", value, ";");
  }

  private Node deferred(Scope scope) {
    Type type = expressions.anyType();
    String name = g.name("v");
    Node condition = expressions.of(BOOLEAN, scope);
    Node one = expressions.of(type, scope);
    Node other = expressions.of(type, scope);
    scope.add(name, type, true);
    return statement(
        true,
        type + " " + name + "; if (",
        condition,
        ") { " + name + " = ",
        one,
        "; } else { " + name + " = ",
        other,
        "; }");
  }

  private Node assignment(Scope scope) {
    List<Variable> candidates = new ArrayList<>();
    for (Variable v : scope.variables) {
      if (v.assignable()) {
        candidates.add(v);
      }
    }
    if (candidates.isEmpty()) {
      return note(scope);
    }
    Variable v = candidates.get(random.nextInt(candidates.size()));
    if (v.type().isNumeric() && g.oneIn(3)) {
      // A constant that needs a wide iinc, or one of more than 16 bits.
      Object by = g.oneIn(3) ? g.pick("300", "-40000", "1") : expressions.of(INT, scope);
      return statement(true, v.name(), " += ", by, ";");
    }
    return statement(true, v.name(), " = ", expressions.of(v.type(), scope), ";");
  }

  private Node note(Scope scope) {
    if (scope.variables.isEmpty()) {
      return statement(true, "t(1);");
    }
    Variable v = scope.variables.get(random.nextInt(scope.variables.size()));
    return statement(true, "t((Object) ", v.name(), ");");
  }

  /** The values first: taking them may close the generator, and a yield then is an error. */
  private Node yieldStatement(Scope scope) {
    if (g.oneIn(4)) {
      Signature generator = g.pick(g.generators);
      List<Node> parts = new ArrayList<>();
      List<String> arguments = new ArrayList<>();
      for (Type type : generator.parameters()) {
        String argument = g.name("w");
        parts.add(statement(true, type + " " + argument + " = ", expressions.of(type, scope), ";"));
        arguments.add(argument);
      }
      String inner = g.name("w");
      String call = generator.name() + "(" + String.join(", ", arguments) + ")";
      parts.add(
          statement(
              true,
              "if (open() && go()) { var " + inner + " = " + call + ";",
              " t((Object) Generator.yieldAll(" + inner + ")); }"));
      return Node.of(parts.toArray());
    }
    String value = g.name("w");
    Node taken =
        statement(true, "var " + value + " = ", expressions.of(expressions.type(), scope), ";");
    if (random.nextInt(3) == 0) {
      String name = g.name("v");
      scope.add(name, OBJECT, false);
      return Node.of(
          taken,
          statement(true, "Object " + name + " = open() ? Generator.yield(" + value + ") : null;"));
    }
    return Node.of(taken, statement(true, "if (open()) Generator.yield(" + value + ");"));
  }

  private Node jump(Scope scope) {
    Object jump = jumpOut(scope);
    if (jump == null) {
      return simple(scope);
    }
    return random.nextInt(4) == 0
        ? statement(false, jump)
        : statement(true, "if (", expressions.of(BOOLEAN, scope), ") {", jump, "}");
  }

  private Object jumpOut(Scope scope) {
    int choice = random.nextInt(5);
    if (choice <= 1 && !scope.targets.isEmpty()) {
      Target t = scope.targets.get(random.nextInt(scope.targets.size()));
      boolean innermost = t == scope.targets.get(scope.targets.size() - 1);
      boolean goesOn = t.loop && random.nextBoolean();
      if (t.label == null && !innermost) {
        return null;
      }
      t.left |= !goesOn;
      return (goesOn ? "continue" : "break") + (t.label == null ? "" : " " + t.label) + ";";
    }
    if (choice == 2) {
      return Node.of("throw ", g.tries.thrown(scope), ";");
    }
    if (choice >= 3 && scope.returns != null) {
      return scope.returns == VOID
          ? "return;"
          : Node.of("return ", expressions.of(scope.returns, scope), ";");
    }
    return null;
  }

  // ---- if, loops, switches

  private Node conditional(Scope scope) {
    Node condition = expressions.of(BOOLEAN, scope);
    Node then = block(scope.block());
    if (random.nextBoolean()) {
      return statement(true, "if (", condition, ") ", then);
    }
    Node otherwise = block(scope.block());
    return statement(
        then.completes || otherwise.completes, "if (", condition, ") ", then, " else ", otherwise);
  }

  private Node loop(Scope scope) {
    Target target = new Target(random.nextInt(3) == 0 ? g.name("L") : null, true);
    String label = target.label == null ? "" : target.label + ": ";
    Node condition = expressions.of(BOOLEAN, scope);
    return switch (random.nextInt(3)) {
      case 0 ->
          statement(true, label, "while (go() && ", condition, ") ", block(scope.inside(target)));
      case 1 ->
          statement(
              true,
              label,
              "do ",
              completingBlock(scope.inside(target)),
              " while (go() && ",
              condition,
              ");");
      default ->
          statement(true, label, "for (;;) { if (!go()) break; ", block(scope.inside(target)), "}");
    };
  }

  private Node countingLoop(Scope scope) {
    Target target = new Target(random.nextInt(3) == 0 ? g.name("L") : null, true);
    String label = target.label == null ? "" : target.label + ": ";
    String i = g.name("i");
    Type type = g.pick(INT, LONG, BYTE, INTEGER);
    String j = g.name("i");
    Scope inside = scope.inside(target);
    inside.add(i, type, true);
    Node start = expressions.of(type, scope);
    Node body = block(inside.block());
    return statement(
        true,
        label,
        "for (",
        type,
        " " + i + " = ",
        start,
        ", " + j + " = " + i + "; go() && " + i + " < 5; " + i,
        g.pick("++) ", " += 2) ", "++, t(" + j + "--)) "),
        body);
  }

  private Node forEach(Scope scope) {
    Target target = new Target(random.nextInt(3) == 0 ? g.name("L") : null, true);
    String label = target.label == null ? "" : target.label + ": ";
    String e = g.name("e");
    Scope inside = scope.inside(target);
    boolean array = random.nextBoolean();
    Type type = array ? g.pick(Type.ARRAYS).element() : STRING;
    Node all =
        array
            ? expressions.of(type.array(), scope)
            : Node.of("java.util.List.of(\"1\", ", expressions.text(STRING, scope), ")");
    inside.add(e, type, false);
    return statement(true, label, "for (", type, " " + e + " : ", all, ") ", block(inside));
  }

  private Node labelled(Scope scope) {
    Target target = new Target(g.name("L"), false);
    Node body = completingBlock(scope.inside(target));
    return statement(true, target.label, ": ", body);
  }
}

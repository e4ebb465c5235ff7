package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Node.statement;
import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Expressions.Signature;
import dev.coweave.proof.fuzz.Scope.Target;
import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes random statements that javac accepts: reachable, definitely assigned, and ending, for loops and calls use up fuel. */
final class Statements {
  private final Random random;
  private final Expressions expressions;
  private final Names names;
  private final List<Signature> generators;
  private final int feature;

  /** How deep statements nest. */
  private int depth;

  Statements(
      Random random,
      Expressions expressions,
      Names names,
      List<Signature> generators,
      int feature) {
    this.random = random;
    this.expressions = expressions;
    this.names = names;
    this.generators = generators;
    this.feature = feature;
  }

  /** A method's or lambda's body, in braces. */
  Node body(Scope scope) {
    Node statements = sequence(scope, depth == 0 ? 7 : 3);
    return Node.of("{\n", statements, statements.completes ? end(scope) : "", "}");
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

  private Node block(Scope scope) {
    Node s = sequence(scope, 3);
    return Node.of(List.of("{\n", s, "}"), s.completes);
  }

  /** A block whose end is reached. */
  private Node completingBlock(Scope scope) {
    Node s = sequence(scope, 3);
    return s.completes
        ? Node.of("{\n", s, "}")
        : Node.of("{\n if (", expressions.of(BOOLEAN, scope), ") {", s, "}\n}");
  }

  private Node one(Scope scope) {
    if (expressions.exhausted() || depth > 6) {
      return simple(scope);
    }
    return switch (random.nextInt(24)) {
      case 0, 1 -> conditional(scope);
      case 2 -> loop(scope);
      case 3 -> countingLoop(scope);
      case 4 -> forEach(scope);
      case 5 -> labelled(scope);
      case 6 -> random.nextBoolean() ? oldSwitch(scope) : newSwitch(scope);
      case 7, 8, 9 -> scope.tries ? tryStatement(scope) : simple(scope);
      case 10 -> resources(scope);
      case 11 -> scope.suspends ? lambda(scope) : simple(scope);
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

  private Node simple(Scope scope) {
    if (scope.yields && random.nextInt(3) == 0) {
      return yieldStatement(scope);
    }
    return switch (random.nextInt(5)) {
      case 0, 1 -> declaration(scope);
      case 2 -> assignment(scope);
      case 3 ->
          scope.suspends
              ? statement(
                  true, "s(", random.nextInt(3) == 0 ? "" : cast(expressions.type(), scope), ");")
              : note(scope);
      default -> note(scope);
    };
  }

  private Node cast(Type type, Scope scope) {
    return Node.of("(" + type + ") ", expressions.of(type, scope));
  }

  private Node declaration(Scope scope) {
    Type type = expressions.anyType();
    String name = names.next("v");
    boolean isFinal = random.nextInt(4) == 0;
    Node value =
        random.nextInt(12) == 0
            ? expressions.switchExpression(type, scope, true)
            : expressions.of(type, scope);
    scope.add(name, type, !isFinal);
    return statement(true, isFinal ? "final " : "", type, " " + name + " = ", value, ";");
  }

  private Node deferred(Scope scope) {
    Type type = expressions.anyType();
    String name = names.next("v");
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
    if (v.type().isNumeric() && random.nextInt(3) == 0) {
      return statement(true, v.name(), " += ", expressions.of(INT, scope), ";");
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

  private Node yieldStatement(Scope scope) {
    if (!generators.isEmpty() && random.nextInt(4) == 0) {
      Signature g = generators.get(random.nextInt(generators.size()));
      return statement(
          true,
          "if (open() && go()) t((Object) Generator.yieldAll(",
          expressions.call(g, scope),
          "));");
    }
    // The value first: taking it may close the generator, and a yield then is an error.
    String value = names.next("w");
    Node taken =
        statement(true, "var " + value + " = ", expressions.of(expressions.type(), scope), ";");
    if (random.nextInt(3) == 0) {
      String name = names.next("v");
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
      return Node.of("throw ", thrown(scope), ";");
    }
    if (choice >= 3 && scope.returns != null) {
      return scope.returns == VOID
          ? "return;"
          : Node.of("return ", expressions.of(scope.returns, scope), ";");
    }
    return null;
  }

  private Node thrown(Scope scope) {
    String e = List.of("Failure", "SubFailure", "Checked").get(random.nextInt(3));
    return Node.of("new " + e + "(k(\"\" + ", expressions.of(STRING, scope), "))");
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
    Target target = new Target(random.nextInt(3) == 0 ? names.next("L") : null, true);
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
    Target target = new Target(random.nextInt(3) == 0 ? names.next("L") : null, true);
    String label = target.label == null ? "" : target.label + ": ";
    String i = names.next("i");
    Type type = List.of(INT, LONG, BYTE, INTEGER).get(random.nextInt(4));
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
        "; go() && " + i + " < 5; " + i,
        random.nextBoolean() ? "++) " : " += 2) ",
        body);
  }

  private Node forEach(Scope scope) {
    Target target = new Target(random.nextInt(3) == 0 ? names.next("L") : null, true);
    String label = target.label == null ? "" : target.label + ": ";
    String e = names.next("e");
    Scope inside = scope.inside(target);
    boolean array = random.nextBoolean();
    Type type = array ? Type.values()[INTS.ordinal() + random.nextInt(7)].element() : STRING;
    Node all =
        array
            ? expressions.of(type.array(), scope)
            : Node.of("java.util.List.of(\"1\", k(\"2\" + ", expressions.of(STRING, scope), "))");
    inside.add(e, type, false);
    return statement(true, label, "for (", type, " " + e + " : ", all, ") ", block(inside));
  }

  private Node labelled(Scope scope) {
    Target target = new Target(names.next("L"), false);
    Node body = completingBlock(scope.inside(target));
    return statement(true, target.label, ": ", body);
  }

  private Node oldSwitch(Scope scope) {
    Target target = new Target(null, false);
    Scope inside = scope.inside(target);
    boolean strings = random.nextBoolean();
    List<Object> parts = new ArrayList<>();
    parts.add(
        strings
            ? Node.of("switch (k(\"\" + ", expressions.of(STRING, scope), ")) {\n")
            : Node.of("switch (", expressions.of(INT, scope), " & 7) {\n"));
    boolean completes = true;
    boolean hasDefault = false;
    List<String> labels =
        strings
            ? List.of("\"p\"", "\"q\"", "\"null\"", "default")
            : List.of("0", "1", "5", "default");
    for (String label : labels) {
      boolean isDefault = label.equals("default");
      if (random.nextInt(4) == 0) {
        continue;
      }
      hasDefault |= isDefault;
      Node group = block(inside.block());
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
    return statement(completes || target.left || !hasDefault, parts.toArray());
  }

  private Node newSwitch(Scope scope) {
    Target target = new Target(null, false);
    Scope inside = scope.inside(target);
    boolean patterns = feature >= 21 && random.nextBoolean();
    List<Object> parts = new ArrayList<>();
    parts.add(
        patterns
            ? Node.of("switch ((Object) ", expressions.of(OBJECT, scope), ") {\n")
            : Node.of("switch (Hue.values()[", expressions.of(INT, scope), " & 1]) {\n"));
    for (String label :
        patterns ? List.of("STRING", "REC", "INTEGER", "BOX") : List.of("RED", "BLUE")) {
      if (random.nextInt(3) != 0) {
        Scope arm = inside.block();
        Object head = patterns ? expressions.pattern(label, arm) : "case " + label;
        parts.add(Node.of(head, " -> ", block(arm), "\n"));
      }
    }
    parts.add(Node.of("default -> ", completingBlock(inside.block()), "\n}"));
    return statement(true, parts.toArray());
  }

  // ---- exceptions

  private Node tryStatement(Scope scope) {
    Node body = block(scope.block());
    List<Object> parts = new ArrayList<>(List.of("try ", body));
    boolean completes = body.completes;
    int choice = random.nextInt(3);
    if (choice != 0) {
      completes |= catches(scope, parts);
    }
    if (choice != 1) {
      Node last = random.nextInt(4) == 0 ? block(scope.block()) : completingBlock(scope.block());
      parts.add(Node.of(" finally ", last));
      completes &= last.completes;
    }
    return statement(completes, parts.toArray());
  }

  private boolean catches(Scope scope, List<Object> parts) {
    boolean completes = false;
    List<String> types =
        List.of(
            "SubFailure",
            "Failure | ArithmeticException",
            "RuntimeException",
            "Exception",
            "Throwable");
    int first = random.nextInt(types.size());
    for (int i = first; i < types.size(); i++) {
      if (i == first || random.nextInt(3) == 0) {
        Scope inside = scope.block();
        String e = names.next("e");
        inside.add(e, OBJECT, false);
        Node handler = block(inside);
        completes |= handler.completes;
        boolean rethrown = handler.completes && random.nextInt(6) == 0;
        parts.add(
            Node.of(
                " catch (" + types.get(i) + " " + e + ") {",
                "t((Object) " + e + ");",
                handler,
                rethrown && i < 4 ? " if (go()) throw " + e + ";" : "",
                "}"));
      }
    }
    return completes;
  }

  private Node resources(Scope scope) {
    if (!scope.suspends || !scope.tries) {
      return simple(scope);
    }
    String r = names.next("r");
    List<Object> parts =
        new ArrayList<>(List.of("try (Res " + r + " = new Res(", expressions.of(INT, scope), ")"));
    if (random.nextInt(3) == 0) {
      parts.add(
          Node.of(
              "; Res " + r + "b = ",
              random.nextBoolean()
                  ? "null"
                  : Node.of("new Res(", expressions.of(INT, scope), ")")));
    }
    Node body = block(scope.block());
    parts.add(Node.of(") ", body));
    boolean completes = body.completes;
    int choice = random.nextInt(3);
    if (choice == 0) {
      completes |= catches(scope, parts);
    }
    if (choice == 1) {
      parts.add(Node.of(" finally ", completingBlock(scope.block())));
    }
    return statement(completes, parts.toArray());
  }

  // ---- lambdas

  /** A lambda or method reference in a variable, called perhaps more than once. */
  private Node lambda(Scope scope) {
    String f = names.next("f");
    String p = names.next("p");
    String copy = names.next("c");
    List<Object> parts = new ArrayList<>();
    if (!scope.variables.isEmpty()) {
      Variable v = scope.variables.get(random.nextInt(scope.variables.size()));
      parts.add("final " + v.type() + " " + copy + " = " + v.name() + ";\n");
      scope.add(copy, v.type(), false);
    }
    Type type = List.of(INT, LONG, STRING, OBJECT, VOID).get(random.nextInt(5));
    Scope body = scope.lambda(type);
    switch (type) {
      case INT -> {
        body.add(p, INT, true);
        Object lambda = random.nextInt(3) == 0 ? "Shape::twice" : Node.of(p, " -> ", body(body));
        parts.add(Node.of("IntFn " + f + " = ", lambda, ";\n"));
        String v = names.next("v");
        parts.add(
            Node.of(
                "int " + v + " = " + f + ".apply(",
                expressions.of(INT, scope),
                ") + " + f + ".apply(3);"));
        scope.add(v, INT, true);
      }
      case LONG -> {
        body.add(p, LONG, true);
        body.add(p + "b", DOUBLE, true);
        parts.add(Node.of("LongFn " + f + " = (" + p + ", " + p + "b) -> ", body(body), ";\n"));
        parts.add(
            Node.of(
                "t(" + f + ".apply(",
                expressions.of(LONG, scope),
                ", ",
                expressions.of(DOUBLE, scope),
                "));"));
      }
      case STRING -> {
        body.add(p, OBJECT, true);
        Object lambda = random.nextInt(3) == 0 ? "Shape::text" : Node.of(p, " -> ", body(body));
        parts.add(Node.of("Fn<Object, String> " + f + " = ", lambda, ";\n"));
        parts.add(Node.of("t(" + f + ".apply(", expressions.of(OBJECT, scope), "));"));
      }
      case OBJECT -> {
        // A lambda that makes lambdas.
        body.add(p, INTEGER, false);
        String q = names.next("p");
        Scope inner = body.lambda(STRING);
        inner.add(q, BOX, true);
        parts.add(
            Node.of(
                "Fn<Integer, Fn<Box, String>> "
                    + f
                    + " = "
                    + p
                    + " -> { s("
                    + p
                    + "); return "
                    + q
                    + " -> ",
                body(inner),
                "; };\n"));
        parts.add(
            Node.of(
                "t(" + f + ".apply(",
                expressions.of(INT, scope),
                ").apply(",
                expressions.of(BOX, scope),
                "));"));
      }
      default -> {
        parts.add(Node.of("Act " + f + " = () -> ", body(body), ";\n"));
        parts.add(f + ".run();");
      }
    }
    return statement(true, parts.toArray());
  }
}

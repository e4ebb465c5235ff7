package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Expressions.called;
import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes lambdas, method references, and the classes that are declared inside methods. */
final class Lambdas {
  private final Grammar g;
  private final Random random;
  private final Expressions e;

  Lambdas(Grammar g) {
    this.g = g;
    this.random = g.random;
    this.e = g.expressions;
  }

  /** A lambda or method reference in a variable, called perhaps more than once. */
  Node variable(Scope scope) {
    String f = g.name("f");
    String p = g.name("p");
    String copy = g.name("c");
    List<Object> parts = new ArrayList<>();
    if (!scope.variables.isEmpty()) {
      Variable v = g.pick(scope.variables);
      parts.add("final " + v.type() + " " + copy + " = " + v.name() + ";\n");
      scope.add(copy, v.type(), false);
    }
    Type type = g.pick(INT, LONG, STRING, OBJECT, VOID);
    Scope body = scope.lambda(type);
    switch (type) {
      case INT -> {
        body.add(p, INT, true);
        parts.add(Node.of("IntFn " + f + " = ", intFunction(p, scope, body), ";\n"));
        String v = g.name("v");
        parts.add(
            Node.of(
                "int " + v + " = " + f + ".apply(", e.of(INT, scope), ") + " + f + ".apply(3);"));
        scope.add(v, INT, true);
      }
      case LONG -> {
        body.add(p, LONG, true);
        body.add(p + "b", DOUBLE, true);
        parts.add(
            Node.of(
                "LongFn " + f + " = (" + p + ", " + p + "b) -> ", g.statements.body(body), ";\n"));
        parts.add(
            Node.of(
                "t((Object) " + f + ".apply(",
                e.of(LONG, scope),
                ", ",
                e.of(DOUBLE, scope),
                "));"));
      }
      case STRING -> {
        body.add(p, OBJECT, true);
        Object lambda =
            g.oneIn(3)
                ? g.pick("Shape::text", "String::valueOf")
                : Node.of(p, " -> ", g.statements.body(body));
        parts.add(Node.of("Fn<Object, String> " + f + " = ", lambda, ";\n"));
        parts.add(Node.of("t((Object) " + f + ".apply(", e.of(OBJECT, scope), "));"));
      }
      case OBJECT -> {
        // A lambda that makes lambdas.
        body.add(p, INTEGER, false);
        String q = g.name("p");
        Scope inner = body.lambda(STRING);
        inner.add(q, BOX, true);
        parts.add(
            Node.of(
                "Fn<Integer, Fn<Box, String>> "
                    + f
                    + " = "
                    + p
                    + " -> { sL("
                    + p
                    + "); return "
                    + q
                    + " -> ",
                g.statements.body(inner),
                "; };\n"));
        parts.add(
            Node.of(
                "t((Object) " + f + ".apply(",
                e.of(INT, scope),
                ").apply(",
                e.of(BOX, scope),
                "));"));
      }
      default -> {
        parts.add(Node.of("Act " + f + " = () -> ", g.statements.body(body), ";\n"));
        parts.add(f + ".run();");
      }
    }
    return Node.statement(true, parts.toArray());
  }

  private Object intFunction(String p, Scope scope, Scope body) {
    return switch (random.nextInt(6)) {
      case 0 -> "Shape::twice";
      // The receiver is evaluated where the reference stands, once.
      case 1 -> Node.of(e.of(BOX, scope), "::plus");
      case 2 -> scope.instance ? g.program + ".this::locked" : "Math::abs";
      default -> Node.of(p, " -> ", g.statements.body(body));
    };
  }

  /** A lambda or anonymous class that is called where it stands. */
  Node call(Type type, Scope scope) {
    return switch (type) {
      case INT -> applied(type, "IntFn", INT, scope);
      case STRING -> applied(type, "Fn<Object, String>", OBJECT, scope);
      case INTEGER -> applied(type, "Fn<Integer, Integer>", INTEGER, scope);
      case LONG -> {
        String p = g.name("p");
        String q = g.name("p");
        Scope body = scope.lambda(type);
        body.add(p, LONG, true);
        body.add(q, DOUBLE, true);
        yield called(
            type,
            "((LongFn) ((" + p + ", " + q + ") -> ",
            g.statements.body(body),
            ")).apply(",
            e.of(LONG, scope),
            ", ",
            e.of(DOUBLE, scope),
            ")");
      }
      case BOX -> {
        String p = g.name("p");
        String q = g.name("p");
        Scope body = scope.lambda(type);
        body.add(p, BOX, true);
        body.add(q, INT, true);
        yield called(
            type,
            "new Base<Box>() { @Override @Coroutine public Box make(Box " + p + ", int " + q,
            ") throws Exception ",
            g.statements.body(body),
            " }.make(",
            e.of(BOX, scope),
            ", ",
            e.of(INT, scope),
            ")");
      }
      default -> null;
    };
  }

  /** A lambda of one parameter. */
  private Node applied(Type type, String function, Type parameter, Scope scope) {
    String p = g.name("p");
    Scope body = scope.lambda(type);
    body.add(p, parameter, true);
    return called(
        type,
        "((" + function + ") (" + p + " -> ",
        g.statements.body(body),
        ")).apply(",
        e.of(parameter, scope),
        ")");
  }

  /** A class, record, enum or interface in a method (JLS 14.3), and a call of its coroutine. */
  Node localClass(Scope scope) {
    String name = g.name("Local");
    String p = g.name("p");
    boolean captures = g.oneIn(2);
    Scope body =
        captures ? scope.lambda(STRING) : Scope.method(STRING, false, false).withStatics(scope);
    body.add(p, INT, true);
    String declared;
    String created;
    if (captures) {
      body.add(p + "f", LONG, true);
      declared = "class " + name + " { long " + p + "f = 5; { t(" + p + "f); }";
      created = "new " + name + "()";
    } else {
      String[][] kinds = {
        {"record " + name + "(int " + p + "c, Object " + p + "o) {", "new " + name + "(1, \"r\")"},
        {"enum " + name + " { ONE, TWO;", name + ".TWO"},
        {"interface " + name + " {", "new " + name + "() {}"}
      };
      String[] kind = g.pick(kinds);
      declared = kind[0];
      created = kind[1];
      if (declared.startsWith("record")) {
        body.add(p + "c", INT, false);
        body.add(p + "o", OBJECT, false);
      }
    }
    return Node.statement(
        true,
        declared,
        " @Coroutine public " + (declared.startsWith("interface") ? "default " : ""),
        "String run(int " + p + ") throws Exception ",
        g.statements.body(body),
        "}\n",
        "t((Object) " + created + ".run(",
        e.of(INT, scope),
        "));");
  }
}

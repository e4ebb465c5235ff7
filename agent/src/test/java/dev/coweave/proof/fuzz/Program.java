package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Grammar.Signature;
import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A generated class with the classes nested in it; the same for the same seed. */
final class Program {
  private static final int METHODS = 20;
  private static final int PIECES = 50;

  /** One program in so many has a method near one of the limits of class files. */
  private static final int EXTREME = 60;

  /** What generators return. */
  private static final List<String> FORMS =
      List.of("Generator<Object>", "java.util.Iterator<Object>", "Iterable<Object>");

  final String name;
  final Node source;

  /** How many methods and lambdas with bodies of their own it has. */
  final int methods;

  private final Grammar g;
  private final Random random;

  /**
   * Makes one.
   *
   * @param seed what it follows from
   * @param feature the Java version whose language it may use
   */
  Program(long seed, int feature) {
    this.name = "P" + Long.toUnsignedString(seed, 36);
    this.random = new Random(seed);
    this.g = new Grammar(name, random, feature);
    signatures();
    this.source = source();
    this.methods = g.statements.bodies() + FORMS.size();
  }

  private void signatures() {
    for (int i = 0; i < METHODS; i++) {
      Type returns = g.oneIn(7) ? VOID : g.expressions.anyType();
      // What yields is not run by itself.
      boolean yields = g.oneIn(6);
      g.methods.add(signature((yields ? "y" : "m") + i, g.oneIn(3), 5, returns, yields));
    }
    for (int i = 0; i < FORMS.size(); i++) {
      g.generators.add(signature("g" + i, true, 4, OBJECT, true));
    }
    for (int i = 0; i < 2; i++) {
      g.asyncs.add(signature("a" + i, true, 3, FUTURE, false));
    }
  }

  private Signature signature(
      String name, boolean isStatic, int parameters, Type returns, boolean yields) {
    List<Type> types = new ArrayList<>();
    for (int p = random.nextInt(parameters); p > 0; p--) {
      types.add(g.expressions.anyType());
    }
    return new Signature(name, isStatic, types, returns, yields);
  }

  private Node source() {
    List<Object> parts = new ArrayList<>();
    parts.add("package fuzz;\n");
    parts.add("import static dev.coweave.proof.fuzz.Probe.*;\n");
    parts.add(
        "import dev.coweave.Coroutine;\nimport dev.coweave.generator.Generator;\nimport dev.coweave.proof.fuzz.Probe.*;\n");
    parts.add("@SuppressWarnings(\"all\")\npublic class " + name + " {\n");
    parts.add("static final Object LOCK = new Object();\n");
    parts.add(
        "int fi = 1; long fj = 2; double fd = 3; String ft = \"f\"; Box fb; int[] fa = {1, 2, 3, 4}; byte fy; boolean fz;\n");
    parts.add("static int si; static Object so; static long sj;\n");
    g.methods.forEach(m -> parts.add(method(m, m.returns().source)));
    parts.add(method(g.asyncs.get(0), FUTURE.source));
    parts.add(method(g.asyncs.get(1), "java.util.concurrent.CompletionStage<Object>"));
    for (int i = 0; i < FORMS.size(); i++) {
      parts.add(generator(g.generators.get(i), FORMS.get(i)));
    }
    if (g.oneIn(EXTREME)) {
      parts.add(Extremes.method(random));
    }
    parts.add(new Library(g).source());
    parts.add("}\n");
    return Node.of(parts, true);
  }

  private Scope scope(Signature m) {
    Scope scope = Scope.method(m.returns(), !m.isStatic(), m.yields());
    fields(scope, !m.isStatic());
    return scope;
  }

  static void fields(Scope scope, boolean instance) {
    for (Variable v :
        List.of(
            new Variable("fi", INT, true),
            new Variable("fj", LONG, true),
            new Variable("fd", DOUBLE, true),
            new Variable("ft", STRING, true),
            new Variable("fb", BOX, true),
            new Variable("fa", INTS, true),
            new Variable("fy", BYTE, true),
            new Variable("fz", BOOLEAN, true))) {
      if (instance) {
        scope.variables.add(v);
      }
    }
    scope.add("si", INT, true);
    scope.add("so", OBJECT, true);
    scope.add("sj", LONG, true);
  }

  private Node method(Signature m, String returns) {
    Scope scope = scope(m);
    String parameters = parameters(m, scope);
    String head =
        "@Coroutine "
            + (m.isStatic() ? "static " : random.nextInt(3) == 0 ? "private " : "")
            + returns
            + " "
            + m.name()
            + "("
            + parameters
            + ") throws Exception {\n";
    g.budget(PIECES);
    return Node.of(head, guarded(m.returns(), g.statements.body(scope)), "}\n");
  }

  private Node generator(Signature m, String returns) {
    // What ends a generator is always null: its locals are Objects like any other's.
    Scope scope = scope(m);
    String parameters = parameters(m, scope);
    Node end =
        Node.of(
            "return Generator.end(",
            random.nextBoolean() ? "" : g.expressions.of(OBJECT, scope),
            ");\n");
    g.budget(PIECES);
    Scope inside = Scope.method(null, false, true);
    inside.variables.addAll(scope.variables);
    Node body = g.statements.sequence(inside, 7);
    return Node.of(
        "@Coroutine static "
            + returns
            + " "
            + m.name()
            + "("
            + parameters
            + ") throws Exception {\n",
        Node.body(
            "Generator.yield(0); return null;",
            "Generator.yield(0);\n",
            body,
            body.completes ? end : ""),
        "}\n");
  }

  private String parameters(Signature m, Scope scope) {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < m.parameters().size(); i++) {
      Type t = m.parameters().get(i);
      s.append(i == 0 ? "" : ", ").append(t).append(" a").append(i);
      scope.add("a" + i, t, true);
    }
    return s.toString();
  }

  static Node guarded(Type returns, Node body) {
    return Node.body(
        "return " + returns.zero + ";", "if (!go()) return " + returns.zero + ";\n", body);
  }
}

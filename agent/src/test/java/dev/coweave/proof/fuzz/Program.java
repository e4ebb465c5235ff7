package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Expressions.Signature;
import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A generated class with the classes nested in it; the same for the same seed. */
final class Program {
  private static final int METHODS = 8;
  private static final int PIECES = 50;

  final String name;
  final Node source;

  /** How many methods and lambdas with bodies of their own it has. */
  final int methods;

  private final Random random;
  private final int feature;
  private final List<Signature> signatures = new ArrayList<>();
  private final List<Signature> generators = new ArrayList<>();
  private final Names names = new Names();
  private final Expressions expressions;
  private final Statements statements;
  private int bodies;

  /**
   * Makes one.
   *
   * @param seed what it follows from
   * @param feature the Java version whose language it may use
   */
  Program(long seed, int feature) {
    this.name = "P" + Long.toUnsignedString(seed, 36);
    this.random = new Random(seed);
    this.feature = feature;
    this.expressions = new Expressions(random, signatures, names, feature);
    this.statements = new Statements(random, expressions, names, generators, feature);
    expressions.statements(statements);
    signatures();
    this.source = source();
    this.methods = bodies;
  }

  private void signatures() {
    for (int i = 0; i < METHODS; i++) {
      List<Type> parameters = new ArrayList<>();
      for (int p = random.nextInt(5); p > 0; p--) {
        parameters.add(expressions.anyType());
      }
      Type returns = random.nextInt(7) == 0 ? VOID : expressions.anyType();
      // What yields is not run by itself.
      boolean yields = random.nextInt(6) == 0;
      signatures.add(
          new Signature(
              (yields ? "y" : "m") + i, random.nextInt(3) == 0, parameters, returns, yields));
    }
    for (int i = 0; i < 2; i++) {
      List<Type> parameters = new ArrayList<>();
      for (int p = random.nextInt(4); p > 0; p--) {
        parameters.add(expressions.anyType());
      }
      generators.add(new Signature("g" + i, true, parameters, OBJECT, true));
    }
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
    for (Signature m : signatures) {
      parts.add(method(m));
    }
    for (Signature g : generators) {
      parts.add(generator(g));
    }
    parts.add(nested());
    parts.add("}\n");
    return Node.of(parts, true);
  }

  private Scope scope(Signature m) {
    Scope scope = Scope.method(m.returns(), !m.isStatic(), m.yields());
    fields(scope, !m.isStatic());
    return scope;
  }

  private static void fields(Scope scope, boolean instance) {
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

  private Node method(Signature m) {
    Scope scope = scope(m);
    String parameters = parameters(m, scope);
    String head =
        "@Coroutine "
            + (m.isStatic() ? "static " : random.nextInt(3) == 0 ? "private " : "")
            + m.returns()
            + " "
            + m.name()
            + "("
            + parameters
            + ") throws Exception {\n";
    return Node.of(head, guarded(m.returns(), body(scope, PIECES)), "}\n");
  }

  private Node generator(Signature g) {
    // What ends a generator is always null: its locals are Objects like any other's.
    Scope scope = scope(g);
    String parameters = parameters(g, scope);
    String returns =
        List.of("Generator<Object>", "java.util.Iterator<Object>", "Iterable<Object>")
            .get(random.nextInt(3));
    Node end =
        Node.of(
            "return Generator.end(",
            random.nextBoolean() ? "" : expressions.of(OBJECT, scope),
            ");\n");
    expressions.budget(PIECES);
    bodies++;
    Scope inside = Scope.method(null, false, true);
    inside.variables.addAll(scope.variables);
    Node body = statements.sequence(inside, 7);
    return Node.of(
        "@Coroutine static "
            + returns
            + " "
            + g.name()
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

  /** A body, without braces. */
  private Node body(Scope scope, int pieces) {
    expressions.budget(pieces);
    bodies++;
    return statements.body(scope);
  }

  private Node small(Type returns, boolean instance, Object... variables) {
    Scope scope = Scope.method(returns, false, false);
    fields(scope, false);
    for (int i = 0; i < variables.length; i += 2) {
      scope.add((String) variables[i], (Type) variables[i + 1], true);
    }
    return guarded(returns, body(scope, 15));
  }

  private static Node guarded(Type returns, Node body) {
    return Node.body(
        "return " + returns.zero + ";", "if (!go()) return " + returns.zero + ";\n", body);
  }

  /** The classes that the methods use: each form of call and of creation. */
  private Node nested() {
    return Node.of(
        """
        interface IntFn { @Coroutine int apply(int a) throws Exception; }
        interface LongFn { @Coroutine long apply(long a, double b) throws Exception; }
        interface Fn<A, B> { @Coroutine B apply(A a) throws Exception; }
        interface Act { @Coroutine void run() throws Exception; }
        static class Box {
          int v; long j; double d; String t; Box inner;
          Box(int v, Box inner) { this.v = v; this.inner = inner; }
          Box(long j, String t, double d) { this.j = j; this.t = k(t); this.d = d; }
          public String toString() { return "Box" + v + j + t + d + (inner == null ? "" : "(" + inner.v + ")"); }
        }
        static class Lazy extends Box {
          static { t("Lazy"); si++; }
          Lazy(int v, long j) { super(v, null); this.j = j; }
          @Coroutine Box self(Box b) throws Exception {""",
        small(BOX, false, "b", BOX),
        "}}\n",
        """
        class Inner extends Box {
          Inner(short s, Box b) { super(s + fi, b); }
          @Coroutine private double hidden(float a) throws Exception {""",
        small(DOUBLE, false, "a", FLOAT, "fd", DOUBLE),
        "}}\n",
        """
        interface Shape<T> {
          @Coroutine T make(T a, int b) throws Exception;
          @Coroutine default long scaled(long a, int b) throws Exception {""",
        small(LONG, false, "a", LONG, "b", INT),
        "}\n",
        "@Coroutine static int area(int a, byte b) throws Exception {",
        small(INT, false, "a", INT, "b", BYTE),
        "}\n",
        "@Coroutine static int twice(int a) throws Exception { return s(a) * 2; }\n",
        "@Coroutine static String text(Object a) throws Exception { return k(\"\" + s(a)); }\n}\n",
        "static abstract class Base<T> implements Shape<T> {}\n",
        "static class Derived extends Base<String> { @Override @Coroutine public String make(String a, int b) throws Exception {",
        small(STRING, false, "a", STRING, "b", INT),
        "}\n",
        "@Override @Coroutine public long scaled(long a, int b) throws Exception { return super.scaled(a + 1, b) + s(b); }\n}\n",
        "static class Unannotated extends Base<String> { public String make(String a, int b) { t(a); return k(a + b); } }\n",
        "record Rec(int x, long y) implements Shape<Integer> { @Override @Coroutine public Integer make(Integer a, int b) throws Exception {",
        small(INTEGER, false, "a", INTEGER, "b", INT),
        "}}\n",
        "enum Hue { RED { @Override @Coroutine int tint(int a, double b) throws Exception {",
        small(INT, false, "a", INT, "b", DOUBLE),
        "}}, BLUE; @Coroutine int tint(int a, double b) throws Exception {",
        small(INT, false, "a", INT, "b", DOUBLE),
        "}}\n",
        """
        static class Res implements AutoCloseable {
          final int v;
          Res(int v) { this.v = v; }
          @Override @Coroutine public void close() throws Exception { s(v); if (v == 4) throw new Failure("close"); }
        }
        """);
  }
}

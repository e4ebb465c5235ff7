package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Node.expression;
import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes random expressions; each is in parentheses or needs none. */
final class Expressions {
  private static final String[] COMPARISONS = {"<", "<=", ">", ">=", "==", "!="};

  private final Grammar g;
  private final Random random;

  /** How deep expressions nest. */
  private int depth;

  Expressions(Grammar g) {
    this.g = g;
    this.random = g.random;
  }

  /** A type of values that are no arrays. */
  Type type() {
    return g.pick(Type.VALUES);
  }

  Type anyType() {
    return g.oneIn(6) ? g.pick(Type.ARRAYS) : type();
  }

  Node of(Type type, Scope scope) {
    g.spend();
    if (g.exhausted() || random.nextInt(8) < depth) {
      return leaf(type, scope);
    }
    depth++;
    Node n = composed(type, scope);
    depth--;
    return n;
  }

  private Node composed(Type type, Scope scope) {
    int choice = random.nextInt(20);
    if (scope.suspends && choice < 6) {
      return point(type, scope);
    }
    Node n =
        switch (choice) {
          case 6 ->
              expression(
                  type,
                  "((",
                  type,
                  ") (",
                  of(BOOLEAN, scope),
                  " ? ",
                  of(type, scope),
                  " : ",
                  of(type, scope),
                  "))");
          case 7 -> g.assignments.of(type, scope);
          case 8, 9 -> scope.suspends ? g.calls.any(type, scope) : null;
          case 10 -> g.oneIn(3) ? g.switches.expression(type, scope, false) : null;
          case 11 ->
              type.array() == null
                  ? null
                  : expression(type, of(type.array(), scope), "[", of(INT, scope), " & 3]");
          case 12 -> scope.suspends && g.oneIn(3) ? g.lambdas.call(type, scope) : null;
          default -> null;
        };
    return n != null ? n : operation(type, scope);
  }

  /**
   * A call. The cast says that its type doesn't depend on what it is an argument of: else javac attributes it twice, and what is
   * nested in it more often.
   */
  static Node called(Type type, Object... parts) {
    return expression(type, "((", type, ") ", Node.of(parts), ")");
  }

  /** A suspension point that gives its argument back. */
  Node point(Type type, Scope scope) {
    return called(type, type.point(), "(", of(type, scope), ")");
  }

  /** A String that doesn't grow without end, of a value. */
  Node text(Type type, Scope scope) {
    return called(STRING, "k(\"\" + ", of(type, scope), ")");
  }

  Node leaf(Type type, Scope scope) {
    List<Variable> candidates = scope.of(type, false);
    if (!candidates.isEmpty() && random.nextInt(4) != 0) {
      return expression(type, candidates.get(random.nextInt(candidates.size())).name());
    }
    return expression(type, literal(type));
  }

  String literal(Type type) {
    int n = random.nextInt(9) == 0 ? random.nextInt() : random.nextInt(7) - 1;
    return switch (type) {
      case INT ->
          g.oneIn(12) ? g.pick("Integer.MIN_VALUE", "40000", "((int) '\\uffff')") : "(" + n + ")";
      case LONG -> "(" + (g.oneIn(9) ? random.nextLong() : n) + "L)";
      case FLOAT -> g.oneIn(9) ? g.pick("Float.NaN", "(-0f)", "(1 / 0f)") : "(" + n + ".5f)";
      case DOUBLE -> g.oneIn(9) ? g.pick("Double.NaN", "(-0d)", "1e300") : "(" + n + ".25)";
      case BOOLEAN -> String.valueOf(n > 2);
      case BYTE -> "((byte) " + (n & 127) + ")";
      case CHAR -> "'" + (char) ('a' + (n & 15)) + "'";
      case SHORT -> "((short) " + (n & 1023) + ")";
      case STRING ->
          n == 0
              ? "((String) null)"
              : g.oneIn(20)
                  ? "\"\"\"\n two\n \"lines\"\\\n\"\"\""
                  : "\"" + (char) ('p' + (n & 7)) + "\"";
      case INTEGER -> n == 0 ? "((Integer) null)" : "Integer.valueOf(" + n + ")";
      case LONG_BOX -> "Long.valueOf(" + n + "L)";
      case OBJECT ->
          n == 0 ? "((Object) null)" : n == 1 ? "((Object) \"o\")" : "((Object) (" + n + "))";
      case BOX -> n == 0 ? "((Box) null)" : "new Box(" + n + ", null)";
      default -> type.zero;
    };
  }

  private Node operation(Type type, Scope scope) {
    if (type.element() != null) {
      return array(type, scope);
    }
    return switch (type) {
      case INT, LONG, FLOAT, DOUBLE -> numeric(type, scope);
      case BYTE, CHAR, SHORT ->
          random.nextBoolean()
              ? cast(type, scope)
              : expression(type, "((", type, ") (", of(type, scope), " + ", of(INT, scope), "))");
      case BOOLEAN -> condition(scope);
      case STRING -> concatenation(scope);
      case INTEGER -> called(type, "Integer.valueOf(", of(INT, scope), ")");
      case LONG_BOX -> expression(type, "((Long) ", of(LONG, scope), ")");
      case OBJECT -> mixed(scope);
      case BOX -> box(scope);
      case FUTURE -> future(scope);
      default -> leaf(type, scope);
    };
  }

  private Node future(Scope scope) {
    return switch (random.nextInt(4)) {
      case 0 -> called(FUTURE, "later(", of(OBJECT, scope), ")");
      case 1 ->
          expression(
              FUTURE,
              "java.util.concurrent.CompletableFuture.failedFuture(",
              g.tries.thrown(scope),
              ")");
      default ->
          expression(
              FUTURE,
              "java.util.concurrent.CompletableFuture.completedFuture((Object) ",
              of(OBJECT, scope),
              ")");
    };
  }

  private Node numeric(Type type, Scope scope) {
    return switch (random.nextInt(type.isIntegral() ? 10 : 6)) {
      case 0 -> cast(type, scope);
      case 1 -> expression(type, "(-", of(type, scope), ")");
      case 2 ->
          expression(
              type, "(", of(type, scope), " ", g.pick("+", "-", "*"), " ", of(type, scope), ")");
      case 3 ->
          expression(type, "(", of(type, scope), " ", g.pick("/", "%"), " ", of(type, scope), ")");
      case 4 -> unboxed(type, scope);
      case 6 ->
          expression(
              type, "(", of(type, scope), " ", g.pick("<<", ">>", ">>>"), " ", of(INT, scope), ")");
      case 7 -> expression(type, "(~", of(type, scope), ")");
      case 8 ->
          expression(
              type, "(", of(type, scope), " ", g.pick("&", "|", "^"), " ", of(type, scope), ")");
      default -> {
        // Operands of two types: the narrower is widened.
        Type narrower =
            type == INT
                ? (random.nextBoolean() ? CHAR : BYTE)
                : type == DOUBLE && random.nextBoolean() ? FLOAT : INT;
        yield expression(
            type,
            "((",
            type,
            ") (",
            of(type, scope),
            " ",
            g.pick("+", "*"),
            " ",
            of(narrower, scope),
            "))");
      }
    };
  }

  private Node unboxed(Type type, Scope scope) {
    return switch (type) {
      case INT ->
          random.nextBoolean()
              ? expression(type, g.pick("((int) ", "(1 + "), of(INTEGER, scope), ")")
              : expression(type, "((int) Character.valueOf(", of(CHAR, scope), "))");
      case LONG -> expression(type, "(1 + ", of(LONG_BOX, scope), ")");
      default -> expression(type, "((", type, ") Float.valueOf(", of(FLOAT, scope), "))");
    };
  }

  private Node cast(Type type, Scope scope) {
    Type from;
    do {
      from = Type.values()[random.nextInt(SHORT.ordinal() + 1)];
    } while (from == BOOLEAN);
    return expression(type, "((", type, ") ", of(from, scope), ")");
  }

  private Node condition(Scope scope) {
    return switch (random.nextInt(8)) {
      case 6 -> binding(scope);
      case 7 -> expression(BOOLEAN, "((boolean) Boolean.valueOf(", of(BOOLEAN, scope), "))");
      case 0 ->
          expression(
              BOOLEAN,
              "(",
              of(BOOLEAN, scope),
              g.pick(" && ", " || ", " & ", " ^ "),
              of(BOOLEAN, scope),
              ")");
      case 1 -> expression(BOOLEAN, "(!", of(BOOLEAN, scope), ")");
      case 2 -> {
        Type t = Type.values()[random.nextInt(4)];
        yield expression(
            BOOLEAN, "(", of(t, scope), " ", g.pick(COMPARISONS), " ", of(t, scope), ")");
      }
      case 3 ->
          expression(
              BOOLEAN,
              "(((Object) ",
              of(OBJECT, scope),
              ") instanceof ",
              g.pick("String", "Integer", "Box", "Long"),
              ")");
      case 4 ->
          expression(
              BOOLEAN,
              "((Object) ",
              of(BOX, scope),
              g.pick(" == ", " != "),
              random.nextBoolean() ? "null" : of(BOX, scope),
              ")");
      default ->
          expression(
              BOOLEAN, "(", of(INT, scope), " ", g.pick(COMPARISONS), " ", of(CHAR, scope), ")");
    };
  }

  /** A pattern, and a condition that sees what it binds. */
  private Node binding(Scope scope) {
    String m = g.name("m");
    Scope bound = scope.block();
    Node value = of(OBJECT, scope);
    if (g.feature >= 21 && random.nextBoolean()) {
      bound.add(m, INT, false);
      return expression(
          BOOLEAN,
          "(((Object) ",
          value,
          ") instanceof Rec(int " + m + ", var " + m + "b) && (" + m + "b < 3 || ",
          of(BOOLEAN, bound),
          "))");
    }
    Type type = g.pick(STRING, INTEGER, BOX);
    bound.add(m, type, false);
    return expression(
        BOOLEAN,
        "(((Object) ",
        value,
        ") instanceof " + type + " " + m + " && ",
        of(BOOLEAN, bound),
        ")");
  }

  private Node concatenation(Scope scope) {
    List<Object> parts = new ArrayList<>();
    parts.add("(\"" + (char) ('A' + random.nextInt(9)) + "\"");
    for (int i = random.nextInt(3); i >= 0; i--) {
      Type t = type();
      parts.add(" + ");
      parts.add(t.isPrimitive() ? of(t, scope) : text(t, scope));
    }
    parts.add(")");
    return expression(STRING, parts.toArray());
  }

  /** An Object of one of several classes, merged. */
  private Node mixed(Scope scope) {
    return switch (random.nextInt(6)) {
      case 4 ->
          expression(OBJECT, "((Object) new Rec(", of(INT, scope), ", ", of(LONG, scope), "))");
      case 5 ->
          expression(
              OBJECT,
              "((Object) new Fork(new Leaf(",
              of(OBJECT, scope),
              "), new Leaf(",
              of(type(), scope),
              ")))");
      case 0 ->
          expression(
              OBJECT,
              "((Object) (",
              of(BOOLEAN, scope),
              " ? ",
              of(STRING, scope),
              " : ",
              of(random.nextBoolean() ? BOX : INTEGER, scope),
              "))");
      case 1 ->
          expression(
              OBJECT,
              "String.valueOf(",
              of(BOOLEAN, scope),
              " ? (CharSequence) new StringBuilder().append(",
              of(INT, scope),
              ").append(",
              of(CHAR, scope),
              ") : new StringBuffer(",
              text(STRING, scope),
              "))");
      default -> expression(OBJECT, "((Object) ", of(type(), scope), ")");
    };
  }

  private Node box(Scope scope) {
    return switch (random.nextInt(6)) {
      case 0 ->
          expression(
              BOX,
              "new Box(",
              of(LONG, scope),
              ", ",
              of(STRING, scope),
              ", ",
              of(DOUBLE, scope),
              ")");
      case 1 -> expression(BOX, "new Lazy(", of(INT, scope), ", ", of(LONG, scope), ")");
      case 2 ->
          scope.instance
              ? expression(BOX, "new Inner(", of(SHORT, scope), ", ", of(BOX, scope), ")")
              : leaf(BOX, scope);
      case 3 -> {
        Scope body = scope.lambda(STRING);
        yield expression(
            BOX,
            "new Box(",
            of(INT, scope),
            ", ",
            of(BOX, scope),
            ") { @Override public String toString() { return k(\"\" + ",
            leaf(STRING, body.plain()),
            ") + v; } }");
      }
      default -> expression(BOX, "new Box(", of(INT, scope), ", ", of(BOX, scope), ")");
    };
  }

  private Node array(Type type, Scope scope) {
    Type e = type.element();
    return expression(
        type,
        "(new ",
        type,
        " {",
        of(e, scope),
        ", ",
        of(e, scope),
        ", ",
        leaf(e, scope),
        ", ",
        leaf(e, scope),
        "})");
  }
}

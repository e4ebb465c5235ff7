package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Node.expression;
import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes random expressions; each is in parentheses or needs none. */
final class Expressions {
  /** A method that generated code calls. */
  record Signature(
      String name, boolean isStatic, List<Type> parameters, Type returns, boolean yields) {}

  private static final Type[] VALUES = {
    INT, LONG, FLOAT, DOUBLE, BOOLEAN, BYTE, CHAR, SHORT, STRING, INTEGER, LONG_BOX, OBJECT, BOX
  };
  private static final String[] COMPARISONS = {"<", "<=", ">", ">=", "==", "!="};

  private final Random random;
  private final List<Signature> methods;
  private final Names names;
  private final int feature;
  private Statements statements;

  /** How deep expressions nest. */
  private int depth;

  /** How many more pieces the method may have. */
  private int budget;

  Expressions(Random random, List<Signature> methods, Names names, int feature) {
    this.random = random;
    this.methods = methods;
    this.names = names;
    this.feature = feature;
  }

  void statements(Statements s) {
    this.statements = s;
  }

  void budget(int pieces) {
    budget = pieces;
  }

  boolean exhausted() {
    return budget <= 0;
  }

  /** A type of values that are no arrays. */
  Type type() {
    return VALUES[random.nextInt(VALUES.length)];
  }

  Type anyType() {
    return random.nextInt(6) == 0 ? Type.values()[INTS.ordinal() + random.nextInt(7)] : type();
  }

  Node of(Type type, Scope scope) {
    budget--;
    if (budget <= 0 || random.nextInt(8) < depth) {
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
      return expression(type, "s(", argument(type, scope), ")");
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
          case 7 -> assignment(type, scope);
          case 8, 9 -> scope.suspends ? call(type, scope) : null;
          case 10 -> random.nextInt(3) == 0 ? switchExpression(type, scope, false) : null;
          case 11 ->
              type.array() == null
                  ? null
                  : expression(type, of(type.array(), scope), "[", of(INT, scope), " & 3]");
          case 12 -> scope.suspends && random.nextInt(3) == 0 ? lambdaCall(type, scope) : null;
          default -> null;
        };
    return n != null ? n : operation(type, scope);
  }

  private Node argument(Type type, Scope scope) {
    Node e = of(type, scope);
    // A cast keeps javac from inferring through nested calls, which takes exponential time.
    return type.isPrimitive() ? e : Node.of("(" + type + ") ", e);
  }

  private Node leaf(Type type, Scope scope) {
    List<Variable> candidates = scope.of(type, false);
    if (!candidates.isEmpty() && random.nextInt(4) != 0) {
      return expression(type, candidates.get(random.nextInt(candidates.size())).name());
    }
    return expression(type, literal(type));
  }

  String literal(Type type) {
    int n = random.nextInt(9) == 0 ? random.nextInt() : random.nextInt(7) - 1;
    return switch (type) {
      case INT -> "(" + n + ")";
      case LONG -> "(" + (random.nextInt(9) == 0 ? random.nextLong() : n) + "L)";
      case FLOAT -> "(" + n + ".5f)";
      case DOUBLE -> "(" + n + ".25)";
      case BOOLEAN -> String.valueOf(n > 2);
      case BYTE -> "((byte) " + (n & 127) + ")";
      case CHAR -> "'" + (char) ('a' + (n & 15)) + "'";
      case SHORT -> "((short) " + (n & 1023) + ")";
      case STRING -> n == 0 ? "((String) null)" : "\"" + (char) ('p' + (n & 7)) + "\"";
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
      case INTEGER -> expression(type, "Integer.valueOf(", of(INT, scope), ")");
      case LONG_BOX -> expression(type, "((Long) ", of(LONG, scope), ")");
      case OBJECT -> mixed(scope);
      case BOX -> box(scope);
      default -> leaf(type, scope);
    };
  }

  private Node numeric(Type type, Scope scope) {
    boolean integral = type == INT || type == LONG;
    return switch (random.nextInt(integral ? 8 : 5)) {
      case 0 -> cast(type, scope);
      case 1 -> expression(type, "(-", of(type, scope), ")");
      case 2 ->
          expression(
              type, "(", of(type, scope), " ", pick("+", "-", "*"), " ", of(type, scope), ")");
      case 3 ->
          expression(type, "(", of(type, scope), " ", pick("/", "%"), " ", of(type, scope), ")");
      case 5 ->
          expression(
              type, "(", of(type, scope), " ", pick("<<", ">>", ">>>"), " ", of(INT, scope), ")");
      case 6 -> expression(type, "(~", of(type, scope), ")");
      case 7 ->
          type == INT
              ? expression(type, pick("((int) ", "(1 + "), of(INTEGER, scope), ")")
              : expression(type, "(1 + ", of(LONG_BOX, scope), ")");
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
            pick("+", "*"),
            " ",
            of(narrower, scope),
            "))");
      }
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
    return switch (random.nextInt(6)) {
      case 0 ->
          expression(
              BOOLEAN,
              "(",
              of(BOOLEAN, scope),
              pick(" && ", " || ", " & ", " ^ "),
              of(BOOLEAN, scope),
              ")");
      case 1 -> expression(BOOLEAN, "(!", of(BOOLEAN, scope), ")");
      case 2 -> {
        Type t = Type.values()[random.nextInt(4)];
        yield expression(
            BOOLEAN, "(", of(t, scope), " ", pick(COMPARISONS), " ", of(t, scope), ")");
      }
      case 3 ->
          expression(
              BOOLEAN,
              "(((Object) ",
              of(OBJECT, scope),
              ") instanceof ",
              pick("String", "Integer", "Box", "Long"),
              ")");
      case 4 ->
          expression(
              BOOLEAN,
              "((Object) ",
              of(BOX, scope),
              pick(" == ", " != "),
              random.nextBoolean() ? "null" : of(BOX, scope),
              ")");
      default ->
          expression(
              BOOLEAN, "(", of(INT, scope), " ", pick(COMPARISONS), " ", of(CHAR, scope), ")");
    };
  }

  private Node concatenation(Scope scope) {
    List<Object> parts = new ArrayList<>();
    parts.add("(\"" + (char) ('A' + random.nextInt(9)) + "\"");
    for (int i = random.nextInt(3); i >= 0; i--) {
      Type t = type();
      parts.add(" + ");
      parts.add(t.isPrimitive() ? of(t, scope) : Node.of("k(\"\" + ", of(t, scope), ")"));
    }
    parts.add(")");
    return expression(STRING, parts.toArray());
  }

  /** An Object of one of several classes, merged. */
  private Node mixed(Scope scope) {
    return switch (random.nextInt(4)) {
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
              ") : new StringBuffer(k(\"\" + ",
              of(STRING, scope),
              ")))");
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
              argument(STRING, scope),
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

  // ---- assignments

  private Node assignment(Type type, Scope scope) {
    Object place = place(type, scope);
    if (place == null) {
      return null;
    }
    int choice = random.nextInt(5);
    if (choice == 0 && (type.isNumeric() || type == INTEGER || type == LONG_BOX)) {
      return random.nextBoolean()
          ? expression(type, "(", place, pick("++", "--"), ")")
          : expression(type, "(", pick("++", "--"), place, ")");
    }
    if (choice <= 2) {
      if (type.isNumeric()) {
        Type operand =
            type.isNarrow() ? Type.values()[random.nextInt(4)] : random.nextBoolean() ? INT : type;
        return expression(type, "(", place, pick(" += ", " -= ", " *= "), of(operand, scope), ")");
      }
      if (type == BOOLEAN) {
        return expression(type, "(", place, pick(" &= ", " |= ", " ^= "), of(BOOLEAN, scope), ")");
      }
      if (type == STRING) {
        return expression(type, "(", place, " += k(\"\" + ", of(type(), scope), "))");
      }
      if (type == INTEGER || type == LONG_BOX) {
        return expression(type, "(", place, " += ", of(INT, scope), ")");
      }
    }
    return expression(type, "(", place, " = ", of(type, scope), ")");
  }

  /** Something that can be assigned to, or null. */
  private Object place(Type type, Scope scope) {
    int choice = random.nextInt(4);
    if (choice == 0 && type.array() != null) {
      return Node.of(of(type.array(), scope), "[", of(INT, scope), " & 3]");
    }
    if (choice == 1) {
      String box =
          switch (type) {
            case INT -> "v";
            case LONG -> "j";
            case STRING -> "t";
            case BOX -> "inner";
            case DOUBLE -> "d";
            default -> null;
          };
      if (box != null) {
        return Node.of(of(BOX, scope), "." + box);
      }
    }
    List<Variable> candidates = scope.of(type, true);
    return candidates.isEmpty() ? null : candidates.get(random.nextInt(candidates.size())).name();
  }

  // ---- calls

  private Node call(Type type, Scope scope) {
    Node special = random.nextInt(3) == 0 ? memberCall(type, scope) : null;
    if (special != null) {
      return special;
    }
    List<Signature> candidates = new ArrayList<>();
    for (Signature m : methods) {
      if (m.returns == type && (m.isStatic || scope.instance) && (!m.yields || scope.yields)) {
        candidates.add(m);
      }
    }
    return candidates.isEmpty()
        ? null
        : expression(type, call(candidates.get(random.nextInt(candidates.size())), scope));
  }

  /** A call of a method of the program. */
  Node call(Signature m, Scope scope) {
    return Node.of(m.name + "(", arguments(m.parameters, scope), ")");
  }

  private Node arguments(List<Type> types, Scope scope) {
    List<Object> parts = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      parts.add(i == 0 ? "" : ", ");
      parts.add(argument(types.get(i), scope));
    }
    return Node.of(parts, true);
  }

  /** A virtual, interface, static, default, private or bridged call; null if none gives the type. */
  private Node memberCall(Type type, Scope scope) {
    return switch (type) {
      case STRING ->
          expression(
              type,
              pick(
                  "((Shape<String>) new Derived()).make(",
                  "new Derived().make(",
                  "new Unannotated().make(",
                  "((Base<String>) new Unannotated()).make("),
              argument(STRING, scope),
              ", ",
              of(INT, scope),
              ")");
      case INTEGER ->
          expression(
              type,
              pick("((Rec) ", "((Shape<Integer>) "),
              "new Rec(",
              of(INT, scope),
              ", ",
              of(LONG, scope),
              ")).make(",
              argument(INTEGER, scope),
              ", ",
              of(INT, scope),
              ")");
      case LONG ->
          expression(
              type,
              pick("new Derived()", "((Shape<?>) new Rec(1, 2))", "new Unannotated()"),
              ".scaled(",
              of(LONG, scope),
              ", ",
              of(INT, scope),
              ")");
      case INT ->
          random.nextBoolean()
              ? expression(
                  type,
                  "Hue.values()[",
                  of(INT, scope),
                  " & 1].tint(",
                  of(INT, scope),
                  ", ",
                  of(DOUBLE, scope),
                  ")")
              : expression(type, "Shape.area(", of(INT, scope), ", ", of(BYTE, scope), ")");
      case DOUBLE ->
          scope.instance
              ? expression(
                  type, "new Inner(", of(SHORT, scope), ", null).hidden(", of(FLOAT, scope), ")")
              : null;
      case BOX ->
          expression(
              type,
              "new Lazy(",
              of(INT, scope),
              ", ",
              of(LONG, scope),
              ").self(",
              of(BOX, scope),
              ")");
      default -> null;
    };
  }

  /** A lambda or anonymous class that is called where it stands. */
  private Node lambdaCall(Type type, Scope scope) {
    String p = names.next("p");
    Scope body = scope.lambda(type);
    return switch (type) {
      case INT -> {
        body.add(p, INT, true);
        yield expression(
            type, "((IntFn) (", p, " -> ", statements.body(body), ")).apply(", of(INT, scope), ")");
      }
      case LONG -> {
        String q = names.next("p");
        body.add(p, LONG, true);
        body.add(q, DOUBLE, true);
        yield expression(
            type,
            "((LongFn) ((",
            p,
            ", ",
            q,
            ") -> ",
            statements.body(body),
            ")).apply(",
            of(LONG, scope),
            ", ",
            of(DOUBLE, scope),
            ")");
      }
      case STRING -> {
        body.add(p, OBJECT, true);
        yield expression(
            type,
            "((Fn<Object, String>) (",
            p,
            " -> ",
            statements.body(body),
            ")).apply(",
            argument(OBJECT, scope),
            ")");
      }
      case INTEGER -> {
        body.add(p, INTEGER, true);
        yield expression(
            type,
            "((Fn<Integer, Integer>) (",
            p,
            " -> ",
            statements.body(body),
            ")).apply(",
            argument(INTEGER, scope),
            ")");
      }
      case BOX -> {
        String q = names.next("p");
        body.add(p, BOX, true);
        body.add(q, INT, true);
        yield expression(
            type,
            "new Base<Box>() { @Override @Coroutine public Box make(Box ",
            p,
            ", int ",
            q,
            ") throws Exception ",
            statements.body(body),
            " }.make(",
            argument(BOX, scope),
            ", ",
            of(INT, scope),
            ")");
      }
      default -> null;
    };
  }

  // ---- switch expressions

  /**
   * A switch expression.
   *
   * @param bare whether nothing else is on the operand stack; if something is, javac 17 fails on a {@code try} inside
   */
  Node switchExpression(Type type, Scope scope, boolean bare) {
    List<Object> parts = new ArrayList<>(List.of("((", type, ") switch ("));
    Scope inside = scope.expression(bare && scope.tries);
    int selector = random.nextInt(feature >= 21 ? 4 : 3);
    List<String> labels;
    switch (selector) {
      case 0 -> {
        parts.add(Node.of(of(INT, scope), " & 7"));
        labels = List.of("1", "2, 3", "7");
      }
      case 1 -> {
        parts.add(Node.of("k(\"\" + ", of(STRING, scope), ")"));
        labels = List.of("\"p\"", "\"q\", \"r\"", "\"null\"");
      }
      case 2 -> {
        parts.add(Node.of("Hue.values()[", of(INT, scope), " & 1]"));
        labels = List.of("RED", "BLUE");
      }
      default -> {
        parts.add(Node.of("(Object) ", of(OBJECT, scope)));
        labels = List.of("STRING", "REC", "INTEGER", "BOX");
      }
    }
    parts.add(") {");
    for (String label : labels) {
      if (random.nextInt(4) != 0) {
        Scope arm = inside.block();
        parts.add(
            Node.of(
                selector == 3 ? pattern(label, arm) : "case " + label,
                " -> ",
                arm(type, arm, true)));
      }
    }
    parts.add(Node.of("default -> ", arm(type, inside.block(), false)));
    parts.add("})");
    return expression(type, parts.toArray());
  }

  /** A case label with a pattern and perhaps a guard (JEP 441). */
  Object pattern(String label, Scope arm) {
    String a = names.next("m");
    String b = names.next("m");
    switch (label) {
      case "STRING" -> {
        arm.add(a, STRING, false);
        return Node.of("case String " + a, random.nextBoolean() ? Node.of(" when ", guard()) : "");
      }
      case "REC" -> {
        arm.add(a, INT, false);
        arm.add(b, LONG, false);
        return Node.of(
            "case Rec(int " + a + ", long " + b + ")",
            random.nextBoolean() ? Node.of(" when ", guard()) : "");
      }
      case "INTEGER" -> {
        arm.add(a, INTEGER, false);
        return Node.of("case Integer " + a, random.nextBoolean() ? Node.of(" when ", guard()) : "");
      }
      default -> {
        arm.add(a, BOX, false);
        return "case Box " + a;
      }
    }
  }

  /** A guard assigns no local from outside it, and is no constant (JLS 14.11.1). */
  private Node guard() {
    return Node.of("Boolean.valueOf(" + random.nextBoolean() + ")");
  }

  private Node arm(Type type, Scope scope, boolean mayThrow) {
    if (exhausted() || random.nextInt(3) != 0) {
      return mayThrow && random.nextInt(12) == 0
          ? Node.of("throw new Failure(\"arm\");")
          : Node.of(of(type, scope), ";");
    }
    Node block = statements.sequence(scope, 2, !mayThrow);
    return Node.of(
        "{",
        block,
        block.completes ? Node.of("yield (" + type + ") ", of(type, scope), ";") : "",
        "}");
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}

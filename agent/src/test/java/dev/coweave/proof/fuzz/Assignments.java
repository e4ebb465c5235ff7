package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Node.expression;
import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Scope.Variable;
import java.util.List;
import java.util.Random;

/** Makes assignments as expressions: plain, compound, and by {@code ++} and {@code --}; to locals, fields and elements. */
final class Assignments {
  private final Grammar g;
  private final Random random;
  private final Expressions e;

  Assignments(Grammar g) {
    this.g = g;
    this.random = g.random;
    this.e = g.expressions;
  }

  /** An assignment that gives a type; null if there is nothing to assign to. */
  Node of(Type type, Scope scope) {
    Object place = place(type, scope);
    if (place == null) {
      return null;
    }
    int choice = random.nextInt(5);
    if (choice == 0 && (type.isNumeric() || type == INTEGER || type == LONG_BOX)) {
      return random.nextBoolean()
          ? expression(type, "(", place, g.pick("++", "--"), ")")
          : expression(type, "(", g.pick("++", "--"), place, ")");
    }
    if (choice <= 2) {
      if (type.isNumeric()) {
        return compound(type, place, scope);
      }
      if (type == BOOLEAN) {
        return expression(
            type, "(", place, g.pick(" &= ", " |= ", " ^= "), e.of(BOOLEAN, scope), ")");
      }
      if (type == STRING) {
        return expression(type, "(", place, " += ", e.text(e.type(), scope), ")");
      }
      if (type == INTEGER || type == LONG_BOX) {
        return expression(type, "(", place, " += ", e.of(INT, scope), ")");
      }
    }
    return expression(type, "(", place, " = ", e.of(type, scope), ")");
  }

  /** An operand may be wider than what it changes: the result is cast (JLS 15.26.2). */
  private Node compound(Type type, Object place, Scope scope) {
    if (type.isIntegral() && random.nextBoolean()) {
      Type operand = random.nextBoolean() ? INT : LONG;
      String operator = g.pick(" &= ", " |= ", " ^= ", " <<= ", " >>= ", " >>>= ");
      return expression(type, "(", place, operator, e.of(operand, scope), ")");
    }
    Type operand =
        type.isNarrow() ? g.pick(INT, LONG, FLOAT, DOUBLE) : random.nextBoolean() ? INT : type;
    String operator = g.pick(" += ", " -= ", " *= ", " /= ", " %= ");
    return expression(type, "(", place, operator, e.of(operand, scope), ")");
  }

  /** Something that can be assigned to, or null. */
  private Object place(Type type, Scope scope) {
    int choice = random.nextInt(4);
    if (choice == 0 && type.array() != null) {
      Node array = e.of(type.array(), scope);
      return g.oneIn(4)
          ? Node.of(
              "(new " + type + "[][] {",
              array,
              ", null})[",
              e.of(INT, scope),
              " & 1][",
              e.of(INT, scope),
              " & 3]")
          : Node.of(array, "[", e.of(INT, scope), " & 3]");
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
        return Node.of(e.of(BOX, scope), "." + box);
      }
    }
    List<Variable> candidates = scope.of(type, true);
    return candidates.isEmpty() ? null : candidates.get(random.nextInt(candidates.size())).name();
  }
}

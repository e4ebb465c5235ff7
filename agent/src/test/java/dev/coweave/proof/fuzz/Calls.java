package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Expressions.called;
import static dev.coweave.proof.fuzz.Type.*;

import dev.coweave.proof.fuzz.Grammar.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes calls of the program's methods, and of those that every program has; and awaits. */
final class Calls {
  private final Grammar g;
  private final Random random;
  private final Expressions e;

  Calls(Grammar g) {
    this.g = g;
    this.random = g.random;
    this.e = g.expressions;
  }

  /** A call that gives a type; null if there is none. */
  Node any(Type type, Scope scope) {
    Node special =
        switch (random.nextInt(6)) {
          case 0, 1 -> member(type, scope);
          case 2 -> helper(type, scope);
          case 3 -> type.isPrimitive() && type != INT ? null : awaited(type, scope);
          default -> null;
        };
    if (special != null) {
      return special;
    }
    List<Signature> candidates = new ArrayList<>();
    for (Signature m : g.methods) {
      if (m.returns() == type
          && (m.isStatic() || scope.instance)
          && (!m.yields() || scope.yields)) {
        candidates.add(m);
      }
    }
    return candidates.isEmpty() ? null : called(type, to(g.pick(candidates), scope));
  }

  /** A call of a method of the program. */
  Node to(Signature m, Scope scope) {
    return Node.of(m.name() + "(", arguments(m.parameters(), scope), ")");
  }

  private Node arguments(List<Type> types, Scope scope) {
    List<Object> parts = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      parts.add(i == 0 ? "" : ", ");
      parts.add(e.of(types.get(i), scope));
    }
    return Node.of(parts, true);
  }

  /** A virtual, interface, static, default, private or bridged call; null if none gives the type. */
  private Node member(Type type, Scope scope) {
    return switch (type) {
      case STRING ->
          called(
              type,
              g.pick(
                  "((Shape<String>) new Derived()).make(",
                  "new Derived().make(",
                  "new Unannotated().make(",
                  "((Base<String>) new Unannotated()).make("),
              e.of(STRING, scope),
              ", ",
              e.of(INT, scope),
              ")");
      case INTEGER ->
          called(
              type,
              g.pick("((Rec) ", "((Shape<Integer>) "),
              "new Rec(",
              e.of(INT, scope),
              ", ",
              e.of(LONG, scope),
              ")).make(",
              e.of(INTEGER, scope),
              ", ",
              e.of(INT, scope),
              ")");
      case LONG ->
          called(
              type,
              g.pick("new Derived()", "((Shape<?>) new Rec(1, 2))", "new Unannotated()"),
              ".scaled(",
              e.of(LONG, scope),
              ", ",
              e.of(INT, scope),
              ")");
      case INT ->
          random.nextBoolean()
              ? called(
                  type,
                  "Hue.values()[",
                  e.of(INT, scope),
                  " & 1].tint(",
                  e.of(INT, scope),
                  ", ",
                  e.of(DOUBLE, scope),
                  ")")
              : called(type, "Shape.area(", e.of(INT, scope), ", ", e.of(BYTE, scope), ")");
      case DOUBLE ->
          scope.instance
              ? called(
                  type,
                  "new Inner(",
                  e.of(SHORT, scope),
                  ", null).hidden(",
                  e.of(FLOAT, scope),
                  ")")
              : null;
      case BOX ->
          called(
              type,
              g.pick("new Lazy(", "new Deep(", "new Deep("),
              e.of(INT, scope),
              ", ",
              e.of(LONG, scope),
              ").self(",
              e.of(BOX, scope),
              ")");
      default -> null;
    };
  }

  /** Varargs, bounded type variables, recursion, and a synchronized method, which is no coroutine. */
  private Node helper(Type type, Scope scope) {
    return switch (type) {
      case INT ->
          scope.instance && random.nextBoolean()
              ? called(type, "locked(", e.of(INT, scope), ")")
              : called(type, "many(", e.of(INT, scope), rest(scope), ")");
      case LONG -> called(type, "sum(", e.of(INT, scope), " & 7, ", e.of(LONG, scope), ")");
      case STRING, INTEGER, LONG_BOX ->
          called(type, "larger(", e.of(type, scope), ", ", e.of(type, scope), ")");
      default -> null;
    };
  }

  private Node rest(Scope scope) {
    List<Object> parts = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      parts.add(", ");
      parts.add(e.of(g.pick(INT, STRING, DOUBLE, OBJECT), scope));
    }
    return Node.of(parts, true);
  }

  /** What an async method or a future gives. */
  private Node awaited(Type type, Scope scope) {
    // Before the cast, so that it fails now and then where the outcome has another class.
    String cast = type == INT ? "((int) (Integer) " : "((" + type + ") ";
    Node future = random.nextBoolean() ? to(g.pick(g.asyncs), scope) : Node.of(e.of(FUTURE, scope));
    return called(type, cast, "(Object) dev.coweave.task.Task.await(", future, "))");
  }
}

package dev.coweave.proof.fuzz;

import java.util.ArrayList;
import java.util.List;

/** What generated code may refer to where it stands: locals, jump targets, and what it is forbidden. */
final class Scope {
  /** A local, parameter or field. */
  record Variable(String name, Type type, boolean assignable) {}

  /** What a jump leaves or goes on with. */
  static final class Target {
    final String label;
    final boolean loop;

    /** Whether a generated {@code break} leaves it. */
    boolean left;

    Target(String label, boolean loop) {
      this.label = label;
      this.loop = loop;
    }
  }

  final List<Variable> variables;
  final List<Target> targets;

  /** What the method returns; null where {@code return} is not allowed. */
  final Type returns;

  /** Whether there is a {@code this}. */
  final boolean instance;

  /** Whether calls of coroutines are allowed. */
  final boolean suspends;

  /** Whether the code yields. */
  final boolean yields;

  /** Whether {@code try} is allowed. */
  final boolean tries;

  private Scope(
      List<Variable> variables,
      List<Target> targets,
      Type returns,
      boolean instance,
      boolean suspends,
      boolean yields,
      boolean tries) {
    this.variables = variables;
    this.targets = targets;
    this.returns = returns;
    this.instance = instance;
    this.suspends = suspends;
    this.yields = yields;
    this.tries = tries;
  }

  static Scope method(Type returns, boolean instance, boolean yields) {
    return new Scope(new ArrayList<>(), List.of(), returns, instance, true, yields, true);
  }

  /** With what static code sees of the enclosing class. */
  Scope withStatics(Scope outer) {
    for (Variable v : outer.variables) {
      if (v.name.equals("si") || v.name.equals("so") || v.name.equals("sj")) {
        variables.add(v);
      }
    }
    return this;
  }

  /** A block inside. */
  Scope block() {
    return new Scope(
        new ArrayList<>(variables), targets, returns, instance, suspends, yields, tries);
  }

  /** The inside of something that can be left. */
  Scope inside(Target target) {
    List<Target> all = new ArrayList<>(targets);
    all.add(target);
    return new Scope(new ArrayList<>(variables), all, returns, instance, suspends, yields, tries);
  }

  /** The inside of a switch expression, which no jump leaves. */
  Scope expression(boolean tries) {
    return new Scope(
        new ArrayList<>(variables), List.of(), null, instance, suspends, yields, tries);
  }

  /** A place where nothing may wait. */
  Scope plain() {
    return new Scope(new ArrayList<>(variables), targets, returns, instance, false, false, tries);
  }

  /** The body of a lambda, or of a method of an anonymous class. */
  Scope lambda(Type returns) {
    List<Variable> captured = new ArrayList<>();
    for (Variable v : variables) {
      if (!v.assignable) {
        captured.add(v);
      }
    }
    return new Scope(captured, List.of(), returns, instance, suspends, false, true);
  }

  void add(String name, Type type, boolean assignable) {
    variables.add(new Variable(name, type, assignable));
  }

  List<Variable> of(Type type, boolean assignable) {
    List<Variable> result = new ArrayList<>();
    for (Variable v : variables) {
      if (v.type == type && (v.assignable || !assignable)) {
        result.add(v);
      }
    }
    return result;
  }
}

package dev.coweave.proof.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What makes programs: the parts need each other, for statements contain expressions and these lambdas; and what they share. */
final class Grammar {
  /** A method that generated code calls. */
  record Signature(
      String name, boolean isStatic, List<Type> parameters, Type returns, boolean yields) {}

  /** The class's name. */
  final String program;

  final Random random;

  /** The Java version whose language may be used. */
  final int feature;

  final List<Signature> methods = new ArrayList<>();
  final List<Signature> generators = new ArrayList<>();
  final List<Signature> asyncs = new ArrayList<>();

  final Expressions expressions;
  final Assignments assignments;
  final Calls calls;
  final Lambdas lambdas;
  final Switches switches;
  final Tries tries;
  final Statements statements;

  private int names;

  /** How many more pieces the method may have. */
  private int budget;

  Grammar(String program, Random random, int feature) {
    this.program = program;
    this.random = random;
    this.feature = feature;
    expressions = new Expressions(this);
    assignments = new Assignments(this);
    calls = new Calls(this);
    lambdas = new Lambdas(this);
    switches = new Switches(this);
    tries = new Tries(this);
    statements = new Statements(this);
  }

  /** A name that nothing else has. */
  String name(String prefix) {
    return prefix + names++;
  }

  void budget(int pieces) {
    budget = pieces;
  }

  void spend() {
    budget--;
  }

  boolean exhausted() {
    return budget <= 0;
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  @SafeVarargs
  final <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}

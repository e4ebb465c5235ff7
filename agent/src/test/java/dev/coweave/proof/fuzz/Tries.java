package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Type.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes {@code try} statements, and what they catch. */
final class Tries {
  private final Grammar g;
  private final Random random;
  private final Expressions e;

  Tries(Grammar g) {
    this.g = g;
    this.random = g.random;
    this.e = g.expressions;
  }

  Node statement(Scope scope) {
    Node body = g.statements.block(scope.block());
    List<Object> parts = new ArrayList<>(List.of("try ", body));
    boolean completes = body.completes;
    int choice = random.nextInt(3);
    if (choice != 0) {
      completes |= catches(scope, parts);
    }
    if (choice != 1) {
      Node last =
          random.nextInt(4) == 0
              ? g.statements.block(scope.block())
              : g.statements.completingBlock(scope.block());
      parts.add(Node.of(" finally ", last));
      completes &= last.completes;
    }
    return Node.statement(completes, parts.toArray());
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
      if (i == first || g.oneIn(3)) {
        Scope inside = scope.block();
        String x = g.name("e");
        inside.add("shown(" + x + ")", OBJECT, false);
        Node handler = g.statements.block(inside);
        completes |= handler.completes;
        boolean rethrown = handler.completes && random.nextInt(6) == 0;
        parts.add(
            Node.of(
                " catch (" + types.get(i) + " " + x + ") {",
                "t((Object) " + x + ");",
                handler,
                rethrown ? " if (go()) throw " + x + ";" : "",
                "}"));
      }
    }
    return completes;
  }

  Node resources(Scope scope) {
    if (!scope.suspends || !scope.tries) {
      return g.statements.simple(scope);
    }
    String r = g.name("r");
    List<Object> parts =
        new ArrayList<>(List.of("try (Res " + r + " = new Res(", e.of(INT, scope), ")"));
    if (g.oneIn(3)) {
      parts.add(
          Node.of(
              "; Res " + r + "b = ",
              random.nextBoolean() ? "null" : Node.of("new Res(", e.of(INT, scope), ")")));
    }
    Node body = g.statements.block(scope.block());
    parts.add(Node.of(") ", body));
    boolean completes = body.completes;
    int choice = random.nextInt(3);
    if (choice == 0) {
      completes |= catches(scope, parts);
    }
    if (choice == 1) {
      parts.add(Node.of(" finally ", g.statements.completingBlock(scope.block())));
    }
    return Node.statement(completes, parts.toArray());
  }

  Node thrown(Scope scope) {
    String x = g.pick("Failure", "SubFailure", "Checked");
    return Node.of("new " + x + "(", e.text(STRING, scope), ")");
  }
}

package dev.coweave.proof.fuzz;

import dev.coweave.proof.fuzz.Fuzzer.Difference;
import java.util.ArrayList;
import java.util.List;

/** Makes a failing program smaller: takes pieces away as long as it fails in the same way. */
final class Shrinker {
  private final Fuzzer fuzzer;
  private final long deadline;

  Shrinker(Fuzzer fuzzer, int seconds) {
    this.fuzzer = fuzzer;
    this.deadline = System.nanoTime() + seconds * 1_000_000_000L;
  }

  Difference shrink(Difference found) {
    Difference best = found;
    boolean smaller = true;
    while (smaller) {
      smaller = false;
      for (Node.Sort sort : Node.Sort.values()) {
        List<Node> nodes = new ArrayList<>();
        found
            .program()
            .source
            .visit(
                n -> {
                  if (n.sort == sort) {
                    nodes.add(n);
                  }
                });
        for (Node node : nodes) {
          Difference d = shrink(node, found);
          if (d != null) {
            best = d;
            smaller = true;
          }
          if (System.nanoTime() > deadline) {
            return best;
          }
        }
      }
    }
    return best;
  }

  private Difference shrink(Node node, Difference found) {
    int before = node.toString().length();
    for (Object substitute : node.substitutes()) {
      if (substitute.toString().length() >= before) {
        continue;
      }
      node.replace(substitute);
      Difference d = fuzzer.check(found);
      if (d != null) {
        return d;
      }
      node.replace(null);
    }
    return null;
  }
}

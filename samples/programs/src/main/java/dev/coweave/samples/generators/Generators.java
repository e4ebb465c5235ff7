package dev.coweave.samples.generators;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Sequences that are computed while they are read. */
public final class Generators {
  private Generators() {}

  /** Endless; only what is asked for is computed. */
  @Coroutine
  static Generator<Long> fibonacci() {
    long a = 0;
    long b = 1;
    while (true) {
      Generator.yield(a);
      long c = a + b;
      a = b;
      b = c;
    }
  }

  /**
   * A method that returns Stream may yield as well, and so may one that returns Iterator or
   * Iterable.
   */
  @Coroutine
  static Stream<List<String>> permutations(List<String> items) {
    permute(new ArrayList<>(items), 0);
    return Generator.end();
  }

  /** A suspending method: it yields to the generator that called it, however deep the recursion. */
  @Coroutine
  private static void permute(List<String> items, int from) {
    if (from == items.size()) {
      Generator.yield(List.copyOf(items));
      return;
    }
    for (int i = from; i < items.size(); i++) {
      Collections.swap(items, from, i);
      permute(items, from + 1);
      Collections.swap(items, from, i);
    }
  }

  /** A binary search tree; null is the empty one. */
  record Tree(Tree left, int value, Tree right) {
    static Tree of(int low, int high) {
      int middle = (low + high) >>> 1;
      return low > high ? null : new Tree(of(low, middle - 1), middle, of(middle + 1, high));
    }
  }

  @Coroutine
  static Iterator<Integer> inOrder(Tree tree) {
    walk(tree);
    return Generator.end();
  }

  @Coroutine
  private static void walk(Tree tree) {
    if (tree != null) {
      walk(tree.left);
      Generator.yield(tree.value);
      walk(tree.right);
    }
  }

  /**
   * The same by delegation: each subtree is a generator of its own, and an element costs the same
   * at any depth.
   */
  @Coroutine
  static Iterable<Integer> inOrderByDelegation(Tree tree) {
    if (tree != null) {
      Generator.yieldAll(inOrderByDelegation(tree.left));
      Generator.yield(tree.value);
      Generator.yieldAll(inOrderByDelegation(tree.right));
    }
    return Generator.end();
  }

  /** A conversation: yields the average of all the numbers that were sent so far. */
  @Coroutine
  static Generator<Double> average() {
    double sum = 0;
    int count = 0;
    double next = Generator.yield(0.0);
    while (true) {
      sum += next;
      count++;
      next = Generator.yield(sum / count);
    }
  }

  /**
   * Shows each of them.
   *
   * @param args are ignored
   */
  public static void main(String[] args) {
    System.out.println(
        "fibonacci: "
            + fibonacci().stream().limit(12).map(String::valueOf).collect(Collectors.joining(" ")));
    System.out.println(
        "permutations: "
            + permutations(List.of("a", "b", "c"))
                .map(p -> String.join("", p))
                .collect(Collectors.joining(" ")));

    Tree tree = Tree.of(1, 15);
    StringBuilder values = new StringBuilder();
    inOrder(tree).forEachRemaining(value -> values.append(' ').append(value));
    System.out.println("in order, by recursion:" + values);

    Iterable<Integer> elements = inOrderByDelegation(tree);
    int sum = 0;
    for (int value : elements) {
      sum += value;
    }
    for (int value : elements) { // an Iterable starts afresh
      sum += value;
    }
    System.out.println("twice the sum, by delegation: " + sum);

    Generator<Double> average = average();
    average.next(); // to the first yield, which is there to take what is sent
    for (double number : new double[] {10, 20, 60}) {
      System.out.println("send " + number + ": the average is " + average.send(number));
    }
  }
}

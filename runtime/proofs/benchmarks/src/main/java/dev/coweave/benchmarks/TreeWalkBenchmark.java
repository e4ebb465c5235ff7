package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A node of a tree, walked in order by a method that recurs and yields; against a stack by hand. */
public class TreeWalkBenchmark extends Comparison {
  private static final int NODES = 1_023;

  private final Node tree = Node.of(1, NODES);

  record Node(Node left, long value, Node right) {
    static Node of(int low, int high) {
      int middle = (low + high) >>> 1;
      return low > high ? null : new Node(of(low, middle - 1), middle, of(middle + 1, high));
    }
  }

  @Coroutine
  private static Generator<Long> inOrder(Node tree) {
    walk(tree);
    return Generator.end();
  }

  @Coroutine
  private static void walk(Node tree) {
    if (tree != null) {
      walk(tree.left);
      Generator.yield(tree.value);
      walk(tree.right);
    }
  }

  private static final class InOrder implements Iterator<Long> {
    private final Deque<Node> path = new ArrayDeque<>();

    InOrder(Node tree) {
      descend(tree);
    }

    private void descend(Node tree) {
      for (Node node = tree; node != null; node = node.left) {
        path.push(node);
      }
    }

    @Override
    public boolean hasNext() {
      return !path.isEmpty();
    }

    @Override
    public Long next() {
      Node node = path.pop();
      descend(node.right);
      return node.value;
    }
  }

  @Benchmark
  @OperationsPerInvocation(NODES)
  public long hand() {
    long sum = 0;
    for (Iterator<Long> it = new InOrder(tree); it.hasNext(); ) {
      sum = sum * 31 + it.next();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(NODES)
  @Override
  public long woven() {
    long sum = 0;
    for (long value : inOrder(tree)) {
      sum = sum * 31 + value;
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(NODES)
  public long kotlin() {
    long sum = 0;
    for (Iterator<Long> it = KotlinSequences.inOrder(tree).iterator(); it.hasNext(); ) {
      sum = sum * 31 + it.next();
    }
    return sum;
  }
}

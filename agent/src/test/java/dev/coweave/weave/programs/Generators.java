package dev.coweave.weave.programs;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Generators in all the forms that DESIGN names; run woven by GeneratorTest. */
public class Generators implements Callable<List<String>> {
  private final List<String> out = new ArrayList<>();

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

  @Coroutine
  static Iterable<Integer> range(int n) {
    for (int i = 0; i < n; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Coroutine
  static Iterator<String> words(String... words) {
    for (String w : words) {
      Generator.yield(w);
    }
    return null;
  }

  @Coroutine
  static Stream<Integer> all() {
    Generator.yield(1);
    Generator.yieldAll(List.of(2, 3));
    Generator.yieldAll(range(2));
    return Generator.end();
  }

  @Coroutine
  static Generator<Double> average() {
    double sum = 0;
    int n = 0;
    Double sent = Generator.yield(null);
    while (sent != null) {
      sum += sent;
      n++;
      sent = Generator.yield(sum / n);
    }
    return Generator.end("n=" + n);
  }

  record Node(Node left, int value, Node right) {
    @Coroutine
    void walk() {
      if (left != null) {
        left.walk();
      }
      Generator.yield(value);
      if (right != null) {
        right.walk();
      }
    }
  }

  static Node tree(int from, int to) {
    if (from > to) {
      return null;
    }
    int mid = (from + to) / 2;
    return new Node(tree(from, mid - 1), mid, tree(mid + 1, to));
  }

  @Coroutine
  static Generator<Integer> inOrder(Node n) {
    n.walk();
    return Generator.end("done");
  }

  @Coroutine
  static Generator<Integer> delegating(int depth) {
    if (depth > 0) {
      Integer below = Generator.yieldAll(delegating(depth - 1));
      Generator.yield(depth);
      return Generator.end(below + 1);
    }
    Generator.yield(0);
    return Generator.end(0);
  }

  @Coroutine
  Generator<String> cleaning() {
    try {
      Generator.yield("a");
      try {
        Generator.yield("b");
      } catch (IllegalArgumentException e) {
        Generator.yield("caught " + e.getMessage());
      }
      Generator.yield("c");
    } finally {
      out.add("finally");
    }
    return null;
  }

  @Override
  public List<String> call() throws Exception {
    StringBuilder s = new StringBuilder();
    for (long f : fibonacci()) {
      if (f > 100) {
        break;
      }
      s.append(f).append(' ');
    }
    out.add(s.toString());
    Iterable<Integer> r = range(3);
    for (int round = 0; round < 2; round++) {
      for (int i : r) {
        out.add("r" + i);
      }
    }
    words("x", "y").forEachRemaining(out::add);
    out.add(all().toList().toString());
    Generator<Double> average = average();
    average.next();
    out.add(average.send(2.0) + " " + average.send(4.0));
    try {
      average.send(null);
    } catch (java.util.NoSuchElementException e) {
      out.add("ended " + average.result());
    }
    Generator<Integer> walk = inOrder(tree(1, 20));
    out.add(walk.stream().toList() + " " + walk.result());
    Generator<Integer> d = delegating(1000);
    int sum = 0;
    while (d.hasNext()) {
      sum += d.next();
    }
    out.add(sum + " " + d.result());
    Generator<String> c = cleaning();
    out.add(c.next());
    out.add(c.next());
    out.add(c.raise(new IllegalArgumentException("oops")));
    c.close();
    Generator<Integer> lambda =
        Generator.of(
            () -> {
              for (int i = 0; i < 3; i++) {
                Generator.yield(i * i);
              }
            });
    out.add(lambda.stream().toList().toString());
    return out;
  }
}

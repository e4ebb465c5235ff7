package dev.coweave.proof.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A piece of generated source: text with pieces inside. It knows just enough to be printed and to be shrunk: what it can be
 * replaced by so that the rest has a chance to compile.
 */
final class Node {
  /** What kind of source it is, for the shrinker. */
  enum Sort {
    MEMBER,
    STATEMENT,
    EXPRESSION,
    OTHER
  }

  final Sort sort;

  /** What stands in its place when it is taken away. */
  final String fallback;

  /** Of a statement: whether what follows it is reachable (JLS 14.22). */
  final boolean completes;

  private final Type type;
  private final List<Object> parts;
  private Object replacement;

  private Node(Sort sort, Type type, String fallback, boolean completes, Stream<?> parts) {
    this.sort = sort;
    this.type = type;
    this.fallback = fallback;
    this.completes = completes;
    this.parts = parts.collect(Collectors.toCollection(ArrayList::new));
  }

  static Node expression(Type type, Object... parts) {
    return new Node(Sort.EXPRESSION, type, type.zero, true, Stream.of(parts));
  }

  static Node statement(boolean completes, Object... parts) {
    return new Node(Sort.STATEMENT, null, "", completes, Stream.of(parts));
  }

  /** A method's body, without braces; it may be replaced by one that does nothing. */
  static Node body(String stub, Object... parts) {
    return new Node(Sort.MEMBER, null, stub, true, Stream.of(parts));
  }

  static Node of(List<?> parts, boolean completes) {
    return new Node(Sort.OTHER, null, "", completes, parts.stream());
  }

  static Node of(Object... parts) {
    return of(List.of(parts), true);
  }

  /** What may stand in this piece's place, the smallest first. */
  List<Object> substitutes() {
    List<Object> result = new ArrayList<>();
    if (sort == Sort.OTHER || replacement != null) {
      return result;
    }
    result.add(fallback);
    for (Object part : parts) {
      if (part instanceof Node n) {
        if (sort == Sort.EXPRESSION
            ? n.sort == sort && n.type == type
            : sort == Sort.STATEMENT && n.sort == Sort.OTHER) {
          result.add(n);
        }
      }
    }
    return result;
  }

  /** Puts something in this piece's place; null puts the piece back. */
  void replace(Object substitute) {
    replacement = substitute;
  }

  /** Visits the pieces that are still there, the outermost first. */
  void visit(Consumer<Node> visitor) {
    visitor.accept(this);
    for (Object part : replacement == null ? List.copyOf(parts) : List.of(replacement)) {
      if (part instanceof Node n) {
        n.visit(visitor);
      }
    }
  }

  private void print(StringBuilder out) {
    for (Object part : replacement == null ? parts : List.of(replacement)) {
      if (part instanceof Node n) {
        n.print(out);
      } else {
        out.append(part);
      }
    }
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    print(out);
    return out.toString();
  }
}

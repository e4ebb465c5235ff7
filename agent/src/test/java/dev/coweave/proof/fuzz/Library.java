package dev.coweave.proof.fuzz;

import static dev.coweave.proof.fuzz.Type.*;

/** The classes that each program's methods use: every form of call and of creation. Their longer bodies are random too. */
final class Library {
  private static final int PIECES = 15;

  private final Grammar g;

  Library(Grammar g) {
    this.g = g;
  }

  private Node small(Type returns, Object... variables) {
    Scope scope = Scope.method(returns, false, false);
    Program.fields(scope, false);
    for (int i = 0; i < variables.length; i += 2) {
      scope.add((String) variables[i], (Type) variables[i + 1], true);
    }
    g.budget(PIECES);
    return Program.guarded(returns, g.statements.body(scope));
  }

  /** Their source. */
  Node source() {
    return Node.of(
        """
        interface IntFn { @Coroutine int apply(int a) throws Exception; }
        interface LongFn { @Coroutine long apply(long a, double b) throws Exception; }
        interface Fn<A, B> { @Coroutine B apply(A a) throws Exception; }
        interface Act { @Coroutine void run() throws Exception; }
        sealed interface Tree permits Leaf, Fork {}
        record Leaf(Object v) implements Tree {
          Leaf { v = v instanceof Tree ? "tree" : v; }
          static Tree of(Object v) { return new Leaf(v); }
          static Tree forked(Object v) { return new Fork(new Leaf(v), new Leaf("r")); }
          static Tree lopsided(Object v) { return v == null ? null : new Fork(null, new Leaf(v)); }
        }
        record Fork(Tree l, Tree r) implements Tree {}
        synchronized int locked(int a) { t(a); return a + fi; }
        @Coroutine static int many(int a, Object... rest) throws Exception { for (Object o : rest) a += sI(a); return a; }
        @Coroutine static long sum(int n, long acc) throws Exception { return n <= 0 || !go() ? acc : sum(n - 1, acc + sI(n)); }
        @Coroutine static <T extends Comparable<T>> T larger(T a, T b) throws Exception { T l = sZ(a.compareTo(b) > 0) ? a : b; sL(l); return l; }
        static class Box {
          int v; long j; double d; String t; Box inner;
          Box(int v, Box inner) { this.v = v; this.inner = inner; }
          Box(long j, String t, double d) { this.j = j; this.t = k(t); this.d = d; }
          { si++; }
          @Coroutine int plus(int a) throws Exception { return sI(a) + v; }
          public String toString() { return "Box" + v + j + t + d + (inner == null ? "" : "(" + inner.v + ")"); }
        }
        static class Lazy extends Box {
          static { t("Lazy"); si++; }
          Lazy(int v, long j) { super(v, null); this.j = j; }
          @Coroutine Box self(Box b) throws Exception {""",
        small(BOX, "b", BOX),
        "}}\n",
        "static class Deep extends Lazy { Deep(int v, long j) { super(v, j); } @Override @Coroutine Deep self(Box b) throws Exception { sL(super.self(b)); return this; }}\n",
        """
        class Inner extends Box {
          Inner(short s, Box b) { super(s + fi, b); }
          @Coroutine private double hidden(float a) throws Exception {""",
        small(DOUBLE, "a", FLOAT, "fd", DOUBLE),
        "}}\n",
        """
        interface Shape<T> {
          @Coroutine T make(T a, int b) throws Exception;
          @Coroutine default long scaled(long a, int b) throws Exception {""",
        small(LONG, "a", LONG, "b", INT),
        "}\n",
        "@Coroutine static int area(int a, byte b) throws Exception {",
        small(INT, "a", INT, "b", BYTE),
        "}\n",
        "@Coroutine static int twice(int a) throws Exception { return sI(a) * 2; }\n",
        "@Coroutine static String text(Object a) throws Exception { return k(\"\" + sL(a)); }\n}\n",
        "static abstract class Base<T> implements Shape<T> {}\n",
        "static class Derived extends Base<String> { @Override @Coroutine public String make(String a, int b) throws Exception {",
        small(STRING, "a", STRING, "b", INT),
        "}\n",
        "@Override @Coroutine public long scaled(long a, int b) throws Exception { return super.scaled(a + 1, b) + sI(b); }\n}\n",
        "static class Unannotated extends Base<String> { public String make(String a, int b) { t(a); return k(a + b); } }\n",
        "record Rec(int x, long y) implements Shape<Integer> { @Override @Coroutine public Integer make(Integer a, int b) throws Exception {",
        small(INTEGER, "a", INTEGER, "b", INT),
        "}\n",
        "@Override @Coroutine public long scaled(long a, int b) throws Exception { return Shape.super.scaled(a, b) ^ sJ(y); }}\n",
        "enum Hue { RED { @Override @Coroutine int tint(int a, double b) throws Exception {",
        small(INT, "a", INT, "b", DOUBLE),
        "}}, BLUE; @Coroutine int tint(int a, double b) throws Exception {",
        small(INT, "a", INT, "b", DOUBLE),
        "}}\n",
        """
        static class Res implements AutoCloseable {
          final int v;
          Res(int v) { this.v = v; }
          @Override @Coroutine public void close() throws Exception { sI(v); if (v == 4) throw new Failure("close"); }
        }
        """);
  }
}

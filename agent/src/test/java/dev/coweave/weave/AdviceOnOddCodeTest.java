package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rules of advice on code that stands in odd places, or looks like what they are about. Each line is a class of its own: its code, or none, then its members. */
class AdviceOnOddCodeTest {
  @Test
  void plainWaits() {
    check(
        """
        120 Runnable r = () -> Task.yield();
        120 static final Runnable R = () -> Task.yield();
        120 { Runnable r = () -> Task.yield(); }
        120 enum E { X { void g() { Task.yield(); } }; void g() {} }
        120 record R(Task<String> t) { String x() { return t.await(); } }
        120 interface I { default void g() { Task.yield(); } }
        120 interface I { private static void g() { Task.yield(); } }
        120 Object f(int i, Task<String> t) { return switch (i) { case 1 -> t.await(); default -> { yield 2; } }; }
        120 void f(Task<AutoCloseable> t) throws Exception { try (var x = t.await()) { } }
        120 void f(List<CompletableFuture<String>> l) { l.stream().map(Task::await).toList(); }
        120 <T> T f(CompletableFuture<T> f) { return ((java.util.function.Supplier<T>) () -> await(f)).get(); }
        120 static <T> void f(dev.coweave.sync.Channel<T> c) throws Exception { c.forEach(x -> {}); }
        120 static void f() { new Thread(() -> Task.yield()).start(); }
        120 static void f(ExecutorService e) { e.submit(() -> { Task.yield(); return 1; }); }
        120 static void f(ExecutorService e) { e.submit(() -> { Runnable r = () -> Task.yield(); r.run(); return 1; }); }
            CoroutineRunnable r = () -> Task.yield();
            static final CoroutineRunnable R = () -> { class L { @Coroutine void g() { Task.yield(); } } new L().g(); };
            void f(dev.coweave.sync.Mutex m) { var g = new Object() { @Coroutine void h() { m.lock(); } }; g.h(); }
            void f() { try (var x = dev.coweave.task.TaskScope.open()) { } }
            @Coroutine String g() { Task.yield(); return ""; } void f(List<A> l) { l.stream().map(A::toString).toList(); } static class A {}
            void f(Generator<String> g) { for (String s : g) System.out.println(s); g.close(); }
            static void f(ExecutorService e) throws Exception { Task<Integer> t = Task.start(e, () -> { Task.yield(); return 1; }); t.get(); }
        """);
  }

  @Test
  void typesOfElements() {
    check(
        """
        121 @Coroutine Generator<Integer> f(boolean b) { Generator.yield(b ? 1 : 2L); return null; }
        121 sealed interface S permits X {} record X() implements S {} record Z() {} @Coroutine Generator<S> f() { Generator.yield(new Z()); return null; }
        121 @Coroutine Flow.Publisher<String> g() { Generator.yield(1); return null; }
        121 @Coroutine Generator<Character> f(String s) { for (char c : s.toCharArray()) Generator.yield(c + 1); return null; }
            @Coroutine Generator<Map.Entry<String,Integer>> f(Map<String,Integer> m) { for (var e : m.entrySet()) Generator.yield(e); return null; }
            static class O<T> { class In {} @Coroutine Generator<O<T>.In> f() { Generator.yield(new In()); return null; } }
            @Coroutine Generator<int[]> f() { Generator.yield(new int[0]); return null; }
            record P(int x) implements Comparable<P> { public int compareTo(P o) { return 0; } } @Coroutine Generator<Comparable<P>> f() { Generator.yield(new P(1)); return null; }
            sealed interface S permits X, Y {} record X() implements S {} record Y() implements S {} @Coroutine Generator<S> f(boolean b) { Generator.yield(b ? new X() : new Y()); return null; }
            @Coroutine Generator<Integer> f(Object o) { switch (o.hashCode()) { case 1 -> Generator.yield(1); default -> Generator.yield((Integer) o); } return null; }
            @Coroutine Generator<Integer> f() { Object o = Generator.yield(1); var x = Generator.<String>yield(2); return null; }
            @Coroutine Generator<Integer> f() { Generator<String> g = Generator.of(() -> Generator.yield("")); Generator.yieldAll(List.of(1)); Generator.yield(1); return null; }
            static abstract class G<T> { @Coroutine abstract Generator<T> g(); } static class H extends G<String> { @Coroutine Generator<String> g() { Generator.yield(""); return null; } }
            @Coroutine <T extends CharSequence> Generator<T> f(T t) { Generator.yield(t); Generator.yield(""); return null; }
            enum E { A { void x() {} }; void x() {} } @Coroutine Generator<E> f() { Generator.yield(E.A); for (E e : E.values()) Generator.yield(e); return null; }
            @Coroutine Generator<Runnable> f() { Generator.yield((Runnable) () -> {}); Runnable r = () -> {}; Generator.yield(r); return null; }
            @Coroutine Generator<Character> f(String s) { for (char c : s.toCharArray()) Generator.yield(c); return null; }
        """);
  }

  @Test
  void overrides() {
    check(
        """
        122 interface F<X, Y> { @Coroutine Y apply(X x); } F<String, Integer> x = new F<>() { public Integer apply(String s) { Task.yield(); return 1; } };
        122 enum E { X { void g() { Task.yield(); } }; @Coroutine void g() {} }
        122 interface I { @Coroutine void g(); } interface J extends I { default void g() { Task.yield(); } }
        122 interface I { @Coroutine Object g(); } static class C implements I { public String g() { Task.yield(); return null; } }
        122 interface I<T> { @Coroutine T g(T t); } record R() implements I<String> { public String g(String s) { Task.yield(); return s; } }
            interface I { @Coroutine void g(); } static class C implements I { public void g() { System.out.println(); } }
            interface I { void g(); } static class C implements I { @Coroutine public void g() { Task.yield(); } }
            interface I { @Coroutine void g(); } static class C { @Coroutine public void g() { Task.yield(); } } static class D extends C implements I { }
        """);
  }

  @Test
  void droppedTasks() {
    check(
        """
        123 @Coroutine Task<String> save(String s) { Task.yield(); return null; } void f(List<String> l) { l.forEach(this::save); }
        123 @Coroutine Task<String> save(String s) { Task.yield(); return null; } void f(List<String> l) { l.forEach(s -> save(s)); }
        123 CoroutineRunnable f() { return this::save; } @Coroutine Task<String> save() { Task.yield(); return null; }
        123 static @Coroutine CompletableFuture<String> save() { Task.yield(); return null; } Runnable r = N::save; static class N extends SUPER {}
        123 @Coroutine void f() { var t = Task.start(() -> 1); }
        123 { Task.start(() -> 1); }
            CoroutineCallable<Task<String>> f() { return this::save; } @Coroutine Task<String> save() { Task.yield(); return null; }
            @Coroutine Task<String> save(String s) { Task.yield(); return null; } List<?> f(List<String> l) { return l.stream().map(this::save).toList(); }
            Task<String> save(String s) { return null; } void f(List<String> l) { l.forEach(this::save); }
            @Coroutine int f() { var t = Task.start(() -> 1); return t.await(); }
            @Coroutine int f(boolean b) { Task<Integer> t = b ? Task.start(() -> 1) : null; return t == null ? 0 : t.await(); }
            @Coroutine void f() { Task<?> t = null; try { t = Task.start(() -> 1); Task.yield(); } finally { if (t != null) t.cancel(true); } }
            @Coroutine void f() { Task<?>[] ts = new Task<?>[1]; ts[0] = Task.start(() -> 1); ts[0].await(); }
            @Coroutine void f() { Task.start(() -> 1).thenAccept(x -> {}); }
            Task<?> t; void f() { synchronized (this) { t = Task.start(() -> 1); } }
            record R(Task<Integer> t) {} R f() { return new R(Task.start(() -> 1)); }
            static final Task<Integer> T = Task.start(() -> 1);
            Task<Integer> f(int i) { return switch (i) { case 1 -> Task.start(() -> 1); default -> { Task<Integer> t = Task.start(() -> 2); yield t; } }; }
            void f() { Task<Integer> t = Task.start(() -> 1); Runnable r = () -> t.cancel(true); r.run(); }
            void g(dev.coweave.task.TaskScope s) { s.fork(() -> 1); }
        """);
  }

  @Test
  void scopes() {
    check(
        """
        124 @Coroutine void f() { var s = TaskScope.open(); try { s.fork(() -> Task.yield()); } finally { s.close(); } }
            @Coroutine void f() { var s = TaskScope.open(); try { s.fork(() -> Task.yield()); s.join(); } finally { s.close(); } }
            @Coroutine void f() { try (var s = TaskScope.open()) { var l = new ArrayList<Task<Integer>>(); l.add(s.fork(() -> 1)); for (var t : l) t.await(); } }
            @Coroutine void f() { try (var s = TaskScope.open()) { List.of(1, 2).forEach(i -> s.fork(() -> i)); s.join(); } }
            TaskScope s = TaskScope.open(); void f() { s.fork(() -> 1); }
            @Coroutine void f() { try (TaskScope s = TaskScope.open()) { Task<Integer> a = s.fork(() -> 1), b = s.fork(() -> 2); int r = a.await() + b.await(); } }
            @Coroutine int f() { try (TaskScope s = TaskScope.open()) { return s.fork(() -> 1).await(); } }
            @Coroutine void f() throws Exception { try (TaskScope s = TaskScope.open()) { s.fork(() -> 1); Task.timeout(java.time.Duration.ofMillis(1), () -> { s.join(); return 1; }); } }
            @Coroutine void f(boolean b) { try (TaskScope s = TaskScope.open()) { s.fork(() -> 1); if (b) { s.join(); } else { throw new IllegalStateException(); } } }
        """);
  }

  @Test
  void blockingCalls() {
    check(
        """
        125 @Coroutine void f() throws Exception { System.in.read(); }
        125 @Coroutine void f() throws Exception { new Scanner(System.in).nextLine(); }
        125 @Coroutine void f() throws Exception { new java.io.BufferedReader(new java.io.InputStreamReader(System.in)).readLine(); }
        125 @Coroutine void f() throws Exception { System.console().readLine(); }
        125 @Coroutine void f(java.nio.channels.Selector s) throws Exception { s.select(); }
        125 @Coroutine Object f(java.lang.ref.ReferenceQueue<?> q) throws Exception { return q.remove(); }
        125 @Coroutine void f() throws Exception { for (;;) { Thread.sleep(1); Task.yield(); } }
        125 @Coroutine void f() throws Exception { try { Task.yield(); } finally { Thread.sleep(1); } }
        125 @Coroutine Object f(int i, Future<Integer> f) throws Exception { return switch (i) { case 1 -> f.get(); default -> 0; }; }
        125 @Coroutine void f(Thread t) throws Exception { t.join(1000); }
        125 @Coroutine void f(H h) throws Exception { h.s.getInputStream().read(); } static class H { java.net.Socket s; }
        125 @Coroutine void f(java.net.Socket k) throws Exception { var r = new java.io.BufferedReader(new java.io.InputStreamReader(k.getInputStream())); String l; while ((l = r.readLine()) != null) { Task.yield(); } }
        125 @Coroutine void f(Process p) throws Exception { p.getInputStream().readAllBytes(); }
        125 @Coroutine void f(Process p) throws Exception { p.onExit().get(); }
        125 @Coroutine void f(BlockingQueue<String> q) throws Exception { String s; while ((s = q.poll(1, TimeUnit.SECONDS)) != null) { } }
        125 @Coroutine void f(LinkedBlockingDeque<String> q) throws Exception { q.take(); }
        125 @Coroutine void f(java.util.concurrent.locks.Condition q) throws Exception { q.await(1, TimeUnit.SECONDS); }
            @Coroutine void f(java.nio.channels.Selector s) throws Exception { s.selectNow(); }
            @Coroutine Object f(java.lang.ref.ReferenceQueue<?> q) throws Exception { return q.poll(); }
            @Coroutine void f(java.util.LinkedHashMap<String, String> q) throws Exception { q.remove(""); }
            @Coroutine int f(CompletableFuture<Integer> x) throws Exception { Task.timeout(java.time.Duration.ofSeconds(1), () -> await(x)); return x.join(); }
            @Coroutine int f(CompletableFuture<Integer> x) throws Exception { while (!x.isDone()) Task.yield(); return x.get(); }
            @Coroutine int f(CompletableFuture<Integer> x) throws Exception { try { await(x); } catch (RuntimeException e) { } return x.get(); }
            @Coroutine int f(Task<Integer> a, Task<Integer> b) throws Exception { await(a); await(b); return a.join() + b.join(); }
            @Coroutine int f(List<Task<Integer>> l) { int s = 0; for (var t : l) { await(t); s += t.join(); } return s; }
            @Coroutine int f(List<Task<Integer>> l) { for (var t : l) { await(t); } int s = 0; for (var t : l) s += t.join(); return s; }
            @Coroutine int f(Map<String, Task<Integer>> l) { await(l.get("")); return l.get("").join(); }
            @Coroutine int f(Task<Integer> t) { var u = t; u.await(); return t.join(); }
            @Coroutine int f(Task<Integer> t) { return t.isDone() ? t.join() : 0; }
            @Coroutine int f(CompletableFuture<Integer> t) { return t.isDone() && !t.isCompletedExceptionally() ? t.join() : t.getNow(1); }
            Task<Integer> t; @Coroutine int f() { this.t.await(); var r = this.t.join(); return r; }
            @Coroutine int f() { var s = TaskScope.open(); try (s) { var a = s.fork(() -> 1); s.join(); return a.join(); } }
            @Coroutine int f(FutureTask<Integer> x) throws Exception { x.run(); return x.get(); }
            @Coroutine void f() { new Object() { void g() throws Exception { Thread.sleep(1); } }; }
            @Coroutine void f(java.util.function.Supplier<String> t) throws Exception { t.get(); Optional.of(1).get(); new java.util.concurrent.atomic.AtomicReference<String>().get(); }
            @Coroutine Generator<Integer> f() { Thread.onSpinWait(); Generator.yield(1); return null; }
        """);
  }

  @Test
  void locks() {
    check(
        """
        126 static final Lock L = null; @Coroutine void f(Task<String> t) { L.lock(); try { switch (t.await()) { case "" -> {} default -> {} } } finally { L.unlock(); } }
        126 static class H { final ReentrantLock l = null; } @Coroutine void f(H h) { h.l.lock(); try { Task.yield(); } finally { h.l.unlock(); } }
        126 @Coroutine void f(Lock l) throws Exception { if (!l.tryLock(1, TimeUnit.SECONDS)) { return; } try { Task.yield(); } finally { l.unlock(); } }
        126 @Coroutine void f(Lock l) throws Exception { if (!l.tryLock()) { return; } try { Task.yield(); } finally { l.unlock(); } }
        126 @Coroutine void f(Lock l) throws Exception { boolean b = l.tryLock(); if (b) { try { Task.yield(); } finally { l.unlock(); } } }
            final ReentrantLock l = null; @Coroutine void f() { l.lock(); int x; try { x = 1; } finally { l.unlock(); } Task.yield(); }
            final ReentrantLock l = null; @Coroutine int f() { l.lock(); try { return 1; } catch (RuntimeException e) { return 2; } finally { l.unlock(); } }
            @Coroutine void f(Map<String, Lock> m) { m.get("").lock(); try { g(); } finally { m.get("").unlock(); } Task.yield(); } void g() {}
            static final Lock L = null; @Coroutine void f() { synchronized (this) { } L.lock(); L.unlock(); Task.yield(); }
            @Coroutine void f(Lock l) throws Exception { l.lock(); boolean b; try { b = g(); } finally { l.unlock(); } if (b) Task.yield(); } boolean g() { return true; }
            @Coroutine void f(Lock l) throws Exception { while (true) { l.lock(); try { if (g()) return; } finally { l.unlock(); } Task.yield(); } } boolean g() { return true; }
            List<Object> q; @Coroutine void f(Lock l) throws Exception { l.lock(); try { Task<Integer> t = Task.start(() -> { Task.yield(); return 1; }); q.add(t); } finally { l.unlock(); } }
        """);
  }

  @Test
  void swallowedCancellation() {
    check(
        """
        127 @Coroutine void f() { for (;;) { try { Task.yield(); break; } catch (Throwable t) { continue; } } }
        127 @Coroutine Object f() { try { Task.yield(); return 1; } catch (Throwable ignored) { return Optional.empty(); } }
        127 @Coroutine boolean f() { try { Task.yield(); return true; } catch (Throwable t) { boolean b = t instanceof IllegalStateException; return b; } }
            @Coroutine void f() { try { Task.yield(); } catch (Throwable t) { System.exit(1); } }
            @Coroutine void f() { try { Task.yield(); } catch (Throwable t) { t.printStackTrace(); Runtime.getRuntime().halt(1); } }
            @Coroutine void f() { try { Task.yield(); } catch (Throwable t) { fail("x"); } } static <T> T fail(String s) { throw new AssertionError(s); }
            @Coroutine void f() throws Throwable { try { Task.yield(); } catch (Throwable t) { throw t instanceof Exception e ? e : (Error) t; } }
            @Coroutine void f() { try { Task.yield(); } catch (TaskCancelled | IllegalStateException t) { throw t; } }
            @Coroutine void f() { try { Task.yield(); } catch (Throwable t) { sneaky(t); } } static void sneaky(Throwable t) { }
            @Coroutine void f() { try { Task.yield(); } catch (Error | RuntimeException t) { throw t; } }
            @Coroutine void f(Throwable[] out) { try { Task.yield(); } catch (Throwable t) { out[0] = t; } }
            @Coroutine void f(AtomicReference<Throwable> out) { try { Task.yield(); } catch (Throwable t) { out.set(t); } }
            @Coroutine void f() { try { Task.yield(); } catch (AssertionError t) { } }
            @Coroutine void f() throws Exception { try (AutoCloseable c = () -> {}) { Task.yield(); } }
            @Coroutine void f() { synchronized (this) { } try { g(); } catch (Throwable t) { } Task.yield(); } void g() {}
            @Coroutine Object f(int i) { try { Task.yield(); return switch (i) { case 1 -> 1; default -> throw new Error(); }; } finally { System.out.println(); } }
        """);
  }

  @Test
  void loopsThatWait() {
    check(
        """
        128 @Coroutine void f(AtomicReference<String> a) { while (a.get() == null) { Thread.yield(); } }
        128 @Coroutine void f(AtomicBoolean a) { while (a.getAndSet(true)) { } }
        128 @Coroutine void f(AtomicInteger a) { while (!a.compareAndSet(0, 1)) { } }
        128 @Coroutine void f(AtomicReference<String> a) { while (!a.weakCompareAndSetPlain(null, "mine")) { Thread.onSpinWait(); } }
        128 static volatile boolean stop; @Coroutine void f() { while (!stop) ; }
        128 @Coroutine void f(CompletableFuture<String> c) { while (true) { if (c.isDone()) break; } Task.yield(); }
        128 @Coroutine void f(Queue<String> q) { String s; do { s = q.poll(); } while (s == null); }
        128 @Coroutine void f() { long end = System.currentTimeMillis() + 5; while (System.currentTimeMillis() < end) { Thread.onSpinWait(); } }
            record R(CompletableFuture<String> done) {} @Coroutine void f(R r) { while (!r.done().isDone()) { } }
        128 @Coroutine void f(BooleanSupplier b) { while (!b.getAsBoolean()) {} }
            @Coroutine int f(AtomicInteger a) { int v; do { v = a.get(); } while (!a.compareAndSet(v, v * 2)); return v; }
            @Coroutine void f(AtomicReference<List<String>> a) { List<String> v; do { v = a.get(); } while (!a.compareAndSet(v, v)); }
            @Coroutine void f(AtomicLong a) { for (;;) { long v = a.get(); if (v > 9 || a.weakCompareAndSetPlain(v, v + 1)) return; } }
            @Coroutine void f(java.nio.ByteBuffer b) { while (b.get() != 0) {} }
            @Coroutine void f(java.nio.ByteBuffer b) { while (b.hasRemaining() && b.get() != 0) {} }
            @Coroutine void f(java.nio.ByteBuffer b) { while (b.getInt() != 0) {} }
            @Coroutine void f(Supplier<String> b) { while (b.get() != null) {} }
            @Coroutine void f(IntSupplier b) { while (b.getAsInt() != 0) {} }
            @Coroutine void f(java.util.regex.Matcher m) { while (m.find()) {} }
            @Coroutine void f(StringTokenizer m) { while (m.hasMoreTokens()) { m.nextToken(); } }
            @Coroutine void f(Object o) { Class<?> c = o.getClass(); while (c.getSuperclass() != null) { c = c.getSuperclass(); } }
            @Coroutine void f(Throwable t) { while (t.getCause() != null) { t = t.getCause(); } }
            @Coroutine void f(java.nio.file.Path p) { while (p.getParent() != null) p = p.getParent(); }
            @Coroutine Throwable f(Throwable t) { for (Throwable c; (c = t.getCause()) != null; ) { t = c; } return t; }
            N up; N getUp() { return up; } @Coroutine N f(N n) { while (n.getUp() != null) { n = n.getUp(); } return n; } static class N extends SUPER {}
            @Coroutine String f(Map<String, String> up, String s) { for (String u; (u = up.get(s)) != null; ) { s = u; } return s; }
            @Coroutine boolean f(AtomicInteger i) { while (i.decrementAndGet() > 0) {} return true; }
            @Coroutine int f(int[] a) { int i = 0; while (true) { if (a[i++] == 0) return i; } }
            @Coroutine int f(long x) { while ((x & 1) == 0) { x >>= 1; } return (int) x; }
            @Coroutine void f(Iterator<String> i) { while (i.hasNext()) { if (i.next().isEmpty()) break; } }
            @Coroutine void f(Generator<String> i) { while (i.hasNext()) i.next(); }
            @Coroutine void f(java.io.StringReader r) throws Exception { while (r.read() != -1) {} }
            @Coroutine void f(Lexer r) { while (r.isBlank()) { r.advance(); } } interface Lexer { boolean isBlank(); void advance(); }
            @Coroutine void f(Stack<String> r) { while (!r.isEmpty() && r.peek().isEmpty()) { r.pop(); } }
            @Coroutine void f(java.util.zip.Inflater i) { while (i.getRemaining() > 0) { Task.yield(); } }
        """);
  }

  /** All are compiled at once. */
  private static void check(String lines) {
    Map<String, String> expected = new LinkedHashMap<>();
    StringBuilder source = new StringBuilder();
    List<String> all = lines.lines().toList();
    for (int i = 0; i < all.size(); i++) {
      String members = all.get(i).substring(4).replace("SUPER", "C" + i);
      expected.put("C" + i, all.get(i));
      source.append("class C").append(i).append(" { ").append(members).append(" }\n");
    }
    Compiled c = Compiled.from(IMPORTS + source);
    List<String> actual = new ArrayList<>();
    expected.forEach(
        (name, line) -> actual.add((told(c, name) + "    ").substring(0, 4) + line.substring(4)));
    assertEquals(String.join("\n", expected.values()), String.join("\n", actual));
  }

  private static final String IMPORTS =
      "import dev.coweave.task.*; import java.util.concurrent.atomic.*; import"
          + " java.util.concurrent.locks.*; import java.util.function.*; ";

  private static String told(Compiled c, String name) {
    return c.classFiles.keySet().stream()
        .map(n -> n.substring("app/".length()))
        .filter(n -> n.equals(name) || n.startsWith(name + "$"))
        .flatMap(n -> c.weave(n).problems().stream())
        .map(p -> p.code().substring("COWEAVE-".length()))
        .distinct()
        .collect(Collectors.joining(" "));
  }
}

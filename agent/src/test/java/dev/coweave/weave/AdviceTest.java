package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is told of classes that can be woven, and of which classes nothing is. */
class AdviceTest {
  /** The codes and lines of what is told of the methods of a class, which begin at line 2. */
  private static String told(String members) {
    Compiled c = Compiled.from("class A {\n" + members + "\n}");
    return c.classFiles.keySet().stream()
        .map(name -> c.weave(name.substring("app/".length())))
        .peek(r -> assertFalse(r.failed(), () -> r.problems().toString()))
        .flatMap(r -> r.problems().stream())
        .map(p -> p.code().substring("COWEAVE-".length()) + "@" + p.line())
        .distinct()
        .collect(Collectors.joining(" "));
  }

  private static void assertTold(String expected, String members) {
    assertEquals(expected, told(members), members);
  }

  private static void assertSilent(String members) {
    assertTold("", members);
  }

  // ---- 120: plain methods, lambdas, references

  @Test
  void aPlainMethod_thatAwaitsOrYields() {
    assertTold("120@2", "int f(CompletableFuture<Integer> f) { return await(f); }");
    assertTold("120@2", "static void f() { Task.sleep(java.time.Duration.ofMillis(1)); }");
    assertTold("120@2", "static void f() { Task.yield(); }");
    assertTold("120@2", "static void f() { Generator.yield(1); }");
    assertTold("120@2", "static void f(List<Integer> l) { Generator.yieldAll(l); }");
    assertTold("120@2", "static int f(Task<Integer> t) { return t.await(); }");
    assertTold(
        "120@2", "static Object f(dev.coweave.sync.Channel<String> c) { return c.receive(); }");
    assertTold("120@2", "static void f(dev.coweave.sync.Mutex m) { m.lock(); }");
    assertTold("120@2", "Iterator<Integer> f() { Generator.yield(1); return null; }");
  }

  @Test
  void aPlainLambda_thatAwaitsOrYields() {
    assertTold(
        "120@2", "@Coroutine static void f(List<Task<Integer>> l) { l.forEach(t -> t.await()); }");
    assertTold(
        "120@3",
        """
        @Coroutine static List<Integer> f(List<Task<Integer>> l) {
          return l.stream().map(t -> await(t)).toList();
        }\
        """);
    assertTold("120@2", "Runnable f() { return () -> Task.yield(); }");
    assertTold(
        "120@2",
        "@Coroutine Supplier2 f() { return () -> Task.yield(); }\n"
            + "interface Supplier2 { void run(); }");
  }

  @Test
  void aReferenceToAWait_asAPlainInterface() {
    assertTold(
        "120@2",
        "java.util.function.Function<CompletableFuture<Integer>, Integer> f() { return Task::await;"
            + " }");
    assertTold("120@2", "static Runnable f() { return Task::yield; }");
    assertTold("120@2", "static Runnable f(dev.coweave.sync.Mutex m) { return m::lock; }");
    assertSilent("static CoroutineRunnable f() { return Task::yield; }");
    assertSilent("static CoroutineRunnable f(dev.coweave.sync.Mutex m) { return m::lock; }");
  }

  @Test
  void coroutines_andPlainCallsOfThem_areNoPlainWaits() {
    assertSilent("@Coroutine static void g() { Task.yield(); } static void f() { g(); }");
    assertSilent("static CoroutineRunnable f() { return () -> Task.yield(); }");
    assertSilent("static void f() throws Exception { EventLoop.run(() -> Task.yield()); }");
    assertSilent("static void f(CoroutineRunnable r) throws Exception { r.run(); }");
    assertSilent(
        "@Coroutine void f() throws Exception { Task.blocking(() -> { Thread.sleep(1); return 1;"
            + " }); }");
  }

  // ---- 121: types of elements

  @Test
  void aYield_ofWhatTheSignatureExcludes() {
    assertTold("121@2", "@Coroutine Generator<Long> f() { Generator.yield(1); return null; }");
    assertTold("121@2", "@Coroutine Iterator<String> f() { Generator.yield('c'); return null; }");
    assertTold(
        "121@2",
        "@Coroutine Iterable<? extends Number> f() { Generator.yield(\"\"); return null; }");
    assertTold(
        "121@2",
        "@Coroutine java.util.stream.Stream<int[]> f() { Generator.yield(new long[1]); return null;"
            + " }");
    assertTold(
        "121@2", "@Coroutine Generator<List<String>> f() { Generator.yield(\"\"); return null; }");
    assertTold(
        "121@2", "@Coroutine Generator<String[]> f() { Generator.yield(\"\"); return null; }");
    assertTold(
        "121@2",
        "@Coroutine Generator<A> f() { Generator.yield(new B()); return null; } static class B {}");
    assertTold(
        "121@2",
        "@Coroutine AsyncGenerator<Long> f() { Task.yield(); Generator.yield(1); return null; }");
    assertTold(
        "121@2", "@Coroutine <T> Generator<Long> f(T t) { Generator.yield(1.5); return null; }");
  }

  @Test
  void aYield_thatMayFit() {
    assertSilent("@Coroutine Generator<Long> f() { Generator.yield(1L); return null; }");
    assertSilent("@Coroutine Generator<Number> f() { Generator.yield(1); return null; }");
    assertSilent("@Coroutine Generator<Object> f() { Generator.yield(1); return null; }");
    assertSilent("@Coroutine Generator<?> f() { Generator.yield(1); return null; }");
    assertSilent("@Coroutine Generator<? super Integer> f() { Generator.yield(1); return null; }");
    assertSilent("@Coroutine <T> Generator<T> f(T t) { Generator.yield(t); return null; }");
    assertSilent("@Coroutine Generator<String> f(Object o) { Generator.yield(o); return null; }");
    assertSilent("@Coroutine Generator<String> f() { Generator.yield(null); return null; }");
    assertSilent("@Coroutine Generator<CharSequence> f() { Generator.yield(\"\"); return null; }");
    assertSilent(
        "@Coroutine Generator<Runnable> f(List<?> l) { Generator.yield(l); return null; }");
    assertSilent("@Coroutine Generator f() { Generator.yield(1); return null; }");
    assertSilent(
        "@Coroutine Generator<Comparable<?>> f(boolean b) { Generator.yield(b ? 1 : \"\"); return"
            + " null; }");
    assertSilent(
        "@Coroutine Generator<List<String>> f() { Generator.yield(new ArrayList<>()); return null;"
            + " }");
  }

  // ---- 122: overrides

  @Test
  void aPlainOverride_thatCallsCoroutines() {
    assertTold(
        "122@2",
        "CoroutineRunnable f() { return new CoroutineRunnable() { public void run() { Task.yield();"
            + " } }; }");
    assertTold(
        "122@3",
        """
        static class C implements CoroutineCallable<String> {
          public String call() { return g(); }
          @Coroutine String g() { Task.yield(); return ""; }
        }\
        """);
    assertTold(
        "122@3",
        """
        interface I { @Coroutine void f(); }
        record R() implements I { public void f() { Task.yield(); } }\
        """);
    assertTold(
        "122@3",
        """
        static class P { @Coroutine void f() { Task.yield(); } }
        static class Q extends P { @Override void f() { super.f(); } }\
        """);
  }

  @Test
  void anOverride_thatIsRight() {
    assertSilent(
        "CoroutineRunnable f() { return new CoroutineRunnable() { @Coroutine public void run() {"
            + " Task.yield(); } }; }");
    assertSilent(
        "CoroutineRunnable f() { return new CoroutineRunnable() { public void run() {} }; }");
  }

  // ---- 123: dropped tasks

  @Test
  void aTask_thatIsDropped() {
    assertTold("123@2", "@Coroutine void f() { Task.start(() -> Task.yield()); }");
    assertTold("123@2", "void f() { Task.start(() -> Task.yield()); }");
    assertTold(
        "123@2", "@Coroutine void f() { g(); } @Coroutine Task<String> g() { return null; }");
    assertTold(
        "123@2",
        "@Coroutine void f() { g(); } @Coroutine CompletableFuture<String> g() { Task.yield();"
            + " return null; }");
    assertTold("123@2", "@Coroutine void f() { Task<Void> t = Task.start(() -> Task.yield()); }");
    assertTold("123@2", "void f(Executor e) { Task.start(e, () -> Task.yield()); }");
    assertTold("123@2", "CoroutineRunnable f() { return () -> Task.start(() -> Task.yield()); }");
    assertTold(
        "123@2", "void f(List<String> l) { l.forEach(s -> Task.start(s, () -> Task.yield())); }");
  }

  @Test
  void aTask_thatSomebodyHas() {
    assertSilent("@Coroutine void f() { Task.start(() -> Task.yield()).await(); }");
    assertSilent(
        "@Coroutine void f() { Task<Void> t = Task.start(() -> Task.yield()); await(t); }");
    assertSilent("@Coroutine void f() { Task<Void> unused = Task.start(() -> Task.yield()); }");
    assertSilent("Task<Void> f() { return Task.start(() -> Task.yield()); }");
    assertSilent("Task<?> t; void f() { t = Task.start(() -> Task.yield()); }");
    assertSilent("void f(List<Task<?>> l) { l.add(Task.start(() -> Task.yield())); }");
    assertSilent("void f(EventLoop l) { l.start(() -> Task.yield()); l.runAll(); }");
    assertSilent("void f() { CompletableFuture.runAsync(() -> {}); }");
  }

  @Test
  void aTask_thatAnotherClassDrops() {
    String service =
        " } class Service { @Coroutine static CompletionStage<String> save() { Task.yield(); return"
            + " null; }";
    for (String plain :
        List.of(
            "static class B { B() { Service.save(); } }",
            "record B(int i) { B { Service.save(); } }",
            "enum B { X { void f() { Service.save(); } }; void f() {} }",
            "interface B { default Runnable f() { return Service::save; } }")) {
      assertTold("123@2", plain + service);
    }
  }

  @Test
  void anInitialiser_isToldOnce_howeverManyConstructorsThereAre() {
    assertTold("123@2", "{ Task.start(() -> 1); } A() {} A(int i) {}");
    Compiled c = Compiled.from("class A {\n{ Task.start(() -> 1); }\nA() {}\nA(int i) {}\n}");
    assertEquals(1, c.weave("A").problems().size());
  }

  // ---- 124: scopes

  private static final String OPEN = "try (var s = dev.coweave.task.TaskScope.open()) { ";

  @Test
  void aScope_withoutJoin() {
    assertTold("124@2", "@Coroutine void f() { " + OPEN + "s.fork(() -> Task.yield()); } }");
    assertTold(
        "124@2",
        "@Coroutine void f() { "
            + OPEN
            + "s.fork(\"a\", () -> Task.yield()); s.fork(() -> 1); } }");
    assertTold("124@2", "@Coroutine void f() { " + OPEN + "Task<Integer> t = s.fork(() -> 1); } }");
    assertTold(
        "124@2",
        "@Coroutine void f(List<String> l) { "
            + OPEN
            + "for (String x : l) s.fork(() -> Task.yield()); } }");
    assertTold(
        "124@2",
        "@Coroutine void f() { var s = dev.coweave.task.TaskScope.open(); s.fork(() ->"
            + " Task.yield()); }");
    assertTold(
        "124@2 125@2",
        "@Coroutine int f() { " + OPEN + "Task<Integer> t = s.fork(() -> 1); return t.join(); } }");
  }

  @Test
  void aScope_whoseLambdasFork() {
    String each = "@Coroutine void f(List<CoroutineCallable<String>> l) { " + OPEN + "l.forEach(";
    assertTold("124@2", each + "s::fork); } }");
    assertTold("124@2", each + "x -> s.fork(x)); } }");
    assertTold("124@2", each + "x -> { s.fork(\"a\", x); s.fork(() -> x); }); } }");
    assertTold(
        "124@2",
        "int n; @Coroutine void f(List<CoroutineCallable<String>> l, long k) { "
            + OPEN
            + "l.forEach(x -> s.fork(() -> x.call() + n + k)); } }");
    assertSilent(each + "s::fork); s.join(); } }");
    assertSilent(each + "x -> s.fork(x)); s.join(); } }");
    assertSilent(each + "x -> g(s, x)); } } void g(Object s, Object x) {}");
    assertSilent(each + "x -> { s.fork(x); s.cancel(); }); } }");
    assertSilent(
        "@Coroutine Object f(List<CoroutineCallable<String>> l) { "
            + OPEN
            + "return l.stream().map(x -> s.fork(x)).toList(); } }");
  }

  @Test
  void aScope_thatIsWaitedFor() {
    assertSilent("@Coroutine void f() { " + OPEN + "s.fork(() -> Task.yield()); s.join(); } }");
    assertSilent(
        "@Coroutine int f() { "
            + OPEN
            + "Task<Integer> t = s.fork(() -> 1); s.join(); return t.join(); } }");
    assertSilent(
        "@Coroutine int f() { "
            + OPEN
            + "Task<Integer> t = s.fork(() -> 1); return t.await(); } }");
    assertSilent(
        "@Coroutine int f() { " + OPEN + "Task<Integer> t = s.fork(() -> 1); return await(t); } }");
    assertSilent("@Coroutine void f() { " + OPEN + "s.fork(() -> Task.yield()); s.cancel(); } }");
    assertSilent(
        "@Coroutine void f() { "
            + OPEN
            + "s.fork(() -> Task.yield()); g(s); } } @Coroutine void g(dev.coweave.task.TaskScope"
            + " s) { s.join(); }");
    assertSilent("@Coroutine void f() { " + OPEN + "} }");
    // a helper, which is to end when the work is done
    assertSilent(
        "@Coroutine void f() { "
            + OPEN
            + "s.fork(() -> Task.yield()); g(); } } @Coroutine void g() { Task.yield(); }");
    assertSilent(
        "@Coroutine void f(dev.coweave.sync.Channel<Integer> c, int n) { "
            + OPEN
            + "for (int i = 0; i < 3; i++) s.fork(() -> c.send(1)); while (n-- > 0) c.receive(); }"
            + " }");
    // each step waits before it forks, and nothing waits for the last one's
    assertTold(
        "124@2",
        "@Coroutine void f(List<Task<String>> l) { "
            + OPEN
            + "for (var t : l) { t.await(); s.fork(() -> Task.yield()); } } }");
  }

  // ---- 125: blocking calls

  @Test
  void aBlockingCall() {
    for (String call :
        List.of(
            "Thread.sleep(1)",
            "TimeUnit.SECONDS.sleep(1)",
            "Thread.currentThread().join()",
            "new CompletableFuture<String>().get()",
            "new CompletableFuture<String>().get(1, TimeUnit.SECONDS)",
            "new CompletableFuture<String>().join()",
            "new FutureTask<String>(null).get()",
            "((Future<?>) null).get()",
            "Task.start(() -> 1).join()",
            "new LinkedBlockingQueue<String>().take()",
            "((BlockingQueue<String>) null).poll(1, TimeUnit.SECONDS)",
            "((BlockingDeque<String>) null).takeFirst()",
            "new ArrayBlockingQueue<String>(1).put(\"\")",
            "new SynchronousQueue<String>().offer(\"\", 1, TimeUnit.SECONDS)",
            "new DelayQueue<>().poll(1, TimeUnit.SECONDS)",
            "new PriorityBlockingQueue<String>().poll(1, TimeUnit.SECONDS)",
            "new LinkedTransferQueue<String>().transfer(\"\")",
            "new LinkedTransferQueue<String>().tryTransfer(\"\", 1, TimeUnit.SECONDS)",
            "ForkJoinTask.adapt(() -> {}).quietlyInvoke()",
            "new CountDownLatch(1).await()",
            "new CyclicBarrier(1).await()",
            "new Semaphore(1).acquire()",
            "new Exchanger<String>().exchange(\"\")",
            "new Object().wait()",
            "\"\".wait(1)",
            "java.util.concurrent.locks.LockSupport.park()",
            "new java.util.concurrent.locks.ReentrantLock().newCondition().await()",
            "((ExecutorService) null).invokeAll(List.<Callable<String>>of())",
            "ForkJoinPool.commonPool().awaitTermination(1, TimeUnit.SECONDS)",
            "new ProcessBuilder().start().waitFor()",
            "java.sql.DriverManager.getConnection(\"\")",
            "((javax.sql.DataSource) null).getConnection()",
            "((java.sql.PreparedStatement) null).executeQuery()",
            "((java.sql.Statement) null).executeUpdate(\"\")",
            "((java.sql.Connection) null).commit()",
            "((java.sql.ResultSet) null).next()",
            "new java.net.Socket(\"\", 1)",
            "new java.net.Socket().getInputStream().read()",
            "new java.io.BufferedReader(new java.io.InputStreamReader(new"
                + " java.net.Socket().getInputStream())).readLine()",
            "new java.io.DataInputStream(new java.net.Socket().getInputStream()).readInt()",
            "new java.net.ServerSocket(1).accept()",
            "new java.net.URL(\"\").openStream()",
            "java.net.http.HttpClient.newHttpClient().send(null,"
                + " java.net.http.HttpResponse.BodyHandlers.ofString())")) {
      assertTold("125@2", "@Coroutine void f() throws Exception { " + call + "; }");
      assertTold("125@2", "CoroutineRunnable f() { return () -> { " + call + "; }; }");
      assertSilent(
          "void f() throws Exception { "
              + call.replace("Task.start(() -> 1)", "((Future<?>) null)")
                  .replace("null).join", "null).get")
              + "; }");
      assertSilent(
          "@Coroutine void f() throws Exception { Task.blocking(() -> { "
              + call
              + "; return 1; }); }");
    }
  }

  @Test
  void aBlockingCall_ofFuturesThatNobodyAwaited() {
    assertTold(
        "125@2",
        "@Coroutine void f(Task<?> a, Task<?> b) { CompletableFuture.allOf(a, b).join(); }");
    assertTold(
        "125@2", "@Coroutine Object f(Task<?> a) { return CompletableFuture.anyOf(a).join(); }");
    assertSilent(
        "@Coroutine Object f(Task<?> a) { await(CompletableFuture.allOf(a)); return a.join(); }");
    assertTold(
        "125@2",
        "@Coroutine Object f(java.nio.channels.Selector s, Task<?> a) throws Exception {"
            + " s.selectNow(); select(); return a.join(); } void select() {}");
  }

  @Test
  void aResult_thatAHelperMayHaveWaitedFor() {
    assertSilent(
        "@Coroutine Object f(List<Task<String>> l) { all(l); return l.get(0).join(); }"
            + " @Coroutine void all(List<Task<String>> l) { Task.yield(); }");
    assertSilent(
        "@Coroutine Object f(Task<String>... l) { all(l); return l[0].join(); }"
            + " @Coroutine void all(Task<String>... l) { Task.yield(); }");
    assertSilent(
        "@Coroutine int f(dev.coweave.task.TaskScope s) { Task<Integer> t = s.fork(() -> 1);"
            + " end(s); return t.join(); }"
            + " @Coroutine void end(dev.coweave.task.TaskScope s) { s.join(); }");
    assertTold(
        "125@2",
        "@Coroutine Object f(Task<String> t) { g(\"\"); return t.join(); }"
            + " @Coroutine void g(String s) { Task.yield(); }");
  }

  @Test
  void aBlockingCall_behindAPlainMethodOfTheClass() {
    String naps = "static void nap() throws Exception { Thread.sleep(1); }";
    assertTold("125@2", "@Coroutine void f() throws Exception { nap(); } " + naps);
    assertTold(
        "125@2",
        "@Coroutine void f() throws Exception { a(); } private void a() throws Exception { nap(); }"
            + naps);
    assertTold(
        "125@2",
        "@Coroutine int f(Process p) throws Exception { return end(p); }"
            + " private int end(Process p) throws Exception { if (p == null) return end(p);"
            + " return p.waitFor(); }");
    Compiled c =
        Compiled.from("class A {\n@Coroutine void f() throws Exception { nap(); }\n" + naps + " }");
    assertEquals(
        "A.nap blocks the thread of a coroutine, by Thread.sleep in line 3",
        c.weave("A").problems().get(0).what());
    assertSilent(
        "@Coroutine void f() throws Exception { Task.blocking(() -> { nap(); return 1; }); } "
            + naps);
    assertSilent("@Coroutine void f(Executor e) { e.execute(this::nap); } void nap() {} ");
    assertSilent(
        "@Coroutine void f() throws Exception { nap(); } void nap() throws Exception {"
            + " Thread.sleep(1); }"); // a subclass may know better
    assertSilent(
        "@Coroutine Object f(Task<?> t) { await(t); return value(t); }"
            + " static Object value(Task<?> t) { return t.join(); }");
  }

  @Test
  void aResult_thatAnotherStageOrALoopHasWaitedFor() {
    String f = "@Coroutine Object f(CompletableFuture<String> a, CompletableFuture<String> b) { ";
    assertSilent(f + "await(a.thenApply(s -> s + 1)); return a.join(); }");
    assertSilent(f + "var c = a.handle((s, t) -> s); c.isDone(); await(c); return a.join(); }");
    assertSilent(f + "await(a.thenCombine(b, (s, t) -> s + t)); return a.join() + b.join(); }");
    assertSilent(
        f + "await(a.thenRun(() -> {}).orTimeout(1, TimeUnit.SECONDS)); return a.join(); }");
    assertTold("125@2", f + "await(a.applyToEither(b, s -> s)); return a.join(); }");
    assertTold("125@2", f + "await(a.thenApply(s -> s)); return b.join(); }");
    assertSilent(
        "@Coroutine Object f(Map<String, Task<String>> m) { for (var t : m.values()) await(t);"
            + " return m.get(\"a\").join(); }");
    assertSilent(
        "@Coroutine Object f(List<Task<String>> l) { for (var t : l) t.await(); return"
            + " l.get(0).join(); }");
    assertSilent(
        "@Coroutine Object f(Task<?>[] l) { for (int i = 0; i < l.length; i++) l[i].await(); return"
            + " l[0].join(); }");
    assertTold(
        "125@2",
        "@Coroutine Object f(List<Task<String>> l) { l.get(0).await(); return l.get(1).join(); }");
    assertTold(
        "125@2",
        "@Coroutine Object f(Map<Integer, Task<String>> l) { l.get(0).await(); return"
            + " l.get(1).join(); }");
  }

  @Test
  void aReference_thatBlocks() {
    assertTold("125@2", "CoroutineRunnable f(CountDownLatch l) { return l::await; }");
    assertTold(
        "125@2", "Task<?> f(Semaphore s) { return Task.start((CoroutineRunnable) s::acquire); }");
    assertTold("125@2", "CoroutineCallable<String> f(BlockingQueue<String> q) { return q::take; }");
    assertSilent("Callable<String> f(BlockingQueue<String> q) { return q::take; }");
    assertSilent("CoroutineRunnable f(dev.coweave.sync.Mutex m) { return m::lock; }");
    assertSilent("CoroutineRunnable f(CountDownLatch l) { return l::countDown; }");
  }

  @Test
  void aSocketsStream_inALocal() {
    assertTold(
        "125@4",
        """
        @Coroutine int f(java.net.Socket s) throws Exception {
          java.io.InputStream in = s.getInputStream();
          return in.read(new byte[1]);
        }\
        """);
    assertTold(
        "125@4",
        """
        @Coroutine String f(java.net.Socket s) throws Exception {
          try (var r = new java.io.BufferedReader(new java.io.InputStreamReader(s.getInputStream()))) {
            return r.readLine();
          }
        }\
        """);
    assertSilent(
        "@Coroutine int f() throws Exception { return new java.io.ByteArrayInputStream(new"
            + " byte[1]).read(); }");
    assertSilent("@Coroutine int f(java.io.InputStream in) throws Exception { return in.read(); }");
  }

  @Test
  void aResult_thatIsThere() {
    assertSilent("@Coroutine int f(Task<Integer> t) { await(t); return t.join(); }");
    assertSilent(
        "@Coroutine int f(Task<Integer> t) throws Exception { t.await(); return t.get(); }");
    assertSilent(
        "@Coroutine int f(Task<Integer> t) { if (t.isDone()) { return t.join(); } return 0; }");
    assertSilent(
        "@Coroutine Object f(Task<?> a, Task<?> b) { await(CompletableFuture.allOf(a, b)); return"
            + " b.join(); }");
    assertSilent("@Coroutine Object f() { return CompletableFuture.completedFuture(1).join(); }");
    assertSilent("Task<Integer> t; @Coroutine int f() { await(t); return t.join(); }");
    assertTold(
        "125@2",
        "@Coroutine int f(Task<Integer> t, Task<Integer> u) { await(u); return t.join(); }");
    assertSilent(
        "@Coroutine Object f(Map<String, String> m, List<String> l) { l.get(0); return m.get(\"\");"
            + " }");
    assertSilent("@Coroutine String f(List<String> l) { return String.join(\"\", l); }");
  }

  // ---- 126: locks

  private static final String LOCK = "java.util.concurrent.locks.";

  @Test
  void aLock_heldAcrossAWait() {
    assertTold(
        "126@2",
        "@Coroutine void f("
            + LOCK
            + "Lock l) { l.lock(); try { Task.yield(); } finally { l.unlock(); } }");
    assertTold(
        "126@2",
        "@Coroutine void f(" + LOCK + "ReentrantLock l) { l.lock(); Task.yield(); l.unlock(); }");
    assertTold(
        "126@2",
        "@Coroutine void f("
            + LOCK
            + "ReadWriteLock l) { l.readLock().lock(); Task.yield(); l.readLock().unlock(); }");
    assertTold(
        "126@2",
        "final "
            + LOCK
            + "ReentrantLock l = null; @Coroutine void f() { l.lock(); try { Task.yield(); }"
            + " finally { l.unlock(); } }");
    assertTold(
        "126@2",
        "@Coroutine void f("
            + LOCK
            + "Lock l) throws Exception { l.lockInterruptibly(); Task.yield(); l.unlock(); }");
    assertTold(
        "126@2",
        "@Coroutine void f(" + LOCK + "Lock l) { if (l.tryLock()) { Task.yield(); l.unlock(); } }");
    assertTold(
        "126@2",
        "@Coroutine void f("
            + LOCK
            + "StampedLock l) { long s = l.writeLock(); Task.yield(); l.unlockWrite(s); }");
    assertTold(
        "126@2",
        "@Coroutine Generator<Integer> f("
            + LOCK
            + "Lock l) { l.lock(); Generator.yield(1); l.unlock(); return null; }");
    assertTold(
        "126@2",
        "@Coroutine void f("
            + LOCK
            + "Lock l, "
            + LOCK
            + "Lock k) { l.lock(); k.lock(); k.unlock(); Task.yield(); l.unlock(); }");
    assertTold(
        "126@2",
        "CoroutineRunnable f("
            + LOCK
            + "Lock l) { return () -> { l.lock(); Task.yield(); l.unlock(); }; }");
  }

  @Test
  void aStampedLock_thatIsTried() {
    String tried = "@Coroutine void f(" + LOCK + "StampedLock l) throws Exception { long s = l.";
    assertTold("126@2", tried + "tryWriteLock(); if (s != 0) { Task.yield(); l.unlock(s); } }");
    assertTold("126@2", tried + "tryReadLock(); if (0 == s) return; Task.yield(); l.unlock(s); }");
    assertTold(
        "126@2",
        tried + "tryReadLock(1, TimeUnit.SECONDS); if (s == 0L) { return; } Task.yield(); }");
    assertSilent(tried + "tryWriteLock(); if (s == 0) { Task.yield(); } else { l.unlock(s); } }");
    assertSilent(tried + "tryReadLock(); if (s != 0) { l.unlock(s); } Task.yield(); }");
    assertSilent(tried + "tryOptimisticRead(); Task.yield(); if (l.validate(s)) { return; } }");
  }

  @Test
  void aLock_thatIsFreeAtTheWait() {
    assertSilent(
        "@Coroutine void f("
            + LOCK
            + "Lock l) { l.lock(); try { g(); } finally { l.unlock(); } Task.yield(); } void g()"
            + " {}");
    assertSilent(
        "@Coroutine void f("
            + LOCK
            + "Lock l) { while (!l.tryLock()) { Task.yield(); } l.unlock(); }");
    assertSilent(
        "@Coroutine void f("
            + LOCK
            + "Lock l) { if (l.tryLock()) { l.unlock(); } else { Task.yield(); } }");
    assertSilent(
        "@Coroutine void f("
            + LOCK
            + "StampedLock l) { long s = l.readLock(); l.unlockRead(s); Task.yield(); }");
    assertSilent(
        "@Coroutine void f(dev.coweave.sync.Mutex m) { m.lock(); try { Task.yield(); } finally {"
            + " m.unlock(); } }");
    assertSilent(
        "@Coroutine void f("
            + LOCK
            + "Lock l) { for (int i = 0; i < 3; i++) { l.lock(); try { i++; } finally { l.unlock();"
            + " } Task.yield(); } }");
  }

  // ---- 127: swallowed cancellation

  @Test
  void aCatch_thatSwallowsCancellation() {
    assertTold("127@2", "@Coroutine void f() { try { Task.yield(); } catch (Throwable t) {} }");
    assertTold(
        "127@2",
        "@Coroutine void f() { try { Task.yield(); } catch (Error t) { t.printStackTrace(); } }");
    assertTold(
        "127@2",
        "@Coroutine void f() { while (true) { try { Task.yield(); } catch (Throwable t) {"
            + " System.err.println(t); } } }");
    assertTold(
        "127@2",
        "@Coroutine int f() { try { Task.yield(); return 1; } catch (Throwable t) { return 0; } }");
    assertTold("127@2", "@Coroutine int f() { try { Task.yield(); } finally { return 0; } }");
    assertTold(
        "127@3",
        "@Coroutine void f(System.Logger log) {\n"
            + " try { Task.yield(); } catch (Throwable t) { log.log(System.Logger.Level.INFO, \"\","
            + " t); } }");
    assertTold(
        "127@2",
        "@Coroutine Throwable f(int n) throws Throwable { try { Task.yield(); } catch (Throwable t)"
            + " { if (n > 3) throw t; } return null; }");
    assertTold(
        "127@2",
        "@Coroutine void f(boolean again) throws Throwable { try { Task.yield(); } catch (Throwable"
            + " t) { if (again) throw t; } }");
    assertTold(
        "127@2",
        "@Coroutine void f() { try { Task.yield(); } catch (RuntimeException | Error t) {} }");
    assertTold(
        "127@2",
        "CoroutineRunnable f() { return () -> { try { Task.yield(); } catch (Throwable t) {} }; }");
  }

  @Test
  void aCatch_thatPassesCancellationOn() {
    assertSilent("@Coroutine void f() { try { Task.yield(); } catch (Exception t) {} }");
    assertSilent(
        "@Coroutine void f() throws Throwable { try { Task.yield(); } catch (Throwable t) {"
            + " System.err.println(t); throw t; } }");
    assertSilent(
        "@Coroutine void f() { try { Task.yield(); } catch (Throwable t) { throw new"
            + " RuntimeException(t); } }");
    assertSilent(
        "@Coroutine void f() { try { Task.yield(); } catch (dev.coweave.task.TaskCancelled t) {"
            + " throw t; } catch (Throwable t) {} }");
    assertSilent(
        "@Coroutine void f() throws Throwable { try { Task.yield(); } catch (Throwable t) { if (t"
            + " instanceof Error) throw t; } }");
    assertSilent(
        "@Coroutine void f(CompletableFuture<?> f) { try { Task.yield(); } catch (Throwable t) {"
            + " f.completeExceptionally(t); } }");
    assertSilent(
        "@Coroutine Throwable f() { Throwable e = null; try { Task.yield(); } catch (Throwable t) {"
            + " e = t; } return e; }");
    assertSilent("@Coroutine void f() { try { Task.yield(); } finally { System.out.println(); } }");
    assertSilent(
        "@Coroutine void f() { try { Integer.parseInt(\"\"); } catch (Throwable t) {} Task.yield();"
            + " }");
    assertSilent("void f() { try { Integer.parseInt(\"\"); } catch (Throwable t) {} }");
    assertSilent("@Coroutine void f() { " + OPEN + "s.fork(() -> Task.yield()); s.join(); } }");
  }

  private static final String CAUGHT =
      "System.Logger log; @Coroutine void f() throws Throwable { try { Task.yield(); } catch"
          + " (Throwable t) ";

  @Test
  void aCatch_thatOnlyLogs_inAnyWay() {
    assertTold("127@2", CAUGHT + "{ System.err.printf(\"%s\", t); } }");
    assertTold("127@2", CAUGHT + "{ System.err.println(String.format(\"%s\", t)); } }");
    assertTold(
        "127@2", CAUGHT + "{ log.log(System.Logger.Level.INFO, \"{0} {1} {2}\", 1, \"a\", t); } }");
    assertTold("127@2", CAUGHT + "{ log.log(System.Logger.Level.INFO, () -> \"no \" + t); } }");
    assertSilent(CAUGHT + "{ Object[] a = {t}; g(a); } } void g(Object... a) {}");
    assertSilent(CAUGHT + "{ g(1, t); } } void g(Object... a) {}");
    assertSilent(CAUGHT + "{ g(() -> t); } } void g(Callable<?> a) {}");
  }

  @Test
  void aCatch_thatAsksWhatItHasCaught() {
    assertTold("127@2", CAUGHT + "{ if (t instanceof RuntimeException) throw t; } }");
    assertTold("127@2", CAUGHT + "{ if (t instanceof RuntimeException e) throw e; } }");
    assertTold("127@2", CAUGHT + "{ if (!(t instanceof Error)) throw t; } }");
    assertTold(
        "127@2", CAUGHT + "{ if (t instanceof TimeoutException) throw new Exception(\"\"); } }");
    assertSilent(CAUGHT + "{ if (!(t instanceof Exception)) throw t; } }");
    assertSilent(CAUGHT + "{ if (t instanceof dev.coweave.task.TaskCancelled) throw t; } }");
    assertSilent(CAUGHT + "{ if (t instanceof Exception) { return; } throw t; } }");
    assertSilent(
        CAUGHT + "{ if (t instanceof CompletionException || t instanceof Error) throw t; } }");
    assertSilent(CAUGHT + "{ if (t.getClass().getName().endsWith(\"Cancelled\")) throw t; } }");
    assertSilent(CAUGHT + "{ if (Task.current().isCancelled()) throw t; } }");
  }

  @Test
  void aCatch_aroundOneThatThrowsAgain() {
    assertTold(
        "127@3",
        "@Coroutine void f() { try {\n"
            + "try { Task.yield(); } finally { System.out.println(); } } catch (Throwable t) {} }");
    assertTold(
        "127@3",
        "@Coroutine void f() { try {\n"
            + OPEN
            + "s.fork(() -> 1); s.join(); } } catch (Throwable t) {} }");
    assertTold(
        "127@3",
        "@Coroutine void f() { try {\n try { Task.yield(); } catch (dev.coweave.task.TaskCancelled"
            + " t) { throw t; } } catch (Throwable t) {} }");
    assertSilent(
        "@Coroutine void f() throws Throwable { try { try { Task.yield(); } finally {"
            + " System.out.println(); } } catch (Throwable t) { throw t; } }");
    assertSilent(
        "@Coroutine void f() { try { try { Task.yield(); } finally { System.out.println(); } }"
            + " catch (Exception t) {} }");
  }

  // ---- 128: loops that wait

  @Test
  void aLoop_thatOnlyLooks() {
    assertTold("128@2", "@Coroutine void f(Task<?> t) { while (!t.isDone()) {} Task.yield(); }");
    assertTold(
        "128@2",
        "volatile boolean ready; @Coroutine void f() { while (!ready) { Thread.onSpinWait(); } }");
    assertTold(
        "128@2",
        "@Coroutine void f(java.util.concurrent.atomic.AtomicBoolean b) { while (!b.get()); }");
    assertTold(
        "128@2",
        "@Coroutine void f(java.util.concurrent.atomic.AtomicBoolean b) { do { Thread.yield(); }"
            + " while (!b.compareAndSet(false, true)); }");
    assertTold("128@2", "@Coroutine void f(Queue<String> q) { while (q.isEmpty()) {} }");
    assertTold(
        "128@2",
        "@Coroutine String f(Queue<String> q) { String s; while ((s = q.poll()) == null) {} return"
            + " s; }");
    assertTold("128@2", "@Coroutine void f(long end) { while (System.nanoTime() - end < 0) {} }");
    assertTold(
        "128@2",
        "interface Door { boolean isOpen(); } @Coroutine void f(Door d) { while (!d.isOpen()) {}"
            + " Task.yield(); }");
    assertTold(
        "128@2",
        "@Coroutine void f(Task<?> t) { while (true) { while (!t.isDone()) {} Task.yield(); } }");
    assertTold(
        "128@2",
        "@Coroutine void f(Task<?> t) { while (!t.isDone()) {"
            + " await(CompletableFuture.completedFuture(1)); } }");
    assertTold("128@2", "@Coroutine void f() { for (;;) {} }");
    assertTold(
        "128@2",
        "@Coroutine void f(java.nio.file.Path p) { while (!java.nio.file.Files.exists(p)) {} }");
    assertTold(
        "128@2", "CoroutineRunnable f(Task<?> t) { return () -> { while (!t.isDone()) {} }; }");
  }

  @Test
  void aLoop_thatWaitsOrWorks() {
    assertSilent("@Coroutine void f(Task<?> t) { while (!t.isDone()) { Task.yield(); } }");
    assertSilent(
        "@Coroutine int f(int n) { int s = 0; for (int i = 0; i < n; i++) { s += i; } return s; }");
    assertSilent(
        "A next; @Coroutine A f() { A a = this; while (a.next != null) { a = a.next; } return a;"
            + " }");
    assertSilent("@Coroutine void f(Iterator<String> i) { while (i.hasNext()) { i.next(); } }");
    assertSilent("@Coroutine void f(Queue<String> q) { while (q.poll() != null) {} }");
    assertSilent(
        "@Coroutine void f(java.util.concurrent.atomic.AtomicInteger i) { while"
            + " (i.getAndIncrement() < 9) {} }");
    assertSilent("@Coroutine void f() { while (step()) {} } boolean step() { return false; }");
    assertSilent(
        "@Coroutine int f(int[] a, int x) { int i = 0; while (a[i] != x) { i++; } return i; }");
    assertSilent("void f(Task<?> t) { while (!t.isDone()) {} }");
  }

  // ---- the message, the switch, the mark

  private static final Compiled SLEEPER =
      Compiled.from("class A {\n@Coroutine void f() throws Exception { Thread.sleep(1); }\n}");

  @Test
  void theMessage_hasCodePlaceBecauseAndFix() {
    assertEquals(
        """
        A.java:2: COWEAVE-125: Thread.sleep blocks the thread of a coroutine
          in:      app.A.f()
          because: while the thread is blocked, no other coroutine of its loop runs, and no cancellation or timeout is noticed
          fix:     use what suspends: Task.sleep, Task.await, dev.coweave.sync.Channel, dev.coweave.io; or do it on a worker thread: Task.blocking(() -> …)\
        """
            .stripIndent(),
        SLEEPER.weave("A").problems().get(0).toString());
  }

  @Test
  void switchedOff_nothingIsTold_andAsErrors_theClassIsRefused() {
    assertEquals(
        List.of(), SLEEPER.weave("A", Options.BUILD.withWarnings(Warnings.OFF)).problems());
    WeaveResult refused = SLEEPER.weave("A", Options.BUILD.withWarnings(Warnings.ERROR));
    assertTrue(refused.failed());
    assertEquals(null, refused.classFile());
  }

  @Test
  void aLookThatWeavesNothing_saysTheSame_ofLargeMethodsToo() {
    for (int calls : new int[] {1, 100, 400, 3000}) {
      Compiled c =
          Compiled.from(
              "class A {\n@Coroutine void f() {\n" + "Task.yield();\n".repeat(calls) + "}}");
      WeaveResult dry = c.weave("A", Options.BUILD.withDry(true));
      assertEquals(c.weave("A").problems().toString(), dry.problems().toString());
    }
    Options dry = Options.BUILD.withDry(true);
    assertEquals(null, SLEEPER.weave("A", dry).classFile());
    assertEquals(SLEEPER.weave("A").problems(), SLEEPER.weave("A", dry).problems());
  }

  @Test
  void aClassThatTheCompilerHasChecked_isSilent_andLosesTheMark() {
    byte[] marked = CheckedMark.on(SLEEPER.classFile("A"));
    WeaveResult woven = SLEEPER.weaver(Options.BUILD).weave(marked);
    assertEquals(List.of(), woven.problems());
    assertFalse(
        new String(woven.classFile(), java.nio.charset.StandardCharsets.ISO_8859_1)
            .contains("dev.coweave.Checked"));
  }
}

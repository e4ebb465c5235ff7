package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.coroutine.Continuation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a user reads who calls a suspending operation where it can't suspend: each message whole. */
@Tag("woven")
class RuntimeMessageTest {
  static final String WEAVE =
      """
        fix: run with -javaagent:coweave-agent.jar, or weave at build time with the goal 'weave' of dev.coweave:coweave-maven-plugin \
      (or 'java -jar coweave-agent.jar weave DIR')\
      """
          .indent(0)
          .stripTrailing();

  private static Object call(ClassLoader loader, String method) throws Throwable {
    Method m = loader.loadClass("app.A").getDeclaredMethod(method);
    m.setAccessible(true);
    try {
      return m.invoke(null);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void assertUnwovenSays(String expected, String source) {
    assertEquals(expected, message(Compiled.from(source).unwoven()));
  }

  private static void assertWovenSays(String expected, String source) {
    Compiled c = Compiled.from(source);
    assertEquals(expected, message(c.woven(Options.BUILD)), "woven by a build");
    assertEquals(expected, message(c.woven(Options.AGENT)), "woven by the agent");
  }

  private static String message(ClassLoader loader) {
    try {
      return "gave " + call(loader, "run");
    } catch (IllegalStateException e) {
      return e.getMessage()
          .replaceAll(
              "(lambda\\$\\w+)\\$\\d+", "$1"); // javac numbers lambdas in an order of its own
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
      return null;
    }
  }

  // ---- never woven

  @Test
  void await_inAMethodThatWasNeverWoven() {
    assertUnwovenSays(
        """
        Task.await in app.A.run(A.java:4)
          because: the method is a @Coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          @Coroutine
          static String run() {
            return await(new CompletableFuture<>());
          }
        }
        """);
  }

  @Test
  void whatNeedsATask_inAMethodThatWasNeverWoven() {
    for (String call :
        List.of(
            "Task.start(() -> 1)",
            "Task.current()",
            "EventLoop.current()",
            "dev.coweave.task.TaskScope.open()")) {
      String name = call.substring(0, call.indexOf('(')).replace("dev.coweave.task.", "");
      assertUnwovenSays(
          """
          OPERATION in app.A.run(A.java:4)
            because: the method is a @Coroutine, but its class was not woven
          """
                  .replace("OPERATION", name)
              + WEAVE,
          """
          class A {
            @Coroutine
            static Object run() {
              return CALL;
            }
          }
          """
              .replace("CALL", call));
    }
  }

  /** As where a library was rebuilt, or its woven jar was replaced by another. */
  @Test
  void aCoroutine_thatWasWovenWhenItsCallerWas_andIsNotAnyMore() throws Exception {
    Compiled c =
        Compiled.from(
            """
            class A {
              @Coroutine static Object run() { return Lib.fetch(1, "a"); }
            }
            class Lib {
              @Coroutine static int fetch(int n, String s) { Task.yield(); return n; }
            }
            """);
    WeaveResult a = c.weave("A");
    Map<String, byte[]> all = new HashMap<>(c.classFiles);
    all.putAll(a.companions());
    all.put("app/A", a.classFile());
    ClassLoader loader =
        new ClassLoader(getClass().getClassLoader()) {
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] b = all.get(name.replace('.', '/'));
            if (b == null) {
              throw new ClassNotFoundException(name);
            }
            return defineClass(name, b, 0, b.length);
          }
        };
    NoSuchMethodError e = assertThrows(NoSuchMethodError.class, () -> call(loader, "run"));
    assertEquals(
        "COWEAVE-204: app.Lib.fetch(int, java.lang.String) is no woven coroutine\n"
            + "  because: its class was woven when the caller was, and is not any more\n"
            + WEAVE,
        e.getMessage());
  }

  @Test
  void awaitOfACompleteFuture_inAMethodThatWasNeverWoven_failsToo() {
    assertUnwovenSays(
        """
        Task.await in app.A.run(A.java:4)
          because: the method is a @Coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          @Coroutine
          static String run() {
            return await(CompletableFuture.completedFuture("x"));
          }
        }
        """);
  }

  @Test
  void aMethodThatWasNeverWoven_amongManyPlainCalls_isToldWhenItWaits() {
    assertUnwovenSays(
        """
        Task.await in app.A.waits(A.java:9)
          because: the method is a @Coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          static String run() {
            for (int i = 0; i < 1000; i++) {
              Task.await(CompletableFuture.completedFuture(i));
            }
            return waits();
          }
          @Coroutine static String waits() {
            return await(new CompletableFuture<String>().completeOnTimeout("waited", 1, java.util.concurrent.TimeUnit.MINUTES));
          }
        }
        """);
  }

  @Test
  void aMethodThatWasNeverWoven_andNeverWaits_isToldThoughManyPlainCallsWereRight() {
    assertUnwovenSays(
        """
        Task.await in app.A.await(A.java:12)
          because: the method is a @Coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          static String run() {
            for (int i = 0; i < 1000; i++) {
              Task.await(CompletableFuture.completedFuture(i));
            }
            for (int i = 0; i < 100_000_000; i++) {
              await(i);
            }
            return "nothing";
          }
          @Coroutine static int await(int i) {
            return Task.await(CompletableFuture.completedFuture(i));
          }
        }
        """);
  }

  @Test
  void yield_inAGeneratorThatWasNeverWoven() {
    assertUnwovenSays(
        """
        Generator.yield in app.A.numbers(A.java:7)
          because: the method is a @Coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          static void run() {
            numbers().next();
          }
          @Coroutine
          static Generator<Integer> numbers() {
            Generator.yield(1);
            return Generator.end();
          }
        }
        """);
  }

  @Test
  void end_inAGeneratorThatWasNeverWoven() {
    assertUnwovenSays(
        """
        Generator.end in app.A.run(A.java:4)
          because: the method is a @Coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          @Coroutine
          static Generator<Integer> run() {
            return Generator.end();
          }
        }
        """);
  }

  @Test
  void yieldAll_inAGeneratorThatWasNeverWoven() {
    assertUnwovenSays(
        """
        Generator.yieldAll in app.A.run(A.java:4)
          because: the method is a @Coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          @Coroutine
          static Generator<Integer> run() {
            Generator.yieldAll(List.of(1));
            return Generator.end();
          }
        }
        """);
  }

  @Test
  void sleep_inALambdaThatWasNeverWoven() {
    assertUnwovenSays(
        """
        Task.sleep in app.A.lambda$run(A.java:3)
          because: the lambda is a coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          static Object run() throws Exception {
            EventLoop.run(() -> Task.sleep(java.time.Duration.ofMillis(1)));
            return "slept";
          }
        }
        """);
  }

  @Test
  void yield_inALambdaThatWasNeverWoven() {
    assertUnwovenSays(
        """
        Generator.yield in app.A.lambda$run(A.java:3)
          because: the lambda is a coroutine, but its class was not woven
        """
            + WEAVE,
        """
        class A {
          static Object run() throws Exception {
            return Generator.of(() -> Generator.yield(1)).next();
          }
        }
        """);
  }

  // ---- in plain code

  @Test
  void yield_inAPlainMethod() {
    assertWovenSays(
        """
        Generator.yield in app.A.run(A.java:3)
          because: that is a plain method, or a lambda of a class that was not woven
          fix: annotate the method (or the functional interface's method) with @Coroutine; if it is,
        """
            + WEAVE,
        """
        class A {
          static void run() {
            Generator.yield(1);
          }
          @Coroutine
          static void other() {}
        }
        """);
  }

  @Test
  void yield_inALambdaOfAPlainInterface() {
    assertWovenSays(
        """
        Generator.yield in app.A.lambda$elements(A.java:7)
          because: that is a plain method, or a lambda of a class that was not woven
          fix: annotate the method (or the functional interface's method) with @Coroutine; if it is,
        """
            + WEAVE,
        """
        class A {
          static void run() {
            elements().next();
          }
          @Coroutine
          static Generator<Integer> elements() {
            List.of(1).forEach(i -> Generator.yield(i));
            Generator.yield(2);
            return null;
          }
        }
        """);
  }

  @Test
  void await_inPlainCode_waitsOnTheThread() {
    assertWovenSays(
        "gave x",
        """
        class A {
          static Object run() {
            return await(CompletableFuture.supplyAsync(() -> "x"));
          }
        }
        """);
  }

  // ---- outside a generator

  @Test
  void yield_outsideAGenerator() {
    assertWovenSays(
        """
        Generator.yield outside a generator
          because: no generator called this method; a suspending method yields to the generator that calls it
          fix: return Generator, Iterator, Iterable, Stream, AsyncGenerator or Flow.Publisher from the method, or call it from a generator's body or Generator.of(…)\
        """,
        """
        class A {
          @Coroutine
          static void run() {
            Task.yield();
            Generator.yield(1);
          }
        }
        """);
  }

  @Test
  void await_inAGenerator_ofAFutureThatIsNotComplete() {
    assertWovenSays(
        """
        Task.await in a generator would have to wait
          because: a generator gives its elements to plain code, which can't be suspended
          fix: await what it needs before, or send the elements of a task through a Channel\
        """,
        """
        class A {
          static void run() {
            numbers(CompletableFuture.completedFuture(1)).next();
            numbers(new CompletableFuture<>()).next();
          }
          @Coroutine
          static Generator<Integer> numbers(CompletableFuture<Integer> f) {
            Generator.yield(await(f));
            return null;
          }
        }
        """);
  }

  // ---- a plain frame in between

  @Test
  void aComparatorThatWaits_inACoroutine() {
    assertWovenSays(
        """
        Task.yield would block the coroutine app.A.run(A.java:5)
          because: it was reached through the plain method app.A.lambda$run(A.java:5), which can't be suspended: java.util.TimSort.countRunAndMakeAscending calls it as a java.util.Comparator, whose method is no @Coroutine
          fix: wait before the call, and use the outcome in the lambda; or write it without one: a loop, for an assertion coweave-junit's CoroutineAssertions, or 'try { …; fail(); } catch (TheException e) { … }'\
        """,
        """
        class A {
          @Coroutine
          static Object run() {
            List<Integer> l = new ArrayList<>(List.of(2, 1));
            l.sort((a, b) -> compare(a, b));
            return l;
          }
          @Coroutine
          static int compare(int a, int b) {
            Task.yield();
            return Integer.compare(a, b);
          }
        }
        """);
  }

  @Test
  void aComparatorThatWaits_asAMethodReference() {
    assertWovenSays(
        """
        Task.yield would block the coroutine app.A.run(A.java:5)
          because: it was reached through the plain method java.base/java.util.TimSort.countRunAndMakeAscending(TimSort.java), which can't be suspended
          fix: wait before the call, and use the outcome in the lambda; or write it without one: a loop, for an assertion coweave-junit's CoroutineAssertions, or 'try { …; fail(); } catch (TheException e) { … }'\
        """
            .replace("(TimSort.java)", "(TimSort.java:" + timSortLine() + ")"),
        """
        class A {
          @Coroutine
          static Object run() {
            List<Integer> l = new ArrayList<>(List.of(2, 1));
            l.sort(A::compare);
            return l;
          }
          @Coroutine
          static int compare(int a, int b) {
            Task.yield();
            return Integer.compare(a, b);
          }
        }
        """);
  }

  @Test
  void aComparatorThatWaits_asAClass() {
    assertWovenSays(
        """
        Task.yield would block the coroutine app.A.run(A.java:5)
          because: it was reached through the plain method app.A$1.compare(A.java:7), which can't be suspended: java.util.TimSort.countRunAndMakeAscending calls it, no @Coroutine
          fix: wait before the call, and use the outcome in the method; or write it without one: a loop, for an assertion coweave-junit's CoroutineAssertions, or 'try { …; fail(); } catch (TheException e) { … }'\
        """,
        """
        class A {
          @Coroutine
          static Object run() {
            List<Integer> l = new ArrayList<>(List.of(2, 1));
            l.sort(new Comparator<>() {
              public int compare(Integer a, Integer b) {
                return A.compare(a, b);
              }
            });
            return l;
          }
          @Coroutine
          static int compare(int a, int b) {
            Task.yield();
            return Integer.compare(a, b);
          }
        }
        """);
  }

  /** What calls the lambda has it in a field. */
  @Test
  void aLambdaOfAStreamThatWaits() {
    Compiled c =
        Compiled.from(
            """
            class A {
              @Coroutine
              static Object run() {
                return java.util.stream.Stream.of(1).map(n -> slow(n)).toList();
              }
              @Coroutine
              static int slow(int n) {
                Task.yield();
                return n;
              }
            }
            """);
    String message = message(c.woven(Options.BUILD));
    assertTrue(
        message.contains(
            "calls it as a java.util.function.Function, whose method is no @Coroutine\n"
                + "  fix: wait before the call, and use the outcome in the lambda;"),
        message);
  }

  @Test
  void aStaticInitialiserThatWaits() {
    assertWovenSays(
        """
        Task.yield would block the coroutine app.A.run(A.java:5)
          because: it was reached through the plain method app.B.<clinit>(A.java:14), which can't be suspended
          fix: wait in a method, before or after, for a static initialiser can't be a @Coroutine; or start a task: Task.start(() -> …)\
        """,
        """
        class A {
          @Coroutine
          static Object run() {
            try {
              return B.VALUE;
            } catch (ExceptionInInitializerError e) {
              throw (IllegalStateException) e.getCause();
            }
          }
          @Coroutine
          static Object slow() { Task.yield(); return 1; }
        }
        class B {
          static final Object VALUE = A.slow();
        }
        """);
  }

  private static int timSortLine() {
    int[] line = new int[1];
    java.util.List<Integer> l = new java.util.ArrayList<>(java.util.List.of(2, 1));
    l.sort(
        (a, b) -> {
          for (StackTraceElement e : new Throwable().getStackTrace()) {
            if (e.getClassName().equals("java.util.TimSort")) {
              line[0] = e.getLineNumber();
              return 0;
            }
          }
          return 0;
        });
    return line[0];
  }

  @Test
  void aPlainFrameInBetween_afterAResume() {
    assertWovenSays(
        """
        Task.await would block the coroutine app.A.run(A.java:5)
          because: it was reached through the plain method app.A.plain(A.java:8), which can't be suspended
          fix: make every method in between a @Coroutine (and woven), or start a task: Task.start(() -> …)\
        """,
        """
        class A {
          @Coroutine
          static Object run() {
            Task.yield();
            return plain();
          }
          static Object plain() {
            return outer();
          }
          @Coroutine
          static Object outer() {
            return inner() + "";
          }
          @Coroutine
          static Object inner() {
            return await(new CompletableFuture<>());
          }
        }
        """);
  }

  @Test
  void aPlainFrameInBetween_whileNothingHasToWait() {
    assertWovenSays(
        "gave [1, 2] x 5000",
        """
        class A {
          @Coroutine
          static Object run() {
            Task.yield();
            List<Integer> l = new ArrayList<>(List.of(2, 1));
            l.sort((a, b) -> compare(a, b));
            return l + " " + Optional.of("x").map(A::complete).get() + " " + deep(5000);
          }
          static Object plainly(int n) {
            return deep(n);
          }
          @Coroutine
          static int compare(int a, int b) {
            return Integer.compare(a, complete(b));
          }
          @Coroutine
          static <T> T complete(T value) {
            return await(CompletableFuture.completedFuture(value));
          }
          @Coroutine
          static int deep(int n) {
            return n == 0 ? 0 : 1 + deep(n - 1);
          }
        }
        """);
  }

  @Test
  void aPlainFrameInBetween_inALambda() {
    assertWovenSays(
        """
        Task.sleep would block the coroutine app.A.lambda$run(A.java:3)
          because: it was reached through the plain method app.A.lambda$run(A.java:3), which can't be suspended: java.util.Optional.map calls it as a java.util.function.Function, whose method is no @Coroutine
          fix: wait before the call, and use the outcome in the lambda; or write it without one: a loop, for an assertion coweave-junit's CoroutineAssertions, or 'try { …; fail(); } catch (TheException e) { … }'\
        """,
        """
        class A {
          static Object run() throws Exception {
            return EventLoop.run(() -> Optional.of(1).map(n -> slow(n)).get());
          }
          @Coroutine
          static int slow(int n) {
            Task.sleep(java.time.Duration.ofMillis(n));
            return n;
          }
        }
        """);
  }

  @Test
  void aPlainFrameInBetween_inAnAsyncMethod() {
    assertWovenSays(
        """
        Task.sleep would block the coroutine app.A.async(A.java:7)
          because: it was reached through the plain method app.A.plain(A.java:10), which can't be suspended
          fix: make every method in between a @Coroutine (and woven), or start a task: Task.start(() -> …)\
        """,
        """
        class A {
          static Object run() throws Exception {
            return EventLoop.run(() -> await(async()));
          }
          @Coroutine
          static CompletableFuture<Object> async() {
            return CompletableFuture.completedFuture(plain());
          }
          static Object plain() {
            return slow();
          }
          @Coroutine
          static int slow() {
            Task.sleep(java.time.Duration.ofMillis(1));
            return 1;
          }
        }
        """);
  }

  @Test
  void aSuspendingOperationCalledThroughAPlainFunctionalInterface() {
    assertWovenSays(
        """
        Task.await would block the coroutine app.A.run(A.java:5)
          because: it called Task.await as plain code does: by a method that is no @Coroutine, or on an object whose class was not woven
          fix: annotate the method of the type that it is called on, or of the functional interface; weave the object's class\
        """,
        """
        class A {
          @Coroutine
          static Object run() {
            java.util.function.Function<CompletableFuture<Object>, Object> f = Task::await;
            return f.apply(new CompletableFuture<>());
          }
        }
        """);
  }

  @Test
  void aCoroutineCalledByTheNameOfAPlainMethod() {
    assertWovenSays(
        """
        Task.yield would block the coroutine app.A.run(A.java:4)
          because: it called app.B.get as plain code does: by a method that is no @Coroutine, or on an object whose class was not woven
          fix: annotate the method of the type that it is called on, or of the functional interface; weave the object's class\
        """,
        """
        class A {
          @Coroutine
          static Object run() {
            return new B().supplier().get();
          }
        }
        class B implements java.util.function.Supplier<Object> {
          java.util.function.Supplier<Object> supplier() {
            return this;
          }
          @Override
          @Coroutine
          public Object get() {
            Task.yield();
            return 1;
          }
        }
        """);
  }

  @Test
  void aPlainCallOnALoopsThread_outsideAnyCoroutine() {
    assertWovenSays(
        """
        Task.yield would block the event loop's thread
          because: it was reached through the plain method app.A.lambda$run(A.java:4), which can't be suspended
          fix: make every method in between a @Coroutine (and woven), or start a task: Task.start(() -> …)\
        """,
        """
        class A {
          static Object run() throws Throwable {
            try (EventLoop loop = EventLoop.open("loop")) {
              return loop.submit(() -> plainly()).get();
            } catch (ExecutionException e) {
              throw e.getCause();
            }
          }
          @Coroutine
          static Object plainly() {
            Task.yield();
            return 1;
          }
        }
        """);
  }

  @Test
  void aPlainCallInAGeneratorsBody_thatWouldWait() {
    assertWovenSays(
        """
        Task.await would block the coroutine app.A.numbers(A.java:7)
          because: it was reached through the plain method app.A.plain(A.java:11), which can't be suspended
          fix: make every method in between a @Coroutine (and woven), or start a task: Task.start(() -> …)\
        """,
        """
        class A {
          static Object run() {
            return numbers().next();
          }
          @Coroutine
          static Generator<Object> numbers() {
            Generator.yield(plain());
            return null;
          }
          static Object plain() {
            return waits();
          }
          @Coroutine
          static Object waits() {
            return await(new CompletableFuture<>());
          }
        }
        """);
  }

  @Test
  void joinOfAnUnfinishedTask_onItsLoop() {
    assertWovenSays(
        """
        Task.join of an unfinished task
          because: this thread is its home, event loop on thread main, so the task could never end
          fix: Task.await(task), in a @Coroutine\
        """,
        """
        class A {
          @Coroutine
          static Object run() {
            return Task.start(() -> 1).join();
          }
        }
        """);
  }
}

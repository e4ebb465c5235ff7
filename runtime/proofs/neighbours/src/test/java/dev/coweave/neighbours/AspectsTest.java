package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Advice that AspectJ weaves while classes are loaded, before the weaver's agent, after it, and after a build. */
class AspectsTest {
  private static final String PROGRAM =
      """
      package shop;

      import dev.coweave.Coroutine;
      import dev.coweave.generator.Generator;
      import dev.coweave.loop.EventLoop;
      import dev.coweave.task.Task;
      import java.util.ArrayList;
      import java.util.List;
      import java.util.concurrent.Callable;
      import java.util.concurrent.CompletableFuture;
      import org.aspectj.lang.ProceedingJoinPoint;
      import org.aspectj.lang.annotation.After;
      import org.aspectj.lang.annotation.Around;
      import org.aspectj.lang.annotation.Aspect;
      import org.aspectj.lang.annotation.Before;

      public class Advised {
        static final List<String> LOG = new ArrayList<>();

        @Aspect public static class Outer {
          @Around("execution(* shop.Advised.Prices.*(..))") public Object around(ProceedingJoinPoint p) throws Throwable {
            LOG.add("outer");
            return p.proceed();
          }
        }

        @Aspect public static class Inner {
          @Around("execution(* shop.Advised.Prices.twice(..))") public Object around(ProceedingJoinPoint p) throws Throwable {
            LOG.add("inner");
            return p.proceed();
          }
          @Before("execution(* shop.Advised.Stock.*(..))") public void before() { LOG.add("before"); }
          @After("execution(* shop.Advised.Stock.*(..))") public void after() { LOG.add("after"); }
          @Before("call(* shop.Advised.Plain.*(..))") public void call() { LOG.add("call"); }
        }

        public static class Plain { static int id(int i) { return i; } }

        public static class Prices {
          @Coroutine public int once(int i) { Task.yield(); int r = Plain.id(i); Task.yield(); return r; }
          @Coroutine public long twice(long i) { Task.yield(); return i; }
          @Coroutine public int prompt(int i) { return i; }
          @Coroutine public CompletableFuture<Integer> async(int i) { Task.yield(); return CompletableFuture.completedFuture(i); }
          @Coroutine public Generator<Integer> upTo(int i) { for (int k = 1; k <= i; k++) Generator.yield(k); return null; }
        }

        public static class Stock {
          @Coroutine public int count(int i) { Task.yield(); int r = Plain.id(i); Task.yield(); return r; }
        }

        @Coroutine static int once() { Task.yield(); return new Prices().once(1); }
        @Coroutine static int prompt() { Task.yield(); return new Prices().prompt(1); }
        @Coroutine static int async() { Task.yield(); return Task.await(new Prices().async(1)); }
        @Coroutine static int count() { Task.yield(); return new Stock().count(1); }

        static void run(String what, Callable<?> call) {
          LOG.clear();
          Object result;
          try {
            result = call.call();
            if (result instanceof CompletableFuture<?> f) result = f.join();
          } catch (Exception e) {
            result = e.getMessage().lines().findFirst().orElseThrow().replaceAll("would block .*", "would block");
          }
          System.out.println(what + " " + result + " " + LOG);
        }

        public static void main(String[] args) throws Exception {
          run("once", () -> new Prices().once(1));
          run("twice", () -> new Prices().twice(1));
          run("prompt", () -> new Prices().prompt(1));
          run("async", () -> new Prices().async(1));
          run("generator", () -> new Prices().upTo(3).stream().toList());
          run("count", () -> new Stock().count(1));
          run("coroutine, once", () -> EventLoop.run(() -> once()));
          run("coroutine, prompt", () -> EventLoop.run(() -> prompt()));
          run("coroutine, async", () -> EventLoop.run(() -> async()));
          run("coroutine, count", () -> EventLoop.run(() -> count()));
        }
      }
      """;

  private static final String AS_PLAIN_JAVA =
      """
      once 1 [outer, call]
      twice 1 [outer, inner]
      prompt 1 [outer]
      async 1 [outer]
      generator [1, 2, 3] [outer]
      count 1 [before, call, after]
      coroutine, once Task.yield would block [outer]
      coroutine, prompt 1 [outer]
      coroutine, async 1 [outer]
      coroutine, count 1 [before, call, after]
      """;

  private static final String FOR_PLAIN_CALLERS =
      """
      once 1 [outer]
      twice 1 [outer, inner]
      prompt 1 [outer]
      async 1 [outer]
      generator [1, 2, 3] [outer]
      count 1 [before, after]
      coroutine, once 1 []
      coroutine, prompt 1 []
      coroutine, async 1 [outer]
      coroutine, count 1 []
      """;

  @TempDir private static Path classes;

  @BeforeAll
  static void compile() throws Exception {
    Jvm.compile(classes, "Advised", PROGRAM);
    Files.createDirectories(classes.resolve("META-INF"));
    Files.writeString(
        classes.resolve("META-INF/aop.xml"),
        """
        <aspectj>
          <aspects><aspect name="shop.Advised$Outer"/><aspect name="shop.Advised$Inner"/></aspects>
          <weaver><include within="shop..*"/><exclude within="shop..*$$*"/></weaver>
        </aspectj>
        """);
  }

  private static Jvm.Result run(Path classes, String... agents) throws Exception {
    return Jvm.runAgents(List.of(agents), classes.toString(), "shop.Advised");
  }

  private static String aspectj() {
    return Jvm.home("org.aspectj.weaver.loadtime.Agent").toString();
  }

  @Test
  void aspectsFirst_asInPlainJava() throws Exception {
    Jvm.Result result = run(classes, aspectj(), Jvm.agent().toString());
    assertEquals(AS_PLAIN_JAVA, result.out(), result.err());
    assertEquals("", result.err());
  }

  @Test
  void aspectsLast_onceForPlainCallers_andSaid() throws Exception {
    Jvm.Result result = run(classes, Jvm.agent().toString(), aspectj());
    assertEquals(FOR_PLAIN_CALLERS, result.out(), result.err());
    assertEquals(
        """
        coweave: AspectJ's load-time weaver doesn't see the bodies of coroutines, which were woven before: COWEAVE-311
          because: advice on a coroutine runs where plain code calls it, and not where a coroutine does; join points within coroutines have none
          fix:     weave aspects when building (ajc), before coweave:weave; or weave as they are loaded, -javaagent:…aspectjweaver… before -javaagent:…coweave…
        """,
        result.err());
  }

  @Test
  void wovenByABuild_onceForPlainCallers_andSaid(@TempDir Path woven) throws Exception {
    Jvm.weave(classes, woven);
    Jvm.Result alone = run(woven, aspectj());
    assertEquals(FOR_PLAIN_CALLERS, alone.out(), alone.err());
    assertTrue(alone.err().contains("COWEAVE-311"), alone.err());
    Jvm.Result withAgent = run(woven, aspectj(), Jvm.agent().toString());
    assertEquals(FOR_PLAIN_CALLERS, withAgent.out(), withAgent.err());
    assertEquals(2, withAgent.err().split("COWEAVE-311").length, withAgent.err());
  }
}

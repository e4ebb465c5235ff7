package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.lang.instrument.Instrumentation;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.agent.builder.AgentBuilder.RedefinitionStrategy;
import net.bytebuddy.agent.builder.ResettableClassFileTransformer;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.matcher.ElementMatchers;
import org.junit.jupiter.api.Test;

/** Advice of Byte Buddy's in each method of woven classes that are loaded already, as monitoring agents put it there. */
class RetransformedTest {
  /** What the advice saw: how often each method was entered, less how often it was left. */
  static final Map<String, Integer> INSIDE = new ConcurrentHashMap<>();

  /** Around each method; its handler covers the whole body. */
  public static final class Watch {
    private Watch() {}

    /** At the start. */
    @Advice.OnMethodEnter
    public static long enter(@Advice.Origin String method) {
      RetransformedTest.moved(method, 1);
      return System.nanoTime();
    }

    /** At each end. */
    @Advice.OnMethodExit(onThrowable = Throwable.class)
    public static void exit(
        @Advice.Origin String method, @Advice.Enter long since, @Advice.Thrown Throwable thrown) {
      RetransformedTest.moved(method, System.nanoTime() < since ? 0 : -1);
    }
  }

  /** Called by the advice. */
  public static void moved(String method, int by) {
    INSIDE.merge(method, by, Integer::sum);
  }

  /** All that the weaver makes of methods. */
  static final class Watched {
    private final Greeter greeter = new WaitingGreeter();

    @Coroutine
    String greetAll(int n) {
      StringBuilder all = new StringBuilder();
      for (int i : upTo(n)) {
        try {
          all.append(greeter.greet(String.valueOf(i))).append(wide(i, i * 2.0));
        } finally {
          all.append(';');
        }
      }
      return all.toString();
    }

    @Coroutine
    private static double wide(long l, double d) {
      Task.sleep(Duration.ofMillis(1));
      if (l > 1) {
        throw new IllegalArgumentException("too wide");
      }
      return l + d;
    }

    @Coroutine
    private static Generator<Integer> upTo(int n) {
      for (int i = 0; i < n; i++) {
        Generator.yield(i);
      }
      return Generator.end();
    }
  }

  private static void assertRuns() throws Exception {
    Watched watched = new Watched();
    assertEquals("hello, 00.0;hello, 13.0;", EventLoop.run(() -> watched.greetAll(2)));
    assertEquals("hello, 00.0;", watched.greetAll(1));
    assertEquals(
        "too wide",
        assertThrows(IllegalArgumentException.class, () -> EventLoop.run(() -> watched.greetAll(3)))
            .getMessage());
  }

  @Test
  void wovenClasses_runTheSame_withAdviceInEachMethod() throws Exception {
    assertRuns();
    Instrumentation jvm = ByteBuddyAgent.install();
    ResettableClassFileTransformer advice =
        new AgentBuilder.Default()
            .disableClassFormatChanges()
            .with(RedefinitionStrategy.RETRANSFORMATION)
            .with(AgentBuilder.Listener.StreamWriting.toSystemError().withErrorsOnly())
            .ignore(ElementMatchers.none())
            .type(
                ElementMatchers.nameStartsWith(Watched.class.getName())
                    .or(ElementMatchers.nameStartsWith(WaitingGreeter.class.getName())))
            .transform(
                (builder, type, loader, module, domain) ->
                    builder.visit(Advice.to(Watch.class).on(ElementMatchers.isMethod())))
            .installOn(jvm);
    try {
      assertRuns();
    } finally {
      assertTrue(advice.reset(jvm, RedefinitionStrategy.RETRANSFORMATION));
    }
    assertTrue(INSIDE.size() > 12, INSIDE.toString());
    INSIDE.forEach((method, inside) -> assertEquals(0, inside, method));
    assertRuns();
  }
}

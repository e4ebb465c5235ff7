package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenTelemetry's agent, whose spans stand around plain methods: an async method has its span whoever calls it, and of a suspending one it is said. */
class SpansTest {
  private static final String PROGRAM =
      """
      import dev.coweave.Coroutine;
      import dev.coweave.loop.EventLoop;
      import dev.coweave.task.Task;
      import io.opentelemetry.instrumentation.annotations.WithSpan;
      import java.time.Duration;
      import java.util.concurrent.CompletableFuture;

      public class Traced {
        @WithSpan @Coroutine static int suspending(int x) { Task.sleep(Duration.ofMillis(1)); return x; }
        @WithSpan @Coroutine static CompletableFuture<Integer> async(int x) {
          Task.sleep(Duration.ofMillis(1));
          return CompletableFuture.completedFuture(x);
        }
        @WithSpan static int plain(int x) { return x; }
        @Coroutine static int all() { return suspending(1) + Task.await(async(2)) + plain(3); }

        public static void main(String[] args) throws Exception {
          System.out.println(suspending(4));
          System.out.println(EventLoop.run(() -> all()));
        }
      }
      """;

  private static final Pattern SPAN = Pattern.compile("'(Traced\\.\\w+)' : ");

  @TempDir private static Path classes;

  @BeforeAll
  static void compile() throws Exception {
    Jvm.compile(classes, "Traced", PROGRAM);
  }

  private static void assertSpans(boolean saysSo, Path classes, String... agents) throws Exception {
    Jvm.Result result =
        Jvm.runAgents(
            List.of(agents),
            String.join(
                File.pathSeparator,
                classes.toString(),
                Jvm.home("io.opentelemetry.instrumentation.annotations.WithSpan").toString(),
                Jvm.home("io.opentelemetry.api.trace.SpanKind").toString()),
            "-Dotel.traces.exporter=logging",
            "-Dotel.metrics.exporter=none",
            "-Dotel.logs.exporter=none",
            "Traced");
    assertEquals("4\n6\n", result.out(), result.err());
    assertEquals(
        "[Traced.suspending, Traced.async, Traced.plain]",
        SPAN.matcher(result.err())
            .results()
            .map(r -> r.group(1))
            .collect(Collectors.toList())
            .toString(),
        result.err());
    assertEquals(saysSo, result.err().contains("COWEAVE-312"), result.err());
  }

  @Test
  void anyOrderOfTheAgents_orWovenByABuild(@TempDir Path woven) throws Exception {
    String otel = Jvm.home("io.opentelemetry.javaagent.OpenTelemetryAgent").toString();
    assertSpans(true, classes, otel, Jvm.agent().toString());
    assertSpans(true, classes, Jvm.agent().toString(), otel);
    assertTrue(Jvm.weave(classes, woven).err().contains("Traced.java:9: COWEAVE-312"));
    assertSpans(false, woven, otel);
  }
}

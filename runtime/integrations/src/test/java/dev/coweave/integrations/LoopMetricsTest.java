package dev.coweave.integrations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Meters of Micrometer's own registry. */
class LoopMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void meters_sayWhatTheLoopHasToDo() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          new LoopMetrics(EventLoop.current(), "main", Tags.of("app", "shop")).bindTo(registry);
          Task<Void> sleeping = Task.start(() -> Task.sleep(Duration.ofHours(1)));
          Task<Void> other = Task.start(() -> Task.sleep(Duration.ofHours(2)));
          assertEquals(2, tasks("ready"));
          Task.yield();
          assertEquals(1, tasks("running"));
          assertEquals(2, tasks("waiting"));
          assertEquals(0, tasks("ready"));
          assertEquals(2, gauge("timers"));
          assertEquals(0, gauge("incoming"));
          assertEquals(0, gauge("channels"));
          assertEquals(0, gauge("workers"));
          sleeping.await();
          assertEquals(1, tasks("waiting"));
          assertEquals(3, counter("started"));
          assertEquals(1, counter("ended"));
          other.await();
        });
    assertEquals(3, counter("ended"));
    assertTrue(registry.get("coweave.loop.longest.step").timeGauge().value() >= 0);
    assertEquals(
        "app=shop,loop=main",
        registry.get("coweave.loop.timers").gauge().getId().getTags().stream()
            .map(t -> t.getKey() + "=" + t.getValue())
            .collect(Collectors.joining(",")));
  }

  @Test
  void metersOfTwoLoops_areToldApart() {
    try (EventLoop a = EventLoop.open("a");
        EventLoop b = EventLoop.open("b")) {
      new LoopMetrics(a, "a").bindTo(registry);
      new LoopMetrics(b, "b").bindTo(registry);
      a.start(() -> Task.yield()).join();
      assertEquals(
          1, registry.get("coweave.loop.started").tag("loop", "a").functionCounter().count());
      assertEquals(
          0, registry.get("coweave.loop.started").tag("loop", "b").functionCounter().count());
    }
  }

  private double tasks(String state) {
    return registry.get("coweave.loop.tasks").tag("state", state).gauge().value();
  }

  private double gauge(String name) {
    return registry.get("coweave.loop." + name).gauge().value();
  }

  private double counter(String name) {
    return registry.get("coweave.loop." + name).functionCounter().count();
  }
}

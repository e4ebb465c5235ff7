package dev.coweave.integrations;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.LoopFigures;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * What an {@link EventLoop} has to do, as meters of Micrometer.
 *
 * <pre>{@code
 * EventLoop loop = EventLoop.open("io");
 * new LoopMetrics(loop, "io").bindTo(registry);
 * }</pre>
 *
 * <table>
 *   <caption>All have the tag {@code loop}</caption>
 *   <tr><td>{@code coweave.loop.tasks}</td><td>gauge, by the tag {@code state}: running, ready, waiting</td></tr>
 *   <tr><td>{@code coweave.loop.started}, {@code coweave.loop.ended}</td><td>counters of tasks</td></tr>
 *   <tr><td>{@code coweave.loop.incoming}</td><td>gauge: what other threads have handed in that the loop hasn't taken</td></tr>
 *   <tr><td>{@code coweave.loop.timers}, {@code coweave.loop.channels}, {@code coweave.loop.workers}</td><td>gauges: timers that are set, tasks
 *     that wait for channels, worker threads that are busy for its tasks</td></tr>
 *   <tr><td>{@code coweave.loop.longest.step}</td><td>time gauge: the longest that one step was seen to keep the thread</td></tr>
 * </table>
 *
 * <p>The figures are taken when the registry asks, without stopping the loop; until then they cost nothing. The registry doesn't keep the
 * loop: the meters of one that is gone say {@code NaN}. Thread-safe.
 */
public final class LoopMetrics implements MeterBinder {
  private final EventLoop loop;
  private final Tags tags;

  /**
   * Makes a binder.
   *
   * @param loop whose figures are shown
   * @param name the value of the tag {@code loop}
   */
  public LoopMetrics(EventLoop loop, String name) {
    this(loop, name, Tags.empty());
  }

  /**
   * Makes a binder whose meters have more tags.
   *
   * @param loop whose figures are shown
   * @param name the value of the tag {@code loop}
   * @param tags those that the meters have besides
   */
  public LoopMetrics(EventLoop loop, String name, Iterable<Tag> tags) {
    this.loop = Objects.requireNonNull(loop, "loop");
    this.tags = Tags.concat(tags, "loop", name);
  }

  /**
   * Registers the meters.
   *
   * @param registry where they are asked for
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    tasks(registry, "running", f -> f.tasks() - f.ready() - f.waiting());
    tasks(registry, "ready", LoopFigures::ready);
    tasks(registry, "waiting", LoopFigures::waiting);
    counter(registry, "started", "Tasks that have been started", LoopFigures::started);
    counter(registry, "ended", "Tasks that have ended", LoopFigures::ended);
    gauge(registry, "incoming", "What was handed in and not taken yet", LoopFigures::incoming);
    gauge(registry, "timers", "Timers that are set", LoopFigures::timers);
    gauge(registry, "channels", "Tasks that wait for channels", LoopFigures::channels);
    gauge(registry, "workers", "Workers that are busy for its tasks", LoopFigures::workers);
    TimeGauge.builder(
            "coweave.loop.longest.step",
            loop,
            TimeUnit.NANOSECONDS,
            l -> l.figures().longestStep().toNanos())
        .description("The longest that one step was seen to keep the thread")
        .tags(tags)
        .register(registry);
  }

  private void tasks(MeterRegistry registry, String state, ToDoubleFunction<LoopFigures> figure) {
    Gauge.builder("coweave.loop.tasks", loop, l -> figure.applyAsDouble(l.figures()))
        .description("Tasks that have not ended")
        .baseUnit("tasks")
        .tags(tags)
        .tag("state", state)
        .register(registry);
  }

  private void gauge(
      MeterRegistry registry, String name, String what, ToDoubleFunction<LoopFigures> figure) {
    Gauge.builder("coweave.loop." + name, loop, l -> figure.applyAsDouble(l.figures()))
        .description(what)
        .tags(tags)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry, String name, String what, ToDoubleFunction<LoopFigures> figure) {
    FunctionCounter.builder("coweave.loop." + name, loop, l -> figure.applyAsDouble(l.figures()))
        .description(what)
        .baseUnit("tasks")
        .tags(tags)
        .register(registry);
  }
}

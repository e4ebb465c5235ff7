package dev.coweave.durable;

import dev.coweave.durable.format.Delivery;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.sql.RunTable.View;
import dev.coweave.durable.sql.Status;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Those outside who wait for runs to end, and what is to be tried again. Thread-safe. */
final class Watch {
  private final DurableEngine engine;
  private final Map<String, CompletableFuture<Object>> waiting = new ConcurrentHashMap<>();
  private final Queue<Runnable> again = new ConcurrentLinkedQueue<>();
  private long nextLook;

  Watch(DurableEngine engine) {
    this.engine = engine;
  }

  @SuppressWarnings("unchecked") // the handle's type
  <T extends @Nullable Object> CompletableFuture<T> outcome(String id) {
    CompletableFuture<Object> future = waiting.computeIfAbsent(id, i -> new CompletableFuture<>());
    look(id);
    return (CompletableFuture<T>) future.copy();
  }

  /** A run may have ended. */
  void look(String id) {
    CompletableFuture<Object> future = waiting.get(id);
    if (future == null) {
      return;
    }
    try {
      View view = engine.search(id);
      if (view == null) {
        complete(id, Delivery.failed(DurableEngine.noRun(id)));
      } else if (view.status() == Status.PARKED) {
        complete(
            id,
            Delivery.failed(
                new RunParked(String.valueOf(view.code()), String.valueOf(view.reason()))));
      } else if (view.status().isEnd()) {
        complete(id, engine.texts.outcomeOf(view));
      }
    } catch (FormatException e) {
      complete(id, Delivery.failed(DurableException.of(e)));
    } catch (RuntimeException e) {
      complete(id, Delivery.failed(e));
    }
  }

  private void complete(String id, Delivery outcome) {
    CompletableFuture<Object> future = waiting.remove(id);
    if (future == null) {
      return;
    }
    if (outcome.failure() != null) {
      future.completeExceptionally(outcome.failure());
    } else {
      future.complete(outcome.value());
    }
  }

  /** Other nodes may have ended the runs; from time to time. */
  void lookAtAll() {
    long now = System.nanoTime();
    if (now - nextLook < 0) {
      return;
    }
    nextLook = now + engine.options.poll().toNanos();
    for (Runnable r = again.poll(); r != null; r = again.poll()) {
      r.run();
    }
    List.copyOf(waiting.keySet()).forEach(this::look);
  }

  /** Tries something again at the next look. */
  void retry(Runnable r) {
    again.add(r);
  }

  void close() {
    waiting
        .keySet()
        .forEach(
            id ->
                complete(id, Delivery.failed(new CancellationException("the engine was closed"))));
  }
}

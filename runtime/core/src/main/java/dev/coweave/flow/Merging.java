package dev.coweave.flow;

import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.Outcomes;
import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** {@code AsyncGenerator.merge} and {@code buffer}: each source runs in a child task, which is ahead of the consumer by so many elements. */
final class Merging<T extends @Nullable Object> extends Operator<T> {
  private static final Operation MERGE = Operation.behind(Merging.class, "AsyncGenerator.merge");

  private static final int TAKING = 3;

  private final List<? extends AsyncGenerator<? extends T>> sources;
  private final int ahead;
  private @Nullable Handover<T> handover;

  /** One for each of the first sources: all, unless the home of this task has refused one. */
  private final List<Task<Void>> children = new ArrayList<>();

  /** How many sources are closed, or about to be. */
  private int closed;

  Merging(List<? extends AsyncGenerator<? extends T>> sources, int ahead) {
    super(sources.size() == 1 ? Handover.BUFFER : MERGE, sources);
    if (ahead < 1) {
      throw new IllegalArgumentException("a buffer of " + ahead + " elements; it holds at least 1");
    }
    this.sources = sources;
    this.ahead = ahead;
  }

  @Override
  boolean run(int at, Continuation c) {
    Handover<T> from = handover;
    if (from == null) {
      from = new Handover<>(sources.size());
      handover = from;
      for (AsyncGenerator<? extends T> s : sources) {
        children.add(start(s, from));
      }
    }
    Object item = at == TAKING ? c.takeRef() : from.take(c);
    if (c.suspended) {
      return stops(TAKING);
    }
    return item != Handover.END && yields(item == Handover.NULL ? null : item);
  }

  private Task<Void> start(AsyncGenerator<? extends T> source, Handover<T> to) {
    Task<Void> child = Task.start(new Feeding<T>(source, to.new Feed(ahead)));
    // As a dependent it also observes the failure, which the consumer gets.
    var unused = child.whenComplete((nothing, failure) -> ended(to, failure));
    return child;
  }

  /** Twice where memory or stack run out: the child swallows what its dependents throw. */
  private static void ended(Handover<?> to, @Nullable Throwable failure) {
    try {
      to.ended(failure);
    } catch (VirtualMachineError e) {
      to.ended(failure);
    }
  }

  /** A child's body: what {@code forEach} closes if it fails. */
  private record Feeding<T extends @Nullable Object>(
      AsyncGenerator<? extends T> source, Handover<T>.Feed feed)
      implements CoroutineRunnable, Woven {
    @Override
    public void run() {
      source.forEach(feed);
    }

    @Override
    public void run(Continuation c) {
      source.forEach(feed, c);
    }

    @Override
    public Class<?> coweave$class() {
      return Feeding.class;
    }
  }

  private record Ended(CompletableFuture<?> future) implements CoroutineRunnable, Woven {
    @Override
    public void run() {
      Task.await(future);
    }

    @Override
    public void run(Continuation c) {
      Task.await(future, c);
    }

    @Override
    public Class<?> coweave$class() {
      return Ended.class;
    }
  }

  /** The sources are the children's to close, if they have some: the first time waits for all of them, whatever happens to this task. */
  @Override
  void close(AsyncGenerator<?> source, Continuation c) {
    int i = closed++;
    if (i >= children.size()) {
      source.close(c);
    } else if (i == 0) {
      List<Task<Void>> cancelled = children.stream().filter(t -> t.cancel(false)).toList();
      CompletableFuture<?> ended =
          CompletableFuture.allOf(cancelled.toArray(CompletableFuture<?>[]::new))
              .handle((nothing, failure) -> null)
              .thenAccept(nothing -> throwInCleanUp(cancelled));
      Task.shield(new Ended(ended), c);
    }
  }

  /** Throws what failed while children cleaned up, the first with the others suppressed: nobody else hears of it. */
  private static void throwInCleanUp(List<Task<Void>> cancelled) {
    Throwable first = null;
    for (Task<Void> child : cancelled) {
      for (Throwable t : failures(child)) {
        if (first == null) {
          first = t;
        } else if (first != t) {
          first.addSuppressed(t);
        }
      }
    }
    if (first != null) {
      Continuation.<RuntimeException>sneakyThrow(first);
    }
  }

  /** What a child that was cancelled has failed with, or has suppressed. */
  private static List<Throwable> failures(Task<Void> child) {
    try {
      Outcomes.of(child);
      return List.of();
    } catch (CancellationException e) {
      Throwable thrown = e.getCause();
      return thrown == null ? List.of() : List.of(thrown.getSuppressed());
    } catch (Throwable t) {
      return List.of(t);
    }
  }

  @Override
  protected void clear() {
    super.clear();
    handover = null;
    children.clear();
  }
}

package dev.coweave.task;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The callbacks that waits which ended early have at futures, for the next waits there. Keeps no future. Thread-safe. */
final class Leftovers {
  private static final Map<Key, ArrayDeque<Awaiting.FutureWait<?>>> ALL = new ConcurrentHashMap<>();
  private static final ReferenceQueue<CompletableFuture<?>> GARBAGE = new ReferenceQueue<>();

  private Leftovers() {}

  /** A future, by its identity. */
  private static final class Key extends WeakReference<CompletableFuture<?>> {
    private final int hash;

    Key(CompletableFuture<?> future, @Nullable ReferenceQueue<CompletableFuture<?>> queue) {
      super(future, queue);
      this.hash = System.identityHashCode(future);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object o) {
      CompletableFuture<?> mine = get();
      return this == o || o instanceof Key k && mine != null && k.refersTo(mine);
    }
  }

  static void add(CompletableFuture<?> future, Awaiting.FutureWait<?> left) {
    for (Reference<?> r = GARBAGE.poll(); r != null; r = GARBAGE.poll()) {
      ALL.remove((Key) r);
    }
    ALL.compute(
        new Key(future, GARBAGE),
        (k, all) -> {
          ArrayDeque<Awaiting.FutureWait<?>> more = all == null ? new ArrayDeque<>(1) : all;
          more.push(left);
          return more;
        });
  }

  /** Takes one out; null if none is left. */
  @SuppressWarnings("unchecked") // left at this future
  static <T extends @Nullable Object> Awaiting.@Nullable FutureWait<T> take(
      CompletableFuture<T> future) {
    if (ALL.isEmpty()) {
      return null;
    }
    Awaiting.FutureWait<?>[] taken = new Awaiting.FutureWait<?>[1];
    ALL.computeIfPresent(
        new Key(future, null),
        (k, all) -> {
          taken[0] = all.poll();
          return all.isEmpty() ? null : all;
        });
    return (Awaiting.FutureWait<T>) taken[0];
  }
}

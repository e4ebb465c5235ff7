package dev.coweave.task;

import dev.coweave.coroutine.Frame;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The state that only few tasks need, apart from them so that a task is small. */
final class TaskDetails {
  private static final AtomicLong NUMBERS = new AtomicLong();

  /** Its name since its start, or since somebody first asked. */
  private volatile @Nullable String name;

  /** The values of its {@link TaskLocal}s; immutable, shared with its children. Touched by the task's turns only. */
  @Nullable Locals locals;

  /** The values of {@link ThreadContext}s between its turns. Touched by these only. */
  @Nullable Contexts contexts;

  /** The innermost cancel scope that its run is in. Written by the task's turns only. */
  @Nullable CancelScope scope;

  /** The innermost async generator or scope that its calls are inside of, while it is parked; see {@code Continuation.within}. */
  @Nullable Frame inside;

  /** What it has begun last, of all that it has not finished. By its own turns only. */
  @Nullable Unfinished unfinished;

  /** Its waits that threw its cancellation at once; null where none has. By its own turns only. */
  @Nullable Swallowing swallowing;

  /** What is noted while it is recorded; null otherwise. By its own turns only. */
  @Nullable Recorded recorded;

  /** Its failure, which nobody has asked for. */
  volatile Unobserved.@Nullable Ticket ticket;

  /** The futures that depend on it and pass a failure on, while it runs; guarded by this. */
  private @Nullable List<WeakReference<CompletableFuture<?>>> dependents;

  /** Guarded by this. */
  private TaskFuture.@Nullable Requested requested;

  /** The waits for its end, oldest first; guarded by this. */
  private @Nullable Awaiter<?> firstWait;

  private @Nullable Awaiter<?> lastWait;

  TaskDetails(@Nullable String name, @Nullable Locals locals, @Nullable Contexts contexts) {
    this.name = name;
    this.locals = locals;
    this.contexts = contexts;
  }

  /** Its name; if it has none, one with the scheduler's next number. */
  String name(Scheduler scheduler) {
    String n = name;
    return n == null ? number(scheduler) : n;
  }

  /** The next of the numbers that are in no other name of this program. */
  static long nextNumber() {
    return NUMBERS.incrementAndGet();
  }

  private synchronized String number(Scheduler scheduler) {
    String n = name;
    if (n == null) {
      n = "task-" + scheduler.nextNumber();
      name = n;
    }
    return n;
  }

  synchronized boolean request(TaskFuture.Requested outcome) {
    if (requested != null) {
      return false;
    }
    requested = outcome;
    return true;
  }

  synchronized TaskFuture.@Nullable Requested requested() {
    return requested;
  }

  /** A wait has thrown the cancellation at once. */
  void refused(TaskFuture<?> task) {
    Swallowing s = swallowing;
    if (s == null) {
      s = new Swallowing();
      swallowing = s;
    }
    s.refused(task);
  }

  /** Its cancellation was caught. */
  void caughtCancellation() {
    if (swallowing != null) {
      swallowing.caught();
    }
  }

  // ---- futures that depend on it

  synchronized void passesOn(CompletableFuture<?> dependent) {
    if (dependents == null) {
      dependents = new ArrayList<>(1);
    }
    dependents.add(new WeakReference<>(dependent));
  }

  /**
   * Whether somebody will be told of the outcome when the task ends now.
   *
   * @param number how many futures depend on the task
   */
  synchronized boolean hasAskers(int number) {
    int dropped = 0;
    if (dependents != null) {
      for (WeakReference<CompletableFuture<?>> r : dependents) {
        CompletableFuture<?> f = r.get();
        if (f != null && f.getNumberOfDependents() > 0) {
          return true; // what depends on that may ask
        }
        dropped += f == null ? 0 : 1;
      }
      dependents = null;
    }
    return number > dropped;
  }

  // ---- who waits for its end

  /** Another task's wait for the end of this one, in a list that it leaves if it ends before. */
  abstract static class Awaiter<T extends @Nullable Object> extends Resumption<T> {
    // Neighbours; guarded by the details of the task that is awaited.
    private @Nullable Awaiter<?> previous;
    private @Nullable Awaiter<?> next;

    Awaiter(TaskState<?> waiting) {
      super(waiting);
    }

    /** The task has ended. Allocates nothing: the next turn asks it for its outcome. */
    final void ended() {
      endLater();
    }
  }

  /** Adds a wait; false if the task has ended, and will tell nobody. */
  synchronized boolean add(Awaiter<?> w, TaskState<?> task) {
    if (task.isDone()) {
      return false;
    }
    Awaiter<?> l = lastWait;
    w.previous = l;
    if (l == null) {
      firstWait = w;
    } else {
      l.next = w;
    }
    lastWait = w;
    return true;
  }

  /** A wait has ended before; it may have left. */
  synchronized void remove(Awaiter<?> w) {
    Awaiter<?> p = w.previous;
    Awaiter<?> n = w.next;
    if (p == null && firstWait != w) {
      return;
    }
    if (p == null) {
      firstWait = n;
    } else {
      p.next = n;
    }
    if (n == null) {
      lastWait = p;
    } else {
      n.previous = p;
    }
    w.previous = null;
    w.next = null;
  }

  /** The first that waits for it; null if nobody does. */
  synchronized @Nullable Awaiter<?> firstWait() {
    return firstWait;
  }
}

package dev.coweave.flow;

import dev.coweave.CoroutineConsumer;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.AfterPause;
import dev.coweave.task.Resumption;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Where child tasks leave elements for one consumer. Each may be ahead by so many elements: having put one more, it waits until the consumer has
 * taken one of its own. Thread-safe.
 */
final class Handover<T extends @Nullable Object> {
  static final Operation NEXT = Operation.behind(Handover.class, "AsyncGenerator.next");
  static final Operation BUFFER = Operation.behind(Handover.class, "AsyncGenerator.buffer");

  /** {@link #take} returns it when all children have ended. */
  static final Object END = new Object();

  static final Object NULL = new Object();

  /** The wait of an operation on a generator. It may be ended under a lock; then the task is woken outside. */
  static final class Wait extends Resumption<@Nullable Object> {
    private final Operation operation;

    Wait(TaskState<?> task, Operation operation) {
      super(task);
      this.operation = operation;
    }

    @SuppressWarnings("NullAway") // null where nobody looks at it
    boolean grant(@Nullable Object value) {
      return claim(value);
    }

    void go() {
      wake();
    }

    @SuppressWarnings("NullAway") // nobody looks at it
    void end() {
      resume(null);
    }

    @Override
    protected Operation operation() {
      return operation;
    }

    @Override
    protected boolean joins() {
      return operation == NEXT;
    }
  }

  private record Item(Object element, Handover<?>.Feed from) {}

  // All guarded by this.
  private final Queue<Item> items = new ArrayDeque<>();
  private @Nullable Wait taker;
  private int children;
  private @Nullable Throwable failure;

  Handover(int children) {
    this.children = children;
  }

  /** A child's side: takes each element of its source. */
  final class Feed implements CoroutineConsumer<T>, Woven {
    private final int limit;
    private int ahead;
    private @Nullable Wait room;

    Feed(int limit) {
      this.limit = limit;
    }

    @Override
    public void accept(T element) {
      throw new AssertionError("entered by its twin");
    }

    @Override
    public void accept(T element, Continuation c) {
      if (TaskContinuation.isSpent(c)) {
        AfterPause.act(BUFFER, d -> accept(element, d), c);
        return;
      }
      TaskContinuation tc = TaskContinuation.toWait(c, BUFFER);
      Wait full = null;
      Wait granted;
      synchronized (Handover.this) {
        Object item = element == null ? NULL : element;
        granted = taker != null && taker.grant(item) ? taker : null;
        taker = null;
        if (granted == null) {
          items.add(new Item(item, this));
          if (++ahead >= limit) {
            full = new Wait(tc.task(), BUFFER);
            room = full;
          }
        }
      }
      if (granted != null) {
        try {
          granted.go();
        } catch (VirtualMachineError e) {
          granted.wakeLater(); // The operation is done all the same.
        }
      }
      if (full != null) {
        tc.suspend(full);
      }
    }

    /** One of its elements was taken; the wait to be woken, if that ends it. */
    private @Nullable Wait taken() {
      ahead--;
      Wait w = room;
      room = null;
      return w != null && w.grant(null) ? w : null;
    }

    @Override
    public Class<?> coweave$class() {
      return Feed.class;
    }
  }

  /**
   * Takes the next element; waits while there is none.
   *
   * @return the element, {@link #NULL} or {@link #END}; a dummy if c.suspended
   */
  @SuppressWarnings("NullAway") // a dummy
  @Nullable Object take(Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      return AfterPause.run(NEXT, this::take, c);
    }
    Wait room;
    Wait wait = null;
    Object element = null;
    TaskContinuation tc = null;
    synchronized (this) {
      Item item = items.poll();
      room = item == null ? null : item.from.taken();
      if (item != null) {
        element = item.element;
      } else if (failure != null) {
        LogicalStack.joined(failure, NEXT, null, c);
        Continuation.<RuntimeException>sneakyThrow(failure);
      } else if (children == 0) {
        element = END;
      } else {
        tc = TaskContinuation.toWait(c, NEXT);
        wait = new Wait(tc.task(), NEXT);
        taker = wait;
      }
    }
    if (room != null) {
      try {
        room.go();
      } catch (VirtualMachineError e) {
        room.wakeLater(); // as above
      }
    }
    return wait == null || tc == null ? element : tc.suspend(wait);
  }

  /** A child has ended. */
  void ended(@Nullable Throwable t) {
    Wait w = null;
    Throwable fails;
    synchronized (this) {
      children--;
      if (t != null && failure == null) {
        failure = t;
      }
      fails = failure;
      if (taker != null && (fails != null || children == 0)) {
        w = taker;
        taker = null;
      }
    }
    if (w == null) {
      return;
    }
    try {
      end(w, fails);
    } catch (VirtualMachineError e) {
      end(w, fails); // It has nobody else.
    }
  }

  private static void end(Wait w, @Nullable Throwable fails) {
    if (fails != null) {
      w.fail(fails);
    } else {
      w.resume(END);
    }
  }
}

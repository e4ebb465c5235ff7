package dev.coweave.loop;

import dev.coweave.task.TaskState;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Takes in what comes to a {@link TickLoop} between its ticks and from other threads; the loop takes all of it as the next tick begins. Without locks. */
final class TickInbox {
  // A stack, which its owner takes as a whole and turns round: so what came first is first. Once
  // the loop has ended END lies on it for ever, and decides what came too late.

  private static final VarHandle TOP;

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(TickInbox.class, "top", Node.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A task that begins, and is ready. */
  record Begin(Ticking loop, TaskState<?> task) implements Runnable {
    @Override
    public void run() {
      loop.add(task, false);
    }
  }

  private static final class Node {
    final Runnable action;
    @Nullable Node next;

    Node(Runnable action) {
      this.action = action;
    }
  }

  private static final Node END = new Node(() -> {});

  /** The entry that came last. */
  private volatile @Nullable Node top;

  /** The entries that were taken and haven't been done, in their order; the owner's. */
  private @Nullable Node taken;

  private volatile boolean closed;

  /** The owner while it waits for something to come. */
  private volatile @Nullable Thread sleeper;

  /** Hands in work from outside. Any thread. */
  void offer(Runnable action) {
    if (closed || !put(action)) {
      throw new RejectedExecutionException("the tick loop is closed");
    }
  }

  /**
   * Hands in what belongs to tasks that are there. Any thread.
   *
   * @return false if the loop has ended
   */
  boolean put(Runnable action) {
    Node n = new Node(action);
    Node before;
    do {
      before = top;
      if (before == END) {
        return false;
      }
      n.next = before;
    } while (!TOP.compareAndSet(this, before, n));
    LockSupport.unpark(sleeper);
    return true;
  }

  /** Whether anything is in. Any thread. */
  boolean isEmpty() {
    Node t = top;
    return (t == null || t == END) && taken == null;
  }

  // ---- the owner

  /**
   * Does all that has come in, in the order in which it came, and leaves what comes in meanwhile: there may be no end of that. An entry that
   * throws, for want of memory, is done again at the next call.
   */
  void drain() {
    doTaken();
    if (top != null && top != END) {
      Node first = null;
      // From here on nothing is called until all is kept in order: it would be lost where the
      // stack is full.
      for (Node n = (Node) TOP.getAndSet(this, null); n != null; ) {
        Node older = n.next;
        n.next = first;
        first = n;
        n = older;
      }
      taken = first;
      doTaken();
    }
  }

  private void doTaken() {
    for (Node n = taken; n != null; n = n.next) {
      taken = n;
      n.action.run();
    }
    taken = null;
  }

  /** Refuses work from outside from now on. */
  void close() {
    closed = true;
  }

  /** Whether it takes nothing any more. Any thread. */
  boolean hasEnded() {
    return top == END;
  }

  /** Takes nothing any more, if nothing is in. */
  boolean end() {
    return isEmpty() && (top == END || TOP.compareAndSet(this, null, END));
  }

  /** Waits until something comes, for a time or a little less. */
  void sleep(long nanos) {
    sleeper = Thread.currentThread();
    if (isEmpty()) {
      LockSupport.parkNanos(this, nanos);
    }
    sleeper = null;
  }

  /** The tasks that are yet to begin. Any thread: right for some moment. */
  List<TaskState<?>> begins() {
    List<TaskState<?>> newestFirst = new ArrayList<>();
    for (Node n = top; n != null; n = n.next) {
      if (n.action instanceof Begin b) {
        newestFirst.add(b.task);
      }
    }
    Collections.reverse(newestFirst);
    return newestFirst;
  }
}

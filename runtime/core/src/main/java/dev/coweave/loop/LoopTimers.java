package dev.coweave.loop;

import dev.coweave.loop.Inbox.Handed;
import dev.coweave.task.Timer;

/** The timers of a loop, on its thread. */
final class LoopTimers {
  private final TimerHeap heap;
  private final Clock clock;
  private final LoopContinuation continuation;
  private final Inbox inbox;
  private final Pulse pulse;

  /** They are being fired. One that is set now and due at once must not keep tasks, channels and other threads waiting. */
  private boolean fires;

  LoopTimers(TimerHeap heap, Clock clock, LoopContinuation continuation, Inbox inbox, Pulse pulse) {
    this.heap = heap;
    this.clock = clock;
    this.continuation = continuation;
    this.inbox = inbox;
    this.pulse = pulse;
  }

  /**
   * Sets a timer.
   *
   * @param deadline when it fires, in nanoseconds of the loop's clock
   */
  void add(Timer timer, long deadline) {
    if (fires && isDue(deadline)) { // Each look fires those that it finds, not more.
      inbox.put(new Handed.Control(() -> heap.add(timer, deadline)));
    } else {
      heap.add(timer, deadline);
    }
  }

  void remove(Timer timer) {
    heap.remove(timer);
  }

  boolean isEmpty() {
    return heap.isEmpty();
  }

  int size() {
    return heap.size();
  }

  /** When the first is due; there must be one. */
  long firstDeadline() {
    return heap.firstDeadline();
  }

  /** How long it is until the first is due, in nanoseconds; there must be one. */
  long untilFirst() {
    return heap.firstDeadline() - clock.nanoTime();
  }

  /** Whether one is due; reads the clock. */
  boolean isDue() {
    return !heap.isEmpty() && isDue(heap.firstDeadline());
  }

  private boolean isDue(long deadline) {
    long now = clock.nanoTime();
    continuation.now(now);
    return deadline - now <= 0;
  }

  /** Fires those that are due, and returns whether any was. */
  boolean fire() {
    if (!isDue()) {
      return false;
    }
    long now = continuation.now(); // as it was just read
    fires = true;
    try {
      do {
        pulse.step();
        heap.fireFirst();
      } while (!heap.isEmpty() && heap.firstDeadline() - now <= 0);
    } finally {
      fires = false;
    }
    return true;
  }
}

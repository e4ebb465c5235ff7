package dev.coweave.loop;

import java.util.concurrent.Executor;

/** Says what a loop runs next, and stands for the chance and the threads that its tasks would meet. */
interface Stepping {
  /** In place of the loop's queue. */
  ReadyQueue queue();

  /** In place of the loop's timers. */
  TimerHeap timers();

  /** See {@code Scheduler.random}. */
  int random(int bound);

  /** See {@code Scheduler.nextNumber}. */
  long nextNumber();

  /** Returns the executor of calls that may block. */
  Executor workers();

  /** Something failed, and nobody asks for it. */
  void failed(String what, Throwable failure);
}

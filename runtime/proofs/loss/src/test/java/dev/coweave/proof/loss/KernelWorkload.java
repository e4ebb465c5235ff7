package dev.coweave.proof.loss;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.sync.Barrier;
import dev.coweave.sync.Channel;
import dev.coweave.sync.ChannelClosed;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Select;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import dev.coweave.wait.OffloadedCall;
import dev.coweave.wait.Poller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tasks that switch, save, fail and wake each other up. */
public final class KernelWorkload extends Workload {
  private static final Operation OUTSIDE = Operation.of(KernelWorkload.class, "waitsOutside");

  private boolean strict;

  /** The task that cleans up has, or has never begun. */
  private final AtomicBoolean clean = new AtomicBoolean(true);

  @Override
  void run(String scenario) {
    strict = scenario.equals("giving");
    switch (scenario) {
      case "switch" -> switches();
      case "save" -> saves();
      case "failure" -> fails();
      case "wake-up" -> wakes();
      case "cancellation" -> cancels();
      case "meeting" -> meets();
      case "stream" -> streams();
      case "call" -> calls();
      case "channel" -> waitsOutside();
      case "job" -> jobs();
      case "giving" -> gives();
      case "sleep" -> begin(() -> Task.sleep(SHORT));
      case "clean-up" -> cleansUp();
      default -> throw new IllegalArgumentException(scenario);
    }
  }

  private void cleansUp() {
    begin(
        () -> {
          clean.set(false);
          try {
            Task.yield();
            Task.sleep(MOMENT);
          } finally {
            clean.set(true);
          }
        });
  }

  @Override
  String end() {
    return clean.get() ? "" : "a task has ended without its finally";
  }

  private void switches() {
    for (int i = 0; i < 2; i++) {
      begin(() -> yields(3));
    }
  }

  @Coroutine
  private static void yields(int times) {
    for (int i = 0; i < times; i++) {
      Task.yield();
    }
  }

  private void saves() {
    begin(() -> deep(5, 1, "two"));
    begin(() -> deep(300, 1, "two"));
  }

  @Coroutine
  private static long deep(int n, long a, Object b) {
    if (n == 0) {
      Task.sleep(MOMENT);
      return a;
    }
    return deep(n - 1, a + 1, b) + b.hashCode();
  }

  private void fails() {
    begin(
        () -> {
          Task<Integer> failing = Task.start(() -> throwsAfterAYield());
          try {
            failing.await();
          } catch (IllegalStateException e) {
            Task.yield();
          }
        });
    begin(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> throwsAfterAYield());
            scope.fork(() -> Task.sleep(Duration.ofHours(1)));
            scope.join();
          } catch (IllegalStateException e) {
            Task.yield();
          }
        });
  }

  @Coroutine
  private static Integer throwsAfterAYield() {
    Task.yield();
    throw new IllegalStateException("the program's own");
  }

  private void wakes() {
    Channel<Integer> channel = new Channel<>(1);
    Mutex mutex = new Mutex();
    CompletableFuture<Integer> future = new CompletableFuture<>();
    begin(() -> sends(channel));
    begin(() -> receives(channel));
    begin(() -> locks(mutex));
    begin(() -> locks(mutex));
    begin(
        () -> {
          Task.await(future);
          Task.blocking(() -> 1);
        });
    begin(
        () -> {
          Task.yield();
          future.complete(1);
        });
  }

  @Coroutine
  private static void sends(Channel<Integer> channel) {
    for (int i = 0; i < 4; i++) {
      channel.send(i);
    }
    channel.close();
  }

  @Coroutine
  private static void receives(Channel<Integer> channel) {
    try {
      while (true) {
        channel.receive();
      }
    } catch (ChannelClosed e) {
      Task.yield();
    }
  }

  @Coroutine
  private static void locks(Mutex mutex) {
    mutex.lock();
    try {
      Task.yield();
    } finally {
      mutex.unlock();
    }
  }

  private void cancels() {
    begin(
        () -> {
          Task<Void> other = Task.start(() -> Task.sleep(Duration.ofHours(1)));
          Task.yield();
          other.cancel(false);
          try {
            other.await();
          } catch (java.util.concurrent.CancellationException e) {
            Task.yield();
          }
        });
    begin(
        () -> {
          try {
            Task.timeout(Duration.ofMillis(1), () -> Task.sleep(Duration.ofHours(1)));
          } catch (TimeoutException e) {
            Task.yield();
          }
        });
  }

  private void meets() {
    Channel<Integer> first = new Channel<>(0);
    Channel<Integer> second = new Channel<>(1);
    Semaphore semaphore = new Semaphore(0);
    Signal signal = new Signal();
    Barrier barrier = new Barrier(2);
    begin(
        () -> {
          for (int i = 0; i < 3; i++) {
            Select.<Integer>select(first.onSend(i, () -> 1), second.onSend(i, () -> 2));
          }
        });
    begin(
        () -> {
          for (int i = 0; i < 3; i++) {
            Select.<Integer>select(
                first.onReceive().ifClosed(() -> 0), second.onReceive().ifClosed(() -> 0));
          }
        });
    for (int i = 0; i < 2; i++) {
      begin(
          () -> {
            Select.<Integer>select(semaphore.onAcquire(() -> 1), signal.onSet(() -> 2));
            semaphore.acquire();
            signal.await();
            barrier.await();
          });
    }
    begin(
        () -> {
          Task.yield();
          semaphore.release(4);
          Task.yield();
          signal.set();
        });
  }

  private void streams() {
    begin(
        () -> {
          try (AsyncGenerator<Integer> all = counts().buffer(1)) {
            while (all.hasNext()) {
              all.next();
              Task.yield();
            }
          }
        });
  }

  @Coroutine
  private static AsyncGenerator<Integer> counts() {
    for (int i = 0; i < 4; i++) {
      Task.sleep(MOMENT);
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  private void calls() {
    begin(
        () -> {
          CompletableFuture<Integer> one = later(1);
          CompletableFuture<Integer> two = later(2);
          Task.await(one);
          Task.await(two);
        });
    begin(() -> Task.shield(() -> Task.sleep(MOMENT)));
    call(this::callsPlainly);
  }

  @Coroutine
  private static CompletableFuture<Integer> later(int times) {
    yields(times);
    return CompletableFuture.completedFuture(times);
  }

  private void callsPlainly() {
    for (int i = 0; i < 3; i++) {
      try {
        sleepsTwice();
        later(1).get();
      } catch (Throwable t) {
        told.set(true);
        if (!Thread.interrupted()) { // else it was cancelled by us, which each later call sees too
          failedCalls.add(t);
        }
      }
    }
  }

  @Coroutine
  private static void sleepsTwice() {
    Task.sleep(MOMENT);
    Task.await(Task.start(() -> Task.sleep(MOMENT)));
  }

  @Override
  boolean mayLeaveOthers() {
    return !strict;
  }

  /** Who gives something back or sends, and is told of an error, does it again: then the others have it. */
  private void gives() {
    Semaphore semaphore = new Semaphore(0);
    Mutex mutex = new Mutex();
    mutex.tryLock();
    Signal signal = new Signal();
    Channel<Integer> channel = new Channel<>(1);
    for (int i = 0; i < 2; i++) {
      begin(() -> semaphore.acquire());
      begin(() -> signal.await());
      begin(() -> receives(channel));
    }
    begin(() -> mutex.lock());
    call(
        () -> {
          surely(() -> semaphore.release(2));
          surely(signal::set);
          surely(() -> channel.trySend(1));
          surely(channel::close);
          surely(mutex::unlock);
        });
  }

  private void surely(Runnable action) {
    try {
      action.run();
    } catch (VirtualMachineError e) {
      told.set(true);
      action.run();
    }
  }

  private void jobs() {
    for (int i = 0; i < 3; i++) {
      handIn();
    }
    begin(
        () -> {
          handIn();
          Task.yield();
          handIn();
        });
  }

  private void waitsOutside() {
    try {
      Pipe pipe = Pipe.open();
      pipe.source().configureBlocking(false);
      pipe.sink().configureBlocking(false);
      begin(() -> reads(pipe.source()));
      begin(() -> writes(pipe.sink()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    begin(() -> OffloadedCall.call(OUTSIDE, "nobody", () -> 1));
  }

  @Coroutine
  private static void reads(Pipe.SourceChannel from) throws IOException {
    try {
      ByteBuffer to = ByteBuffer.allocate(2);
      while (from.read(to) >= 0) {
        to.clear();
        Poller.await(from, SelectionKey.OP_READ, OUTSIDE);
      }
    } finally {
      Poller.close(from);
    }
  }

  @Coroutine
  private static void writes(Pipe.SinkChannel to) throws IOException {
    try {
      for (int i = 0; i < 3; i++) {
        Poller.await(to, SelectionKey.OP_WRITE, OUTSIDE);
        to.write(ByteBuffer.allocate(2));
        Task.sleep(MOMENT);
      }
    } finally {
      Poller.close(to);
    }
  }
}

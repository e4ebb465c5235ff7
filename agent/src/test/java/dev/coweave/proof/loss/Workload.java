package dev.coweave.proof.loss;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Operation;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;

/**
 * What a faulty runtime is tried with: a few tasks that switch, save, fail and wake each other up, on a loop or in an executor, and a look
 * afterwards at whether each has ended and the next runs. Loaded with the runtime, so it is spoken to through the JDK's types.
 */
public final class Workload implements BiFunction<String, Runnable[], String> {
  private static final Duration MOMENT = Duration.ofNanos(100);
  private static final Duration SHORT = Duration.ofMillis(10);
  private static final Duration LONG = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(3);

  private static final Operation OUTSIDE = Operation.of(Workload.class, "waitsOutside");

  private final List<Task<?>> tasks = new ArrayList<>();

  /** Threads that call coroutines as plain code does. */
  private final List<Thread> callers = new ArrayList<>();

  /** Somebody was told of an error. */
  private final AtomicBoolean told = new AtomicBoolean();

  /** One may fail: after that the thread is as before. */
  private final List<Throwable> failedCalls = new CopyOnWriteArrayList<>();

  private EventLoop loop;
  private ExecutorService pool;

  /**
   * Runs one scenario.
   *
   * @param name {@code loop} or {@code executor}, a blank, the scenario
   * @param faults what to call before and after the part that may fail
   * @return what is wrong; empty for nothing
   */
  @Override
  public String apply(String name, Runnable[] faults) {
    if (name.startsWith("loop")) {
      loop = EventLoop.open("faulty");
    } else {
      pool = Executors.newFixedThreadPool(2);
    }
    try {
      await(start(() -> Task.yield()), "the first task");
      tasks.clear();
      callers.clear();
      failedCalls.clear();
      told.set(false);
      String scenario = name.substring(name.indexOf(' ') + 1);
      if (faults.length > 2) {
        run(scenario);
        settle(LONGEST, LONGEST);
        tasks.clear();
        callers.clear();
        told.set(false);
      }
      faults[0].run();
      try {
        run(scenario);
      } catch (VirtualMachineError e) {
        told.set(true); // this caller
      }
      boolean ended = settle(LONG, SHORT);
      faults[1].run();
      boolean noticed = told.get();
      if (!ended) {
        for (Task<?> t : tasks) {
          t.cancel(false);
        }
        callers.forEach(Thread::interrupt);
        if (!settle(LONGEST, LONGEST)) {
          return "lost: "
              + tasks.stream().filter(t -> !t.isDone()).toList()
              + callers.stream().filter(Thread::isAlive).toList();
        }
        if (!noticed) {
          return "nobody was told, and some had to be cancelled: " + tasks;
        }
      }
      await(start(() -> Task.sleep(MOMENT)), "the next task");
      // A class that couldn't be initialised can't be used ever after (JVMS 5.5); that is told.
      if (failedCalls.size() > 1
          && failedCalls.stream().noneMatch(NoClassDefFoundError.class::isInstance)) {
        return "a thread was left as it should not be, and its next call failed: " + failedCalls;
      }
      if (loop != null) {
        loop.shutdownNow();
        if (!loop.awaitTermination(5, TimeUnit.SECONDS)) {
          return "the loop doesn't end: " + loop;
        }
      }
      return "";
    } catch (Throwable t) {
      return "broken: " + t;
    } finally {
      if (loop != null) {
        loop.shutdownNow();
      } else {
        pool.shutdownNow();
      }
    }
  }

  private static void await(Task<?> t, String what) throws Exception {
    try {
      t.get(5, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(what + " doesn't end: " + t, e);
    }
  }

  private Task<?> start(CoroutineRunnable body) {
    return loop != null ? loop.start(body) : Task.start(pool, body);
  }

  /** Starts a task that notices errors. */
  private void begin(CoroutineRunnable body) {
    try {
      tasks.add(start(() -> notices(body)));
    } catch (Throwable t) {
      told.set(true);
    }
  }

  @Coroutine
  private void notices(CoroutineRunnable body) {
    try {
      body.run();
    } catch (Throwable t) {
      told.set(true);
      throw sneaky(t);
    }
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneaky(Throwable t) throws X {
    throw (X) t;
  }

  /**
   * Waits until all have ended.
   *
   * @param limit how long at most
   * @param onceTold how long once somebody was told of an error and no thread calls any more: the others may wait for what will never come, and have to be
   *     cancelled
   */
  private boolean settle(Duration limit, Duration onceTold) {
    long end = System.nanoTime() + limit.toNanos();
    boolean known = false;
    while (System.nanoTime() < end) {
      if (tasks.stream().anyMatch(Task::isCompletedExceptionally)) {
        told.set(true);
      }
      boolean calling = callers.stream().anyMatch(Thread::isAlive);
      if (!calling && tasks.stream().allMatch(Task::isDone)) {
        return true;
      }
      if (!known && !calling && told.get()) {
        known = true;
        end = Math.min(end, System.nanoTime() + onceTold.toNanos());
      }
      LockSupport.parkNanos(20_000);
    }
    return false;
  }

  // ---- the scenarios

  private void run(String scenario) {
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
      case "sleep" -> begin(() -> Task.sleep(SHORT));
      default -> throw new IllegalArgumentException(scenario);
    }
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
    Thread caller = new Thread(this::callsPlainly, "caller");
    caller.setDaemon(true);
    callers.add(caller);
    caller.start();
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

package dev.coweave.proof.loss;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.TickLoop;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;

/**
 * What a faulty runtime is tried with: a few tasks on a loop, in an executor or on a tick loop, and a look afterwards at whether each has
 * ended and the next runs. Loaded with the runtime, so it is spoken to through the JDK's types.
 */
public abstract class Workload implements BiFunction<String, Runnable[], String> {
  static final Duration MOMENT = Duration.ofNanos(100);
  static final Duration SHORT = Duration.ofMillis(10);
  private static final Duration LONG = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  final List<Task<?>> tasks = new CopyOnWriteArrayList<>();

  /** A task that goes on until the scenario is over; null for none. */
  Task<?> serving;

  /** Threads that call coroutines as plain code does. */
  private final List<Thread> callers = new CopyOnWriteArrayList<>();

  /** How often each job ran that was handed in. */
  private final List<AtomicInteger> jobs = new CopyOnWriteArrayList<>();

  /** Somebody was told of an error. */
  final AtomicBoolean told = new AtomicBoolean();

  /** One may fail: after that the thread is as before. */
  final List<Throwable> failedCalls = new CopyOnWriteArrayList<>();

  private EventLoop loop;
  private ExecutorService pool;
  Ticker ticker;

  /** Begins a scenario. */
  abstract void run(String scenario);

  /** Whether those who were told of an error may leave others waiting for what will never come: these have to be cancelled. */
  boolean mayLeaveOthers() {
    return true;
  }

  /** Somebody was told of an error, and others wait. */
  void told() {}

  /** Looks at what the scenario has left, and ends that; nothing throws any more. Returns what is wrong, empty for nothing. */
  String end() throws Exception {
    return "";
  }

  /**
   * Runs one scenario.
   *
   * @param name {@code loop}, {@code executor} or {@code ticks}, a blank, the scenario
   * @param faults what to call before and after the part that may fail; a third if the scenario is to run once before
   * @return what is wrong; empty for nothing
   */
  @Override
  public final String apply(String name, Runnable[] faults) {
    try {
      open(name.substring(0, name.indexOf(' ')));
      await(start(() -> Task.yield()), "the first task");
      forget();
      String scenario = name.substring(name.indexOf(' ') + 1);
      if (faults.length > 2) {
        run(scenario);
        settle(LONGEST, LONGEST);
        end();
        forget();
      }
      String wrong = runFaulty(scenario, faults);
      return wrong.isEmpty() ? shutDown() : wrong;
    } catch (Throwable t) {
      return "broken: "
          + t
          + " at "
          + List.of(t.getStackTrace()).subList(0, Math.min(8, t.getStackTrace().length));
    } finally {
      close();
    }
  }

  private void open(String home) {
    switch (home) {
      case "loop" -> loop = EventLoop.open("faulty");
      case "executor" -> pool = Executors.newFixedThreadPool(2);
      case "ticks" -> ticker = new Ticker();
      default -> throw new IllegalArgumentException(home);
    }
  }

  private void forget() {
    tasks.clear();
    callers.clear();
    jobs.clear();
    failedCalls.clear();
    told.set(false);
  }

  private String runFaulty(String scenario, Runnable[] faults) throws Exception {
    faults[0].run();
    try {
      run(scenario);
    } catch (VirtualMachineError e) {
      told.set(true); // this caller
    }
    boolean ended = settle(LONG, SHORT);
    faults[1].run();
    boolean noticed = told.get();
    if (!ended && !mayLeaveOthers()) {
      if (noticed) {
        told();
      }
      if (!settle(PATIENCE, PATIENCE)) {
        return "hangs" + (noticed ? ", told of an error: " : ": ") + unfinished();
      }
    } else if (!ended) {
      for (Task<?> t : tasks) {
        t.cancel(false);
      }
      callers.forEach(Thread::interrupt);
      if (!settle(LONGEST, LONGEST)) {
        return "lost: " + unfinished();
      }
      if (!noticed) {
        return "nobody was told, and some had to be cancelled: " + tasks;
      }
    }
    for (AtomicInteger ran : jobs) {
      if (ran.get() != 1) {
        return "a job ran " + ran + " times";
      }
    }
    String wrong = end();
    if (!wrong.isEmpty()) {
      return wrong;
    }
    await(start(() -> Task.sleep(MOMENT)), "the next task");
    // A class that couldn't be initialised can't be used ever after (JVMS 5.5); that is told.
    if (failedCalls.size() > 1
        && failedCalls.stream().noneMatch(NoClassDefFoundError.class::isInstance)) {
      return "a thread was left as it should not be, and its next call failed: " + failedCalls;
    }
    return "";
  }

  private String unfinished() {
    return ""
        + tasks.stream().filter(t -> !t.isDone()).toList()
        + callers.stream().filter(Thread::isAlive).toList()
        + jobs;
  }

  /** The loop ends as ever. */
  private String shutDown() throws InterruptedException {
    if (loop != null) {
      loop.shutdownNow();
      if (!loop.awaitTermination(5, TimeUnit.SECONDS)) {
        return "the loop doesn't end: " + loop;
      }
    }
    return ticker == null ? "" : ticker.shutDown();
  }

  private void close() {
    if (loop != null) {
      loop.shutdownNow();
    } else if (pool != null) {
      pool.shutdownNow();
    } else if (ticker != null) {
      ticker.ended = true;
    }
  }

  static void await(Task<?> t, String what) throws Exception {
    try {
      t.get(5, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(what + " doesn't end: " + t, e);
    }
  }

  /** Ticks all the time, until it is closed. */
  final class Ticker {
    private TickLoop world;
    private Thread thread;
    private volatile boolean closes;
    private volatile boolean ended;
    private volatile Throwable failure;

    Ticker() {
      open();
    }

    private void open() {
      closes = false;
      world = new TickLoop(Clock.system());
      thread = new Thread(this::tick, "ticker");
      thread.setDaemon(true);
      thread.start();
    }

    private void tick() {
      while (!ended) {
        try {
          if (closes) {
            world.close();
            return;
          }
          world.tick();
          LockSupport.parkNanos(20_000);
        } catch (VirtualMachineError e) {
          told.set(true); // this caller, who tries again
        } catch (Throwable t) {
          told.set(true);
          failure = t;
          return;
        }
      }
    }

    /** From now on the loop is being closed. */
    void close() {
      closes = true;
    }

    boolean isClosing() {
      return closes;
    }

    /** Waits until the loop is closed; another takes its place. */
    String reopen() throws InterruptedException {
      String wrong = shutDown();
      if (wrong.isEmpty()) {
        open();
      }
      return wrong;
    }

    private String shutDown() throws InterruptedException {
      closes = true;
      thread.join(5000);
      return failure != null
          ? "the tick loop is broken: " + failure
          : thread.isAlive() ? "the tick loop doesn't end: " + world.dump() : "";
    }
  }

  // ---- for scenarios

  final Task<?> start(CoroutineRunnable body) {
    return loop != null
        ? loop.start(body)
        : ticker != null ? ticker.world.start(body) : Task.start(pool, body);
  }

  /** Hands in a job, which runs once. */
  final void handIn() {
    AtomicInteger ran = new AtomicInteger();
    jobs.add(ran);
    try {
      if (loop != null) {
        loop.execute(ran::incrementAndGet);
      } else {
        ticker.world.execute(ran::incrementAndGet);
      }
    } catch (VirtualMachineError e) {
      jobs.remove(ran); // Whoever hands it in knows.
      told.set(true);
    }
  }

  /** Starts a task that notices errors. */
  final void begin(CoroutineRunnable body) {
    try {
      tasks.add(start(() -> notices(body)));
    } catch (Throwable t) {
      told.set(true);
    }
  }

  @Coroutine
  final void notices(CoroutineRunnable body) {
    try {
      body.run();
    } catch (Throwable t) {
      told.set(true);
      throw sneaky(t);
    }
  }

  /** How many tasks have failed for want of memory or stack. */
  final long failedByErrors() {
    return tasks.stream().filter(t -> failure(t) instanceof VirtualMachineError).count();
  }

  /** What a task has failed with; null if it hasn't. */
  static Throwable failure(Task<?> t) {
    try {
      t.getNow(null);
      return null;
    } catch (CompletionException e) {
      return e.getCause();
    } catch (CancellationException e) {
      return e;
    }
  }

  /** Starts a thread. */
  final void call(Runnable body) {
    Thread caller = new Thread(body, "caller");
    caller.setDaemon(true);
    callers.add(caller);
    caller.start();
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
  final boolean settle(Duration limit, Duration onceTold) {
    long end = System.nanoTime() + limit.toNanos();
    boolean known = false;
    while (System.nanoTime() < end) {
      if (tasks.stream().anyMatch(Task::isCompletedExceptionally)
          || (serving != null && serving.isCompletedExceptionally())) {
        told.set(true);
      }
      boolean calling = callers.stream().anyMatch(Thread::isAlive);
      boolean done = tasks.stream().allMatch(Task::isDone);
      boolean running = jobs.stream().anyMatch(ran -> ran.get() == 0); // after those that hand in
      if (!calling && done && !running) {
        return true;
      }
      if (!known && !calling && !running && told.get()) {
        known = true;
        end = Math.min(end, System.nanoTime() + onceTold.toNanos());
      }
      LockSupport.parkNanos(20_000);
    }
    return false;
  }
}

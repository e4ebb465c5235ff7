package dev.coweave.proof.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.junit.SimulatedWorkload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/**
 * Memory or stack runs out at each place in the runtime, one a run: at each allocation, at the beginning of each method. Either nobody
 * notices, or somebody is told of it: then too each task ends, and the loop and the executor go on. Cold, in a runtime that has hardly run,
 * and warm.
 *
 * <p>An ordinary build tries the same few of the places each time; {@code -Dcoweave.loss.places} says how many, {@code
 * -Dcoweave.loss.seconds} for how long at most, {@code -Dcoweave.loss.skip} how many of the first are left out, {@code -Dcoweave.loss.seed} in
 * what order, and {@code -Dcoweave.loss.only} which, by a part of their names.
 */
class LossTest {
  private static final long SKIPPED = Long.getLong("coweave.loss.skip", 0);
  private static final long SEED = Long.getLong("coweave.loss.seed", 1);
  private static final String ONLY = System.getProperty("coweave.loss.only", "");

  /** After how many places a long run says how far it is. */
  private static final int REPORTED = 1000;

  private static final List<String> SCENARIOS =
      List.of(
          "switch",
          "save",
          "failure",
          "wake-up",
          "cancellation",
          "meeting",
          "stream",
          "call",
          "channel");

  /** What threads, executors, the JDK's timer and its futures call first. */
  private static final Set<String> CALLED_FIRST =
      Set.of(
          "ExecutorScheduler.run()V entry",
          "SharedTimer.fire(Ldev/coweave/task/Timer;)V entry",
          "SharedTimer.lambda$schedule$0(Ldev/coweave/task/Timer;)V entry",
          "Awaiting$FutureWait.apply(Ljava/lang/Object;Ljava/lang/Throwable;)Ljava/lang/Void;"
              + " entry",
          "Awaiting$FutureWait.apply(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object; entry",
          "Blocking.run()V entry",
          "IoThread.run()V entry",
          "TaskFuture.lambda$told$2(Ljava/util/function/BiConsumer;Ljava/lang/Object;Ljava/lang/Throwable;)V"
              + " entry",
          "Merging.lambda$start$0(Ldev/coweave/flow/Handover;Ljava/lang/Void;Ljava/lang/Throwable;)V"
              + " entry",
          "Merging.ended(Ldev/coweave/flow/Handover;Ljava/lang/Throwable;)V entry",
          "OffloadedCall.lambda$call$1(Ldev/coweave/wait/OffloadedCall;Ljava/util/concurrent/Callable;)V"
              + " entry");

  /** Where a result is on its way from an operation to its caller, and nobody's: a connection that is lost there stays open. */
  private static final List<String> HANDED_OVER =
      List.of(
          "Continuation.give(Ljava/lang/Object;)",
          "Continuation.takeRef()",
          "Continuation.takeVoid()",
          "TcpConnection$$connect.resume(",
          "TcpConnection.connect(Ldev/coweave/io/TcpConnection$$connect;",
          "TlsConnection$$connect$2.resume(",
          "TlsConnection.connect(Ldev/coweave/io/TlsConnection$$connect$2;");

  /** Places that lost a task once, of those that aren't among the first by chance. */
  private static final List<String> LOST_ONCE =
      List.of(
          "executor call, warm: LoopScheduler.ready(",
          "executor call, cold: LoopContinuation.contend(",
          "executor call, cold: ReadyQueue.add(",
          "loop failure, cold: ScopedTask$Siblings.copy(",
          "loop failure, warm: Resumption.withdraw(",
          "executor channel, cold: Resumption.resume(",
          "executor open, warm: Endings.close(",
          "executor wake-up, cold: Blocking.beginCall(",
          "loop job, warm: Uncaught.run(",
          "executor tls, cold: ServiceThreads.atEnd(",
          "executor tls, warm: Scheduler.paused(",
          "loop tls, warm: TaskState.leaveContexts(",
          "loop tls, warm: ByteQueue.release(");

  /** A place in a scenario. */
  private record Try(String scenario, boolean warm, int site, int passes) {
    long rank(long seed) {
      if (LOST_ONCE.stream().anyMatch(toString()::startsWith)) {
        return Long.MIN_VALUE;
      }
      return new Random(seed ^ ((long) toString().hashCode() << 16)).nextLong();
    }

    @Override
    public String toString() {
      return scenario
          + (warm ? ", warm: " : ", cold: ")
          + Injector.name(site)
          + ", passed "
          + passes;
    }
  }

  @SuppressWarnings("unchecked")
  private static BiFunction<String, Runnable[], String> workload(Class<?> type) throws Exception {
    return (BiFunction<String, Runnable[], String>)
        new FaultyRuntime().loadClass(type.getName()).getConstructor().newInstance();
  }

  private static List<String> each(String home, List<String> scenarios) {
    return scenarios.stream().map(scenario -> home + " " + scenario).toList();
  }

  @Test
  void whereverMemoryOrStackRunOut_noTurnIsLost_andTheLoopLives() throws Exception {
    List<String> scenarios = new ArrayList<>();
    scenarios.addAll(each("loop", SCENARIOS));
    scenarios.addAll(each("executor", SCENARIOS));
    scenarios.addAll(List.of("loop job", "loop giving", "executor giving"));
    tryPlaces(KernelWorkload.class, scenarios, 150, 40);
  }

  @Test
  void noTurnOfATaskOnATickLoopIsLost_andItTicksOn() throws Exception {
    List<String> scenarios = new ArrayList<>(each("ticks", SCENARIOS));
    scenarios.add("ticks job");
    tryPlaces(KernelWorkload.class, scenarios, 40, 10);
  }

  @Test
  void noTickOfAScriptIsLost_andTheTickLoopEnds() throws Exception {
    tryPlaces(TickWorkload.class, each("ticks", List.of("tick", "cancelled", "end")), 40, 10);
  }

  @Test
  void noConnectionHangs_andNoPlaceOfAServerIsLost() throws Exception {
    List<String> kinds = List.of("serve", "tls", "connection", "close", "udp", "open");
    List<String> scenarios = new ArrayList<>();
    scenarios.addAll(each("loop", kinds));
    scenarios.addAll(each("executor", kinds));
    tryPlaces(IoWorkload.class, scenarios, 40, 10);
  }

  /** Only in the sockets themselves: what the simulation calls itself doesn't fail. */
  @Test
  void noConnectionHangs_inANetworkInTrouble() throws Exception {
    tryPlaces(SimulatedWorkload.class, each("simulated", List.of("1", "2")), 40, 10);
  }

  /** Each place that a scenario passes, at the first, the second and the third time; there is no third time at most. */
  private static List<Try> places(Class<?> type, List<String> scenarios) throws Exception {
    List<Try> all = new ArrayList<>();
    for (String scenario : scenarios) {
      for (boolean warm : new boolean[] {false, true}) {
        addPlaces(all, type, scenario, warm);
      }
    }
    // By their names: which places are passed differs a little from run to run.
    all.sort(Comparator.comparing(one -> one.rank(SEED)));
    return all;
  }

  private static void addPlaces(List<Try> all, Class<?> type, String scenario, boolean warm)
      throws Exception {
    Map<Integer, Integer> sites = new TreeMap<>();
    Runnable[] faults = {Injector::record, () -> sites.putAll(Injector.recorded()), null};
    assertEquals(
        "",
        workload(type).apply(scenario, warm ? faults : new Runnable[] {faults[0], faults[1]}),
        scenario);
    sites.forEach(
        (site, times) -> {
          // What an executor calls first is a promise of the executor's: who is not called can do
          // nothing.
          for (int passes = 0; passes < Math.min(3, times); passes++) {
            Try one = new Try(scenario, warm, site, passes);
            String name = Injector.name(site);
            if (!CALLED_FIRST.contains(name)
                && !(scenario.endsWith(" open") && HANDED_OVER.stream().anyMatch(name::startsWith))
                && (type != SimulatedWorkload.class || FaultyRuntime.isInSockets(name))
                && one.toString().contains(ONLY)) {
              all.add(one);
            }
          }
        });
  }

  /**
   * Tries places of scenarios.
   *
   * @param most how many if nothing else is said
   * @param seconds for how long at most if nothing else is said
   */
  private static void tryPlaces(Class<?> type, List<String> scenarios, long most, long seconds)
      throws Exception {
    Logger logger = Logger.getLogger("dev.coweave");
    Level level = logger.getLevel();
    logger.setLevel(Level.OFF);
    try {
      tryEach(
          places(type, scenarios),
          type,
          Long.getLong("coweave.loss.places", most),
          Long.getLong("coweave.loss.seconds", seconds));
    } finally {
      logger.setLevel(level);
    }
  }

  private static void tryEach(List<Try> places, Class<?> type, long most, long seconds)
      throws Exception {
    List<String> wrong = new ArrayList<>();
    int tried = 0;
    int thrown = 0;
    Map<String, BiFunction<String, Runnable[], String>> warm = new HashMap<>();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (Try one : places.subList((int) Math.min(SKIPPED, places.size()), places.size())) {
      if (System.nanoTime() > end || tried == most) {
        break;
      }
      boolean[] hit = new boolean[1];
      Runnable arm = () -> Injector.arm(one.site, one.passes);
      Runnable disarm = () -> hit[0] = Injector.hasThrown();
      var runtime = one.warm ? warm.remove(one.scenario) : null;
      Runnable[] faults =
          one.warm && runtime == null
              ? new Runnable[] {arm, disarm, null}
              : new Runnable[] {arm, disarm};
      if (runtime == null) {
        runtime = workload(type);
      }
      String result = runtime.apply(one.scenario, faults);
      tried++;
      thrown += hit[0] ? 1 : 0;
      if (tried % REPORTED == 0) {
        System.out.printf("loss: %s: %d tried, after %d%n", type.getSimpleName(), tried, SKIPPED);
      }
      if (!result.isEmpty()) {
        wrong.add(one + ": " + result);
        System.out.println("loss: " + one + ": " + result);
      } else if (one.warm) {
        warm.put(one.scenario, runtime); // It has survived, and is the warmer for it.
      }
    }
    System.out.printf(
        "loss: %s: %d of %d places tried, thrown at %d, seed %d%n",
        type.getSimpleName(), tried, places.size(), thrown, SEED);
    assertEquals(List.of(), wrong, "seed " + SEED);
  }

  /** A task's thread had no stack left to wake it, no other task is there, and what has the pool's threads may wait for this one. */
  @Test
  void whoIsWokenLater_needsNoThreadOfTheCommonPool() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
      ForkJoinPool.commonPool().execute(() -> await(end));
    }
    boolean[] hit = new boolean[1];
    Runnable arm = () -> Injector.arm(Injector.id("Resumption.wake()V entry"), 0);
    Runnable disarm = () -> hit[0] = Injector.hasThrown();
    try {
      assertEquals(
          "", workload(KernelWorkload.class).apply("executor sleep", new Runnable[] {arm, disarm}));
    } finally {
      end.countDown();
    }
    assertTrue(hit[0]);
  }

  /** Before a turn its wait fails with that, and after it there is nothing that the body could be told. */
  @Test
  void whereTheRuntimeFailsAroundATurn_theBodyCleansUp() throws Exception {
    List<String> around =
        List.of(
            "TaskState.isSpurious()",
            "TaskState.inside()",
            "TaskContinuation.stepBegins(",
            "TaskState.unpark(",
            "Resumption.deliver(",
            "TaskState.enterContexts(",
            "Continuation.forgetFailure(",
            "TaskState.keepInside(",
            "TaskState.park(",
            "Continuation.park(",
            "Continuation.forget(",
            "TaskContinuation.stepEnds(",
            "Scheduler.paused(",
            "TaskState.leaveContexts(");
    Set<String> tried = new TreeSet<>();
    for (String home : List.of("loop", "executor")) {
      for (Try one : places(KernelWorkload.class, List.of(home + " clean-up"))) {
        String name = Injector.name(one.site);
        for (String site : around) {
          if (name.startsWith(site) && name.endsWith(" entry")) {
            Runnable[] faults = {() -> Injector.arm(one.site, one.passes), Injector::hasThrown};
            assertEquals("", workload(KernelWorkload.class).apply(one.scenario, faults), name);
            tried.add(site);
          }
        }
      }
    }
    assertEquals(new TreeSet<>(around), tried);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

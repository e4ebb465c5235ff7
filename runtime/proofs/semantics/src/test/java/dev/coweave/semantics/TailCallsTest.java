package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Calls in tail position need no frame, and are shown all the same. */
class TailCallsTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private static final class Failure extends RuntimeException {}

  @Coroutine
  private static void writeRow() {
    Task.sleep(MOMENT);
    throw new Failure();
  }

  @Coroutine
  private static void saveOrder() {
    writeRow();
  }

  @Coroutine
  private static int charge(int k) {
    return fee(k);
  }

  @Coroutine
  private static int fee(int k) {
    saveOrder();
    return k;
  }

  @Coroutine
  private static void waitsAtLast() {
    Task.sleep(MOMENT);
  }

  @Coroutine
  private static void callsAtLast() {
    waitsAtLast();
  }

  @Coroutine
  private static void down(int n) {
    if (n == 0) {
      writeRow();
    } else {
      Task.sleep(MOMENT);
      down(n - 1);
    }
  }

  @Coroutine
  private static void even(int n) {
    Task.yield();
    odd(n - 1);
  }

  @Coroutine
  private static void odd(int n) {
    Task.yield();
    if (n < 0) {
      writeRow();
    } else {
      even(n - 1);
    }
  }

  /** The methods of a trace down to the test's, with the counts of those that were left out. */
  private static List<String> trace(Failure e) {
    List<String> result = new ArrayList<>();
    for (StackTraceElement s : e.getStackTrace()) {
      if (s.getClassName().equals(TailCallsTest.class.getName())) {
        boolean count = s.getFileName() != null && s.getFileName().startsWith("…");
        result.add(s.getMethodName().replaceAll("lambda\\$.*", "lambda"));
        if (count) {
          result.set(result.size() - 1, s.getFileName());
        }
      }
    }
    return result.subList(0, result.indexOf("lambda"));
  }

  @Test
  void callers_areShown() {
    assertEquals(
        List.of("writeRow", "saveOrder", "fee", "charge"),
        trace(assertThrows(Failure.class, () -> charge(1))));
  }

  @Test
  void lines_areThoseOfTheCalls() {
    StackTraceElement[] stack = assertThrows(Failure.class, () -> charge(1)).getStackTrace();
    assertEquals(stack[0].getLineNumber() + 5, stack[1].getLineNumber());
    assertEquals("TailCallsTest.java", stack[1].getFileName());
  }

  @Test
  void whatWaitsAtLast_isShownInADump() throws Exception {
    StringBuilder dump = new StringBuilder();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task<?> task = Task.start(() -> callsAtLast());
          Task.yield();
          dump.append(TaskDump.of(task));
        });
    List<String> calls =
        dump.toString().lines().filter(l -> l.contains("TailCallsTest.java")).toList();
    assertTrue(calls.get(0).contains("waitsAtLast"), dump.toString());
    assertTrue(calls.get(1).contains("callsAtLast"), dump.toString());
    assertTrue(calls.get(2).contains("lambda$"), dump.toString());
  }

  @Coroutine
  private static void waitsTwice(CompletableFuture<Void> gate) {
    Task.await(gate);
    waitsFirst();
  }

  @Coroutine
  private static void waitsFirst() {
    Task.sleep(MOMENT);
    throw new Failure();
  }

  private static Task<Void> startAt(CompletableFuture<Void> gate) {
    return Task.start(() -> waitsTwice(gate));
  }

  /** Tasks in one place share what shows their tail calls; one that goes on must not change the others'. */
  @Test
  void tasksOfOneBody_areShownEachWhereItIs() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          CompletableFuture<Void> open = new CompletableFuture<>();
          Task<Void> first = startAt(open);
          Task<Void> second = startAt(new CompletableFuture<>());
          Task.yield();
          TaskDump.Place place = TaskDump.placeOf(second);
          assertEquals(place, TaskDump.placeOf(first));
          open.complete(null);
          Task.yield();
          assertEquals(place, TaskDump.placeOf(second));
          assertEquals(
              List.of("waitsFirst", "waitsTwice"),
              TaskDump.placeOf(first).stack().stream()
                  .map(StackTraceElement::getMethodName)
                  .filter(m -> m.startsWith("waits"))
                  .toList());
        });
  }

  @Test
  void aRecursion_isCounted() throws Exception {
    Failure e =
        assertThrows(Failure.class, () -> EventLoop.run(new VirtualClock(), () -> down(10_000)));
    assertEquals(List.of("writeRow", "down", "… 10000 more"), trace(e));
  }

  /** Without bounds it would take some 100 MB. */
  @Test
  void aCycle_isCounted_andTakesNoMemory() throws Exception {
    Failure e =
        assertThrows(Failure.class, () -> EventLoop.run(new VirtualClock(), () -> even(1_000_000)));
    assertEquals(
        List.of("writeRow", "odd", "even", "… 500000 more", "odd", "… 499999 more"), trace(e));
  }

  @Coroutine
  private static void yieldsAtLast(int n) {
    if (n > 0) {
      yieldsAtLast(n - 1);
    }
    Generator.yield(n);
  }

  @Coroutine
  private static Generator<Integer> numbers(int n) {
    yieldsAtLast(n);
    return Generator.end();
  }

  @Test
  void yieldsAtLast_giveTheirElements() {
    assertEquals("[0, 1, 2]", numbers(2).stream().toList().toString());
    Generator<Integer> g = numbers(2);
    g.next();
    assertThrows(Failure.class, () -> g.raise(new Failure()));
    assertEquals("[]", Arrays.toString(g.stream().toArray()));
  }
}

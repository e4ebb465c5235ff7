package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.coweave.Coroutine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What users write in the first hour; the run is loaded anew at each of its checkpoints. */
class FirstHourTest {
  private final DurableEngine engine = DurableEngine.inMemory();
  private int runs;

  @AfterEach
  void close() {
    engine.close();
  }

  private <T> T run(RunBody<T> body) {
    return engine.start("run-" + runs++, body).join();
  }

  // ---- loops

  @Durable
  @Coroutine
  static int overList(List<Integer> numbers) {
    int sum = 0;
    for (int n : numbers) {
      sum += Durable.step("add", () -> n);
    }
    return sum;
  }

  @Test
  void loop_overLists() {
    assertEquals(6, run(() -> overList(List.of(1, 2, 3))));
    assertEquals(6, run(() -> overList(new ArrayList<>(List.of(1, 2, 3)))));
    assertEquals(6, run(() -> overList(Arrays.asList(1, 2, 3))));
    assertEquals(0, run(() -> overList(List.of())));
  }

  @Durable
  @Coroutine
  static String overMap(Map<String, Integer> prices, Set<String> names, String[] more) {
    StringJoin out = new StringJoin("");
    for (Map.Entry<String, Integer> e : prices.entrySet()) {
      out = out.plus(Durable.step("price", () -> e.getKey()) + e.getValue());
    }
    for (String name : names) {
      out = out.plus(Durable.step("name", () -> name));
    }
    for (String s : more) {
      out = out.plus(Durable.step("more", () -> s));
    }
    for (String key : prices.keySet()) {
      out = out.plus(Durable.step("key", () -> key));
    }
    for (int value : prices.values()) {
      out = out.plus(Durable.step("value", () -> "" + value));
    }
    return out.text();
  }

  record StringJoin(String text) {
    StringJoin plus(String more) {
      return new StringJoin(text + more);
    }
  }

  @Test
  void loop_overMapsSetsAndArrays() {
    Map<String, Integer> prices = new LinkedHashMap<>();
    prices.put("a", 1);
    prices.put("b", 2);
    String[] more = {"x", "y"};
    assertEquals("a1b2mnxyab12", run(() -> overMap(prices, new TreeSet<>(Set.of("n", "m")), more)));
  }

  @Durable
  @Coroutine
  static List<Integer> removing(Collection<Integer> numbers) {
    for (Iterator<Integer> i = numbers.iterator(); i.hasNext(); ) {
      int n = i.next();
      if (n % 2 == 0) {
        i.remove();
      }
      Durable.step("look", () -> n);
    }
    return new ArrayList<>(numbers);
  }

  @Test
  void iterator_ofList_removes() {
    assertEquals(List.of(1, 3), run(() -> removing(new ArrayList<>(List.of(1, 2, 3, 4)))));
  }

  @Durable
  @Coroutine
  static long primitives(boolean b, byte y, short s, char c, int i, long l, float f, double d) {
    long before = Durable.step("first", () -> 1L);
    while (before < 3) {
      before += Durable.step("next", () -> 1L);
    }
    return before + (b ? 1 : 0) + y + s + c + i + l + (long) f + (long) d;
  }

  @Test
  void primitives_areKept() {
    assertEquals(
        3 + 1 + 2 + 3 + 'c' + 4 + 5 + 6 + 7,
        run(() -> primitives(true, (byte) 2, (short) 3, 'c', 4, 5L, 6.5f, 7.5)));
  }

  // ---- exceptions

  @Durable
  @Coroutine
  static String finallyWaits(List<String> log) {
    try {
      try {
        Durable.step("fails", () -> failing("first"));
      } finally {
        log.add(Durable.step("clean", () -> "cleaned"));
      }
    } catch (IllegalStateException e) {
      String more = Durable.step("handle", () -> "handled ");
      return more + e.getMessage() + log;
    }
    return "not reached";
  }

  static String failing(String message) {
    throw new IllegalStateException(message);
  }

  @Test
  void pendingException_crossesAWaitInFinally() {
    assertEquals("handled first[cleaned]", run(() -> finallyWaits(new ArrayList<>())));
  }

  static final class Mine extends Exception {
    Mine(String message) {
      super(message);
    }
  }

  @Durable
  @Coroutine
  static int ends() throws Mine {
    int i = Durable.step("one", () -> 1);
    if (i == 1) {
      throw new Mine("mine");
    }
    return i;
  }

  @Durable
  @Coroutine
  static String catches() {
    try {
      return "" + ends();
    } catch (Mine e) {
      return Durable.step("after", () -> "caught ") + e.getMessage();
    }
  }

  @Test
  void exceptions_passThroughDurableCalls() {
    assertEquals("caught mine", run(() -> catches()));
    assertEquals("mine", assertThrows(Mine.class, () -> run(() -> ends())).getMessage());
  }

  // ---- expressions and switches

  @Durable
  @Coroutine
  static String expression(int a) {
    String s =
        "a"
            + (a + Durable.step("b", () -> 2)) * Durable.step("c", () -> 3L)
            + new StringJoin(Durable.step("d", () -> "d")).text();
    long[] numbers = {1, Durable.step("e", () -> 5), 3};
    numbers[1] += Durable.step("f", () -> 1);
    return s
        + Arrays.toString(numbers)
        + Math.max(Durable.step("g", () -> 1), Durable.step("h", () -> 2));
  }

  @Test
  void steps_areOperands() {
    assertEquals("a9d[1, 6, 3]2", run(() -> expression(1)));
  }

  @Durable
  @Coroutine
  static String switches(Object o) {
    switch (Durable.step("kind", () -> o.getClass().getSimpleName())) {
      case "Integer":
        return "int " + Durable.step("i", () -> o);
      case "String":
        return o instanceof String s && Durable.step("s", () -> true) ? "string " + s : "?";
      default:
        return switch (Durable.step("d", () -> Colour.RED)) {
          case RED -> Durable.step("red", () -> "red");
          case GREEN -> "green";
        };
    }
  }

  enum Colour {
    RED,
    GREEN
  }

  @Test
  void switches_onWhatStepsGive() {
    assertEquals("int 5", run(() -> switches(5)));
    assertEquals("string x", run(() -> switches("x")));
    assertEquals("red", run(() -> switches(Colour.GREEN)));
  }

  // ---- durable methods of durable methods

  @Durable
  @Coroutine
  static long factorial(int n) {
    if (n <= 1) {
      return Durable.step("base", () -> 1L);
    }
    return n * factorial(n - 1);
  }

  @Test
  void recursion() {
    assertEquals(3628800L, run(() -> factorial(10)));
  }

  record Box<T>(T value, List<T> others) {
    @Durable
    @Coroutine
    <R> Map<R, T> keyed(R key) {
      Map<R, T> result = new HashMap<>();
      result.put(Durable.step("key", () -> key), value);
      for (T other : others) {
        T t = Durable.step("other", () -> other);
        if (!t.equals(value)) {
          return result;
        }
      }
      return result;
    }
  }

  @Durable
  @Coroutine
  static String ofRecord(Box<String> box) {
    return Durable.step("before", () -> "b") + box.keyed(7);
  }

  @Test
  void durableMethods_ofGenericRecords() {
    assertEquals("b{7=v}", run(() -> ofRecord(new Box<>("v", List.of("v", "w")))));
  }

  interface Shipper {
    @Durable
    @Coroutine
    String ship(String what);
  }

  static final class Fast implements Shipper {
    @Override
    @Durable
    @Coroutine
    public String ship(String what) {
      return "fast " + Durable.step("ship", () -> what);
    }
  }

  static final class Depot {
    private final Shipper shipper;

    Depot(Shipper shipper) {
      this.shipper = shipper;
    }

    @Durable
    @Coroutine
    String send(String what) {
      Durable.sleep(Duration.ofDays(1));
      return shipper.ship(what) + "!";
    }
  }

  @Test
  void services_threeDeep() {
    Fast fast = new Fast();
    Depot depot = new Depot(fast);
    engine.service("fast", fast).service("depot", depot);
    Run<String> run = engine.start("deep", () -> depot.send("it"));
    engine.advance(Duration.ofDays(1));
    assertEquals("fast it!", run.join());
  }

  // ---- the saga

  record Undo(String what) {}

  @Durable
  @Coroutine
  static List<String> saga(int failsAt) {
    List<Undo> compensations = new ArrayList<>();
    List<String> undone = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        int n = i;
        Durable.step("book", () -> n == failsAt ? failing("full") : "booked");
        compensations.add(new Undo("booking " + i));
      }
    } catch (IllegalStateException e) {
      while (!compensations.isEmpty()) {
        Undo undo = compensations.remove(compensations.size() - 1);
        undone.add(Durable.step("undo", () -> undo.what()));
      }
    }
    return undone;
  }

  @Test
  void saga_undoesInReverse() {
    assertEquals(List.of("booking 1", "booking 0"), run(() -> saga(2)));
  }

  // ---- sharing

  @Durable
  @Coroutine
  static boolean shared() {
    List<Object> a = new ArrayList<>();
    List<Object> b = a;
    a.add(a);
    Durable.step("first", () -> 1);
    b.add("x");
    Durable.step("second", () -> 2);
    return a == b && a.get(0) == a && a.size() == 2;
  }

  @Test
  void localsThatAreShared_staySo() {
    assertEquals(true, run(() -> shared()));
  }

  // ---- results and void

  @Durable
  @Coroutine
  static void nothing(List<String> l) {
    Durable.step("a", () -> l.add("x"));
    Durable.sleep("a while", Duration.ZERO);
  }

  @Test
  void method_withoutResult() {
    assertEquals(null, engine.start("nothing", () -> nothing(new ArrayList<>())).join());
  }

  @Durable
  @Coroutine
  static int plain() {
    return 7;
  }

  @Test
  void method_withoutWaits() {
    assertEquals(7, run(() -> plain()));
  }
}

package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import java.math.RoundingMode;
import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values of the JDK's classes that have to do with each other: they still do when a run was loaded, as it is here at each checkpoint. */
class JdkValuesTest {
  private final DurableEngine engine = DurableEngine.inMemory();
  private int runs;

  @AfterEach
  void close() {
    engine.close();
  }

  private <T> T run(RunBody<T> body) {
    return engine.start("run-" + runs++, body).join();
  }

  // ---- entries

  @Durable
  @Coroutine
  static String doubled(Map<String, Integer> map) {
    for (Map.Entry<String, Integer> e : map.entrySet()) {
      e.setValue(Durable.step("double", () -> 2 * e.getValue()));
    }
    return new TreeMap<>(map).toString();
  }

  @Test
  void entryOfAMap_setsItsValueThere() {
    Map<String, Integer> map = Map.of("a", 1, "b", 2, "c", 3);
    String doubled = "{a=2, b=4, c=6}";
    assertEquals(doubled, run(() -> doubled(new HashMap<>(map))));
    assertEquals(doubled, run(() -> doubled(new TreeMap<>(map))));
    assertEquals(doubled, run(() -> doubled(new LinkedHashMap<>(map))));
    assertEquals(doubled, run(() -> doubled(new ConcurrentHashMap<>(map))));
    assertEquals(doubled, run(() -> doubled(Collections.synchronizedMap(new HashMap<>(map)))));
  }

  @Durable
  @Coroutine
  static String entriesApart() {
    Map<String, Integer> map = new HashMap<>(Map.of("a", 1));
    Map.Entry<String, Integer> own = map.entrySet().iterator().next();
    Map.Entry<String, Integer> none = new java.util.AbstractMap.SimpleEntry<>("a", 1);
    Durable.step("first", () -> {});
    map.put("a", 5);
    Durable.step("second", () -> {});
    none.setValue(7);
    return own + " " + none + " " + map;
  }

  @Test
  void entryThatIsOfNoMap_staysSo() {
    assertEquals("a=5 a=7 {a=5}", run(() -> entriesApart()));
  }

  // ---- views

  @Durable
  @Coroutine
  static String overArray() {
    String[] array = {"a", "b"};
    List<String> list = Arrays.asList(array);
    String c = Durable.step("c", () -> "c");
    array[0] = c;
    list.set(1, c);
    return list + Arrays.toString(array);
  }

  @Test
  void listOverAnArray_sharesIt() {
    assertEquals("[c, c][c, c]", run(() -> overArray()));
  }

  @Durable
  @Coroutine
  static String seen(Collection<String> behind, Object view) {
    behind.add(Durable.step("more", () -> "more"));
    String kind = Durable.step("kind", () -> view.getClass().getSimpleName());
    return view + kind;
  }

  @Durable
  @Coroutine
  static String seenInMap(Map<String, Boolean> behind, Object view) {
    behind.put(Durable.step("more", () -> "more"), true);
    return view.toString();
  }

  @Test
  void view_showsWhatIsBehindIt() {
    List<String> list = new ArrayList<>();
    assertEquals(
        "[more]UnmodifiableRandomAccessList",
        run(() -> seen(list, Collections.unmodifiableList(list))));
    List<String> linked = new LinkedList<>();
    assertEquals(
        "[more]SynchronizedList", run(() -> seen(linked, Collections.synchronizedList(linked))));
    Set<String> set = new TreeSet<>();
    assertEquals("[more]UnmodifiableSet", run(() -> seen(set, Collections.unmodifiableSet(set))));
    assertEquals(
        "[more]UnmodifiableCollection",
        run(() -> seen(set, Collections.unmodifiableCollection(Collections.synchronizedSet(set)))));
    Map<String, Boolean> map = new ConcurrentHashMap<>();
    assertEquals("[more]", run(() -> seenInMap(map, Collections.newSetFromMap(map))));
    Map<String, Boolean> other = new HashMap<>();
    assertEquals("{more=true}", run(() -> seenInMap(other, Collections.unmodifiableMap(other))));
    Set<String> keys = ConcurrentHashMap.newKeySet();
    assertEquals("[more]KeySetView", run(() -> seen(keys, keys)));
  }

  // ---- iterators

  @Durable
  @Coroutine
  static String overViews(List<Integer> list) {
    String out = "";
    for (int n : list.subList(1, 3)) {
      out += Durable.step("part", () -> n);
    }
    for (int n : Collections.unmodifiableList(list)) {
      out += Durable.step("view", () -> n);
    }
    for (String s : Collections.nCopies(2, "x")) {
      out += Durable.step("copies", () -> s);
    }
    return out;
  }

  @Test
  void loop_overListsThatCantBeStored() {
    assertEquals("231234xx", run(() -> overViews(new ArrayList<>(List.of(1, 2, 3, 4)))));
  }

  @Durable
  @Coroutine
  static String removed(List<Integer> list) {
    for (Iterator<Integer> i = list.iterator(); i.hasNext(); ) {
      int n = i.next();
      if (Durable.<Boolean, RuntimeException>step("odd", () -> n % 2 == 1)) {
        i.remove();
      }
      Durable.step("after", () -> {});
    }
    return list.toString();
  }

  @Test
  void iteratorOfAList_removesWhatItGaveBeforeAWait() {
    assertEquals("[2, 4]", run(() -> removed(new ArrayList<>(List.of(1, 2, 3, 4, 5)))));
    assertEquals("[2, 4]", run(() -> removed(new LinkedList<>(List.of(1, 2, 3, 4, 5)))));
  }

  @Durable
  @Coroutine
  static String overSnapshot() {
    List<String> list = new CopyOnWriteArrayList<>(List.of("a", "b"));
    for (String s : list) {
      list.add(Durable.step("more", () -> s + s));
    }
    return list.toString();
  }

  @Test
  void loopOverACopyOnWriteList_goesOverWhatWasThere() {
    assertEquals("[a, b, aa, bb]", run(() -> overSnapshot()));
  }

  // ---- enums

  @Durable
  @Coroutine
  static String enums() {
    RoundingMode mode = RoundingMode.HALF_UP;
    Object days = java.time.temporal.ChronoUnit.DAYS;
    EnumMap<DayOfWeek, Integer> none = new EnumMap<>(DayOfWeek.class);
    Map<RoundingMode, Integer> some = new EnumMap<>(Map.of(RoundingMode.UP, 1));
    int n = Durable.step("n", () -> 5);
    none.put(DayOfWeek.MONDAY, n);
    return mode + " " + days + none + some;
  }

  @Test
  void enumsOfTheJdk_andMapsOfThem() {
    assertEquals("HALF_UP Days{MONDAY=5}{UP=1}", run(() -> enums()));
  }

  // ---- objects of marked classes

  @Storable
  static class Part {
    String name = "";
    @org.jspecify.annotations.Nullable Part whole;
    List<Part> parts = new ArrayList<>();

    Part() {}
  }

  @Durable
  @Coroutine
  static String circle() {
    Part whole = new Part();
    Part part = new Part();
    whole.parts.add(part);
    part.whole = whole;
    part.name = Durable.step("name", () -> "wheel");
    return whole.parts.get(0).name + (part.whole == whole) + (whole.parts.get(0) == part);
  }

  @Test
  void storableObjects_referToEachOther() {
    assertEquals("wheeltruetrue", run(() -> circle()));
  }

  // ---- methods that objects inherit

  interface Named {
    String name();

    @Durable
    @Coroutine
    default String greet(String how) {
      return Durable.step("greet", () -> how + " ") + name();
    }
  }

  record Person(String name) implements Named {}

  @Storable
  static class Base {
    @Durable
    @Coroutine
    public String inherited(int n) {
      return "base" + Durable.step("n", () -> n);
    }
  }

  interface Inherits {
    @Durable
    @Coroutine
    String inherited(int n);
  }

  @Storable
  static class Heir extends Base implements Inherits {}

  @Durable
  @Coroutine
  static String inheriting() {
    Person person = new Person("Ann");
    Heir heir = new Heir();
    return person.greet("hello") + heir.inherited(3) + ((Inherits) heir).inherited(4);
  }

  @Test
  void methodThatIsInherited_isWhereTheRunStands() {
    assertEquals("hello Annbase3base4", run(() -> inheriting()));
  }
}

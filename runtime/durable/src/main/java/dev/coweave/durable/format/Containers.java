package dev.coweave.durable.format;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.Stack;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The collections and maps of the JDK that can be stored. A mutable one is made empty and then filled, so that it may contain itself; an
 * immutable one is made of its elements.
 */
final class Containers {
  /**
   * A kind of container.
   *
   * @param make makes an empty one; null if it is immutable
   * @param copy makes an immutable one of its elements, those of a map being entries; null if it is mutable
   */
  record Container(
      String name,
      Class<?> type,
      @Nullable Supplier<Object> make,
      @Nullable Function<List<@Nullable Object>, Object> copy) {}

  /** The comparators that are known by name: those that have no state. */
  private static final Map<String, Comparator<?>> ORDERS =
      Map.of(
          "reverse", Collections.reverseOrder(),
          "natural", Comparator.naturalOrder(),
          "ignoreCase", String.CASE_INSENSITIVE_ORDER);

  private static final Map<Class<?>, Container> BY_CLASS = new HashMap<>();
  private static final Map<String, Container> BY_NAME = new HashMap<>();

  static {
    mutable(ArrayList::new);
    mutable(LinkedList::new);
    mutable(Vector::new);
    mutable(Stack::new);
    mutable(ArrayDeque::new);
    mutable(PriorityQueue::new);
    mutable(HashSet::new);
    mutable(LinkedHashSet::new);
    mutable(TreeSet::new);
    mutable(HashMap::new);
    mutable(LinkedHashMap::new);
    mutable(TreeMap::new);
    mutable(Hashtable::new);
    mutable(ConcurrentHashMap::new);
    mutable(ConcurrentLinkedQueue::new);
    mutable(CopyOnWriteArrayList::new);
    immutable("List.of", e -> unmodifiable(e), List.of(), List.of(1));
    immutable("Set.of", e -> Set.copyOf(e), Set.of(), Set.of(1));
    immutable("Map.of", e -> Map.ofEntries(entries(e)), Map.of(), Map.of(1, 1));
    immutable("emptyList", e -> Collections.emptyList(), Collections.emptyList());
    immutable("emptySet", e -> Collections.emptySet(), Collections.emptySet());
    immutable("emptyMap", e -> Collections.emptyMap(), Collections.emptyMap());
    immutable(
        "singletonList", e -> Collections.singletonList(e.get(0)), Collections.singletonList(1));
    immutable("singleton", e -> Collections.singleton(e.get(0)), Collections.singleton(1));
    immutable(
        "singletonMap",
        e -> Collections.singletonMap(entries(e)[0].getKey(), entries(e)[0].getValue()),
        Collections.singletonMap(1, 1));
    immutable("Arrays.asList", e -> Arrays.asList(e.toArray()), Arrays.asList(1, 2));
  }

  private Containers() {}

  private static void mutable(Supplier<Object> make) {
    Class<?> type = make.get().getClass();
    add(new Container(type.getSimpleName(), type, make, null));
  }

  private static void immutable(
      String name, Function<List<@Nullable Object>, Object> copy, Object... samples) {
    for (Object sample : samples) {
      add(new Container(name, sample.getClass(), null, copy));
    }
  }

  private static void add(Container c) {
    BY_CLASS.put(c.type, c);
    BY_NAME.put(c.name, c);
  }

  /** {@code Stream.toList} makes lists of the same class, which may have nulls. */
  private static Object unmodifiable(List<@Nullable Object> elements) {
    return elements.contains(null) ? Stream.of(elements.toArray()).toList() : List.copyOf(elements);
  }

  @SuppressWarnings("unchecked")
  private static Map.Entry<Object, Object>[] entries(List<@Nullable Object> elements) {
    return elements.toArray(new Map.Entry[0]);
  }

  /** The kind of an object, or null. */
  static @Nullable Container of(Object value) {
    return BY_CLASS.get(value.getClass());
  }

  /** The kind of a name, or null. */
  static @Nullable Container named(String name) {
    return BY_NAME.get(name);
  }

  /** Whether an object is one of the JDK's maps that can be stored. */
  static boolean isMap(Object value) {
    return value instanceof Map<?, ?>
        && (BY_CLASS.containsKey(value.getClass()) || value instanceof EnumMap<?, ?>);
  }

  /** The comparator of a sorted container, by name; empty if it has none, null if it is not known. */
  static @Nullable String orderOf(Object container) {
    Comparator<?> order =
        container instanceof SortedSet<?> s
            ? s.comparator()
            : container instanceof SortedMap<?, ?> m
                ? m.comparator()
                : container instanceof PriorityQueue<?> q ? q.comparator() : null;
    if (order == null) {
      return "";
    }
    return ORDERS.entrySet().stream()
        .filter(e -> e.getValue() == order)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  /** An empty container in an order that is known by name. */
  @SuppressWarnings("unchecked")
  static @Nullable Object ordered(String name, String order) {
    Comparator<Object> c = (Comparator<Object>) ORDERS.get(order);
    return switch (name) {
      case "TreeSet" -> new TreeSet<>(c);
      case "TreeMap" -> new TreeMap<>(c);
      case "PriorityQueue" -> new PriorityQueue<>(c);
      default -> null;
    };
  }

  /** Puts the elements into an empty container. */
  @SuppressWarnings("unchecked")
  static void fill(Object container, List<@Nullable Object> elements) {
    if (container instanceof Map<?, ?> map) {
      for (Map.Entry<Object, Object> e : entries(elements)) {
        ((Map<Object, Object>) map).put(e.getKey(), e.getValue());
      }
    } else {
      ((Collection<Object>) container).addAll((List<Object>) (List<?>) elements);
    }
  }
}

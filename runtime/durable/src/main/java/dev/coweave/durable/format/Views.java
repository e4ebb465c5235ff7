package dev.coweave.durable.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's views of a collection, a map or an array that can be stored: each with what is behind it, which the two share after loading too.
 *
 * <pre>{@code {"@": "unmodifiableList", "of": {"#ref": 1}} }</pre>
 */
final class Views {
  /** What the part behind a view is called. */
  static final String OF = "of";

  /**
   * A kind of view.
   *
   * @param make makes one of what is behind it
   */
  record View(String name, Function<Object, Object> make) {}

  private static final Map<Class<?>, View> BY_CLASS = new HashMap<>();
  private static final Map<String, View> BY_NAME = new HashMap<>();

  private static final List<Object> LIST = new ArrayList<>();

  /** Lists without random access have views of their own. */
  private static final List<Object> LINKED = new LinkedList<>();

  private static final NavigableSet<Object> SET = new TreeSet<>();
  private static final NavigableMap<Object, Object> MAP = new TreeMap<>();

  static {
    Views.<Collection<Object>>add(
        "unmodifiableCollection", Collections::unmodifiableCollection, SET);
    Views.<List<Object>>add("unmodifiableList", Collections::unmodifiableList, LIST, LINKED);
    Views.<Set<Object>>add("unmodifiableSet", Collections::unmodifiableSet, SET);
    Views.<SortedSet<Object>>add("unmodifiableSortedSet", Collections::unmodifiableSortedSet, SET);
    Views.<NavigableSet<Object>>add(
        "unmodifiableNavigableSet", Collections::unmodifiableNavigableSet, SET);
    Views.<Map<Object, Object>>add("unmodifiableMap", Collections::unmodifiableMap, MAP);
    Views.<SortedMap<Object, Object>>add(
        "unmodifiableSortedMap", Collections::unmodifiableSortedMap, MAP);
    Views.<NavigableMap<Object, Object>>add(
        "unmodifiableNavigableMap", Collections::unmodifiableNavigableMap, MAP);
    Views.<Collection<Object>>add(
        "synchronizedCollection", Collections::synchronizedCollection, SET);
    Views.<List<Object>>add("synchronizedList", Collections::synchronizedList, LIST, LINKED);
    Views.<Set<Object>>add("synchronizedSet", Collections::synchronizedSet, SET);
    Views.<SortedSet<Object>>add("synchronizedSortedSet", Collections::synchronizedSortedSet, SET);
    Views.<NavigableSet<Object>>add(
        "synchronizedNavigableSet", Collections::synchronizedNavigableSet, SET);
    Views.<Map<Object, Object>>add("synchronizedMap", Collections::synchronizedMap, MAP);
    Views.<SortedMap<Object, Object>>add(
        "synchronizedSortedMap", Collections::synchronizedSortedMap, MAP);
    Views.<NavigableMap<Object, Object>>add(
        "synchronizedNavigableMap", Collections::synchronizedNavigableMap, MAP);
    Views.<Map<Object, Boolean>>add(
        "newSetFromMap", Collections::newSetFromMap, new HashMap<Object, Boolean>());
    Views.<ConcurrentHashMap<Object, Object>>add(
        "newKeySet", m -> m.keySet(Boolean.TRUE), new ConcurrentHashMap<>());
    Views.<Object[]>add("Arrays.asList", Arrays::asList, new Object[][] {{}});
  }

  private Views() {}

  @SafeVarargs
  @SuppressWarnings("unchecked") // what stands behind is checked when the view is made
  private static <T> void add(String name, Function<T, Object> make, T... samples) {
    View view = new View(name, behind -> make.apply((T) behind));
    BY_NAME.put(name, view);
    for (T sample : samples) {
      BY_CLASS.put(make.apply(sample).getClass(), view);
    }
  }

  /** The kind of an object, or null. */
  static @Nullable View of(Object value) {
    if (value instanceof ConcurrentHashMap.KeySetView<?, ?> keys
        && !Boolean.TRUE.equals(keys.getMappedValue())) {
      return null; // a map's keys
    }
    return BY_CLASS.get(value.getClass());
  }

  /** The kind of a name, or null. */
  static @Nullable View named(String name) {
    return BY_NAME.get(name);
  }
}

package dev.coweave.durable.format;

import java.util.AbstractMap.SimpleEntry;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The entries of maps that are written. One that is a map's own, as a loop over {@code entrySet()} has them, refers to its map, so that what is set in it
 * after loading is set in the map.
 *
 * <pre>{@code {"@": "Entry", "k": "a", "v": 1, "map": {"#ref": 1}} }</pre>
 */
final class Entries {
  /** What the reference is called. */
  static final String MAP = "map";

  private static final Set<Class<?>> OF_NO_MAP =
      Set.of(SimpleEntry.class, SimpleImmutableEntry.class, Map.entry(0, 0).getClass());

  private record Written(Map.Entry<?, ?> entry, Node node) {}

  private final List<Written> written = new ArrayList<>();

  void add(Map.Entry<?, ?> entry, Node node) {
    if (!OF_NO_MAP.contains(entry.getClass())) {
      written.add(new Written(entry, node));
    }
  }

  /**
   * Lets each refer to its map, if that was written too; else nobody sees what is set in it.
   *
   * @param values all that was written
   * @param refer makes a reference
   */
  void link(IdentityHashMap<Object, Node> values, Function<Node, Object> refer) {
    if (written.isEmpty()) {
      return;
    }
    IdentityHashMap<Object, Node> owners = new IdentityHashMap<>();
    List<Map<?, ?>> maps = new ArrayList<>();
    values.forEach(
        (value, node) -> {
          if (value instanceof Map<?, ?> map && Containers.isMap(value)) {
            maps.add(map);
            map.entrySet().forEach(e -> owners.put(e, node));
          }
        });
    for (Written w : written) {
      Node owner = owners.get(w.entry);
      Map<?, ?> map =
          w.entry instanceof Linked<?, ?> l ? l.map : owner == null ? made(w.entry, maps) : null;
      owner = map == null ? owner : values.get(map);
      if (owner != null) {
        w.node.named().put(MAP, refer.apply(owner));
      }
    }
  }

  /** Some maps make their entries when they are asked for one: such a map is known by what it holds. */
  private static @Nullable Map<?, ?> made(Map.Entry<?, ?> entry, List<Map<?, ?>> maps) {
    for (Map<?, ?> map : maps) {
      if ((map instanceof ConcurrentHashMap<?, ?> || map instanceof EnumMap<?, ?>)
          && map.containsKey(entry.getKey())
          && map.get(entry.getKey()) == entry.getValue()) {
        return map;
      }
    }
    return null;
  }

  /** A map's entry, as it was loaded. */
  static final class Linked<K extends @Nullable Object, V extends @Nullable Object>
      implements Map.Entry<K, V> {
    private final K key;
    private V value;
    private @Nullable Map<K, V> map;

    Linked(K key, V value) {
      this.key = key;
      this.value = value;
    }

    void link(Map<K, V> map) {
      this.map = map;
    }

    @Override
    public K getKey() {
      return key;
    }

    @Override
    @SuppressWarnings("NullAway") // a map that has the key has a value of its type
    public V getValue() {
      return map != null && map.containsKey(key) ? map.get(key) : value;
    }

    @Override
    public V setValue(V value) {
      V before = getValue();
      this.value = value;
      if (map != null) {
        map.put(key, value);
      }
      return before;
    }

    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Map.Entry<?, ?> e
          && Objects.equals(key, e.getKey())
          && Objects.equals(getValue(), e.getValue());
    }

    @Override
    public int hashCode() {
      return Objects.hashCode(key) ^ Objects.hashCode(getValue());
    }

    @Override
    public String toString() {
      return key + "=" + getValue();
    }
  }
}

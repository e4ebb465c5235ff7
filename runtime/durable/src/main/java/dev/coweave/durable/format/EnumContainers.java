package dev.coweave.durable.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Sets and maps of enum constants, which know their enum even when they are empty. */
final class EnumContainers {
  private EnumContainers() {}

  static String nameOf(Object container) {
    return container instanceof EnumMap<?, ?> ? "EnumMap" : "EnumSet";
  }

  static Node encode(Object container, Node node, Encoder encoder, String path) {
    List<@Nullable Object> elements = new ArrayList<>();
    Class<?> type;
    if (container instanceof EnumMap<?, ?> map) {
      type = typeOf(map);
      map.forEach(
          (k, v) ->
              elements.add(
                  Arrays.asList(
                      k.name(), encoder.encode(v, TypeRef.OBJECT, path + "[" + k + "]"))));
    } else {
      EnumSet<?> set = (EnumSet<?>) container;
      type = typeOf(set);
      set.forEach(e -> elements.add(e.name()));
    }
    encoder.checkAdmitted(type, container, path);
    node.named().put("of", encoder.nameOf(type));
    node.named().put("v", elements);
    return node;
  }

  private static Class<?> typeOf(EnumMap<?, ?> map) {
    return Objects.requireNonNull(SerialForm.classIn(map), "an EnumMap has an enum");
  }

  private static Class<?> typeOf(EnumSet<?> set) {
    EnumSet<?> some = set.isEmpty() ? EnumSet.complementOf(set) : set;
    if (some.isEmpty()) {
      throw new FormatException(Fault.NOT_STORABLE, "a set of an enum without constants");
    }
    return some.iterator().next().getDeclaringClass();
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // type is an enum
  static Object decode(String name, Class<?> type, List<@Nullable Object> elements) {
    if (name.equals("EnumSet")) {
      EnumSet set = EnumSet.noneOf((Class) type);
      elements.forEach(e -> set.add(Enum.valueOf((Class) type, (String) e)));
      return set;
    }
    EnumMap map = new EnumMap((Class) type);
    for (Object e : elements) {
      Map.Entry<?, ?> entry = (Map.Entry<?, ?>) Objects.requireNonNull(e);
      map.put(Enum.valueOf((Class) type, (String) entry.getKey()), entry.getValue());
    }
    return map;
  }
}

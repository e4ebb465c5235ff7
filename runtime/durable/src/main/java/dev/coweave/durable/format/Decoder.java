package dev.coweave.durable.format;

import dev.coweave.durable.format.Containers.Container;
import dev.coweave.durable.format.Scalars.Scalar;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes the values of one run of the tree that {@link Encoder} wrote. Trusts nothing in it: types, names and references are checked. */
final class Decoder {
  private final Values values;
  private final Map<Integer, Object> shared = new HashMap<>();

  /** Entries, and the numbers of their maps: these may stand behind them. */
  private final Map<Entries.Linked<Object, Object>, Object> entries = new IdentityHashMap<>();

  Decoder(Values values) {
    this.values = values;
  }

  /**
   * All is made: what depends on the rest of it is completed.
   *
   * @throws FormatException if a map to which an entry belongs isn't there
   */
  @SuppressWarnings("unchecked") // what the entry's map is of was checked when it was made
  void finish() {
    entries.forEach(
        (entry, id) -> {
          if (!(shared.get(id) instanceof Map<?, ?> map)) {
            throw unfit("the entry " + entry, "its map isn't there", null);
          }
          entry.link((Map<Object, Object>) map);
        });
  }

  /**
   * Makes a value.
   *
   * @param expected what it must be an instance of; also its type arguments are checked
   * @param path what a reader calls the place
   * @throws FormatException if it isn't, or is of a class that the program doesn't name
   */
  @Nullable Object decode(@Nullable Object tree, TypeRef expected, String path) {
    Object value;
    try {
      value = tree == null ? null : make(tree, expected, path);
    } catch (FormatException e) {
      throw e;
    } catch (RuntimeException e) {
      throw unfit(path, String.valueOf(e), e);
    }
    if (value == null ? expected.raw().isPrimitive() : !expected.boxed().isInstance(value)) {
      throw unfit(
          path,
          (value == null ? "nothing" : "a value of " + value.getClass().getTypeName())
              + " is stored, and the code has a "
              + expected.raw().getTypeName(),
          null);
    }
    return value;
  }

  private static FormatException unfit(String path, String what, @Nullable Throwable cause) {
    return new FormatException(Fault.NOT_LOADABLE, path + ": " + what, cause);
  }

  private Object make(Object tree, TypeRef expected, String path) {
    if (tree instanceof Map<?, ?> map) {
      return ofMap(parts(map), expected, path);
    } else if (tree instanceof List<?> list) {
      return ofList(list, expected, path);
    }
    Scalar s = Scalars.of(expected.boxed());
    if (s != null) {
      return s.fromTree().apply(tree);
    }
    return tree instanceof String name && expected.raw().isEnum()
        ? constant(expected.raw(), name, path)
        : tree;
  }

  @SuppressWarnings("unchecked") // the names of JSON are strings
  private static Map<String, @Nullable Object> parts(Map<?, ?> map) {
    return (Map<String, @Nullable Object>) map;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the class is an enum's
  private static Object constant(Class<?> type, String name, String path) {
    try {
      return Enum.valueOf((Class) type, name);
    } catch (IllegalArgumentException e) {
      throw unfit(path, type.getName() + " has no constant " + name, e);
    }
  }

  private Object ofMap(Map<String, @Nullable Object> map, TypeRef expected, String path) {
    if (map.get(Node.REF) instanceof Integer id && map.size() == 1) {
      Object value = shared.get(id);
      if (value == null) {
        throw unfit(path, "refers to a value " + id + " that doesn't stand before", null);
      }
      return value;
    }
    Object id = map.get(Node.ID);
    Object type = map.get(Node.TYPE);
    if (type == null) {
      return ofClass(expected.raw(), map, expected, id, path);
    }
    return typed((String) type, map, expected, id, path);
  }

  private Object typed(
      String type,
      Map<String, @Nullable Object> map,
      TypeRef expected,
      @Nullable Object id,
      String path) {
    Object v = map.get(Node.VALUE);
    Scalar scalar = Scalars.named(type);
    Special special = values.special(type);
    Container container = Containers.named(type);
    Views.View view = map.containsKey(Views.OF) ? Views.named(type) : null;
    Function<Map<String, @Nullable Object>, Object> iterator = values.iterator(type);
    if (scalar != null) {
      return scalar.fromTree().apply(Objects.requireNonNull(v));
    } else if (special != null) {
      return special.fromText().apply((String) Objects.requireNonNull(v));
    } else if (view != null) {
      TypeRef behind = new TypeRef(Object.class, expected.arguments());
      return share(
          id, view.make().apply(Objects.requireNonNull(decode(map.get(Views.OF), behind, path))));
    } else if (container != null) {
      return container(container, list(v), (String) map.get("order"), expected, id, path);
    } else if (iterator != null) {
      Map<String, @Nullable Object> parts = new HashMap<>();
      map.forEach(
          (name, part) -> {
            if (!name.startsWith("@") && !name.startsWith("#")) {
              parts.put(name, decode(part, TypeRef.OBJECT, path));
            }
          });
      return share(id, iterator.apply(parts));
    } else if (type.endsWith("[]")) {
      return array(arrayClass(type, path), list(v), id, path);
    }
    return switch (type) {
      case "service" -> service((String) v, path);
      case "throwable" -> throwable(map, id, path);
      case "Entry" -> share(id, entry(map, expected, path));
      case "Optional" -> share(id, Optional.ofNullable(decode(v, expected.argument(0), path)));
      case "EnumMap", "EnumSet" -> share(id, enums(type, map, path));
      default -> ofClass(classOf(type, path), map, expected, id, path);
    };
  }

  private static List<?> list(@Nullable Object v) {
    return (List<?>) Objects.requireNonNull(v);
  }

  private Object share(@Nullable Object id, Object value) {
    if (id != null) {
      shared.put((Integer) id, value);
    }
    return value;
  }

  private Object service(@Nullable String name, String path) {
    Object service = name == null ? null : values.services().find(name);
    if (service == null) {
      throw FormatException.noService(String.valueOf(name), path);
    }
    return service;
  }

  private Class<?> classOf(String name, String path) {
    Class<?> c = values.types().classOf(name);
    if (c == null) {
      throw unfit(path, "the program's durable classes name no type " + name, null);
    }
    return c;
  }

  private Object entry(Map<String, @Nullable Object> map, TypeRef expected, String path) {
    Map.Entry<Object, Object> entry = entry(map.get("k"), map.get(Node.VALUE), expected, path);
    if (!(map.get(Entries.MAP) instanceof Map<?, ?> reference)) {
      return entry;
    }
    var linked = new Entries.Linked<>(entry.getKey(), entry.getValue());
    entries.put(linked, Objects.requireNonNull(reference.get(Node.REF)));
    return linked;
  }

  @SuppressWarnings("NullAway") // keys and values may be null
  private Map.Entry<Object, Object> entry(
      @Nullable Object key, @Nullable Object value, TypeRef expected, String path) {
    return new java.util.AbstractMap.SimpleEntry<>(
        decode(key, expected.argument(0), path + ".key"),
        decode(value, expected.argument(1), path + ".value"));
  }

  private Object enums(String type, Map<String, @Nullable Object> map, String path) {
    Class<?> of = classOf((String) Objects.requireNonNull(map.get("of")), path);
    if (!of.isEnum()) {
      throw unfit(path, of.getName() + " is no enum", null);
    }
    List<@Nullable Object> elements = new ArrayList<>();
    for (Object e : list(map.get(Node.VALUE))) {
      elements.add(
          e instanceof List<?> pair
              ? new java.util.AbstractMap.SimpleEntry<>(
                  pair.get(0), decode(pair.get(1), TypeRef.OBJECT, path))
              : e);
    }
    return EnumContainers.decode(type, of, elements);
  }

  // ---- what has elements

  private Object ofList(List<?> list, TypeRef expected, String path) {
    Class<?> raw = expected.raw();
    if (raw.isArray()) {
      return array(raw, list, null, path);
    }
    Container c =
        Objects.requireNonNull(
            Containers.named(
                raw.isAssignableFrom(ArrayList.class) ? "ArrayList" : raw.getSimpleName()),
            "a list");
    return container(c, list, null, expected, null, path);
  }

  private Object container(
      Container c,
      List<?> list,
      @Nullable String order,
      TypeRef expected,
      @Nullable Object id,
      String path) {
    Object container =
        c.make() == null
            ? null
            : order == null ? c.make().get() : Containers.ordered(c.name(), order);
    if (container != null) {
      share(id, container); // it may contain itself
    }
    boolean isMap = java.util.Map.class.isAssignableFrom(c.type());
    List<@Nullable Object> elements = new ArrayList<>(list.size());
    int i = 0;
    for (Object e : list) {
      if (isMap) {
        List<?> pair = list(e);
        elements.add(entry(pair.get(0), pair.get(1), expected, path + "[" + i++ + "]"));
      } else {
        elements.add(decode(e, expected.argument(0), path + "[" + i++ + "]"));
      }
    }
    if (container == null) {
      return share(
          id, Objects.requireNonNull(c.copy(), "an order that isn't known").apply(elements));
    }
    Containers.fill(container, elements);
    return container;
  }

  private Class<?> arrayClass(String name, String path) {
    String element = name.substring(0, name.length() - 2);
    if (element.endsWith("[]")) {
      return arrayClass(element, path).arrayType();
    }
    Class<?> primitive = PRIMITIVES.get(element);
    if (primitive != null) {
      return primitive.arrayType();
    }
    if (element.startsWith("java.")) {
      try {
        return Class.forName(element, false, ClassLoader.getPlatformClassLoader()).arrayType();
      } catch (ClassNotFoundException e) {
        throw unfit(path, "there is no type " + element, e);
      }
    }
    return classOf(element, path).arrayType();
  }

  private static final Map<String, Class<?>> PRIMITIVES =
      Map.of(
          "boolean", boolean.class,
          "byte", byte.class,
          "char", char.class,
          "short", short.class,
          "int", int.class,
          "long", long.class,
          "float", float.class,
          "double", double.class);

  private Object array(Class<?> type, List<?> list, @Nullable Object id, String path) {
    if (type == byte[].class) {
      return share(id, Base64.getDecoder().decode((String) list.get(0)));
    }
    Object array = Array.newInstance(type.getComponentType(), list.size());
    share(id, array);
    for (int i = 0; i < list.size(); i++) {
      Array.set(
          array, i, decode(list.get(i), TypeRef.of(type.getComponentType()), path + "[" + i + "]"));
    }
    return array;
  }

  // ---- what has named parts

  private Object ofClass(
      Class<?> type,
      Map<String, @Nullable Object> map,
      TypeRef expected,
      @Nullable Object id,
      String path) {
    TypeRef own = expected.raw() == type ? expected : TypeRef.of(type);
    if (type.isEnum()) {
      return constant(type, (String) Objects.requireNonNull(map.get(Node.VALUE)), path);
    } else if (!values.types().admits(type)) {
      throw unfit(path, "the program's durable classes name no type " + type.getName(), null);
    } else if (type.isRecord()) {
      return share(id, record(type, map, own, path));
    } else if (!values.types().isMarked(type)) {
      throw unfit(path, type.getName() + " is not @Storable", null);
    }
    Object object = values.records().make(type);
    share(id, object);
    Set<String> seen = new HashSet<>();
    for (Field f : TypeNames.fieldsOf(type)) {
      String name = seen.add(f.getName()) ? f.getName() : "super." + f.getName();
      Object part = part(map, name, own.resolve(f.getGenericType()), path);
      values.records().set(object, f, part);
    }
    return object;
  }

  private Object record(
      Class<?> type, Map<String, @Nullable Object> map, TypeRef own, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Set<String> unknown = new HashSet<>(map.keySet());
    unknown.removeIf(name -> name.startsWith("@") || name.startsWith("#"));
    @Nullable Object[] parts = new Object[components.length];
    for (int i = 0; i < parts.length; i++) {
      String name = components[i].getName();
      unknown.remove(name);
      parts[i] = part(map, name, own.resolve(components[i].getGenericType()), path);
    }
    if (!unknown.isEmpty()) {
      throw unfit(path, type.getName() + " has no longer a component " + unknown, null);
    }
    return values.records().make(type, parts);
  }

  private @Nullable Object part(
      Map<String, @Nullable Object> map, String name, TypeRef type, String path) {
    if (!map.containsKey(name)) {
      throw unfit(path, "nothing is stored for its part " + name, null);
    }
    return decode(map.get(name), type, path + "." + name);
  }

  private Object throwable(Map<String, @Nullable Object> map, @Nullable Object id, String path) {
    Object cause = decode(map.get("cause"), TypeRef.of(Throwable.class), path + "'s cause");
    Throwable t = new Throwables(values).decode(map, (Throwable) cause, this, path);
    share(id, t);
    if (map.get("suppressed") instanceof List<?> suppressed) {
      for (Object s : suppressed) {
        t.addSuppressed(
            (Throwable)
                Objects.requireNonNull(
                    decode(s, TypeRef.of(Throwable.class), path + "'s suppressed")));
      }
    }
    return t;
  }
}

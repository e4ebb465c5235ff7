package dev.coweave.durable.format;

import dev.coweave.durable.format.Containers.Container;
import dev.coweave.durable.format.Scalars.Scalar;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes the values of one run as a tree for {@link Json}. What they share they share in the text: a value with parts that is met again is
 * referred to.
 */
final class Encoder {
  /** How deep values may nest before that is given up: well within the thread's stack. */
  private static final int MAX_DEPTH = Json.MAX_DEPTH;

  private final Values values;
  private final IdentityHashMap<Object, Node> nodes = new IdentityHashMap<>();
  private final boolean admitsAll;
  private final Entries entries = new Entries();
  private String where = "";
  private int ids;
  private int depth;

  Encoder(Values values) {
    this(values, false);
  }

  /** @param admitsAll whether nobody knows here what types the program names that reads this */
  Encoder(Values values, boolean admitsAll) {
    this.values = values;
    this.admitsAll = admitsAll;
  }

  /** Says where the values stand that are written next. */
  Encoder at(String where) {
    this.where = where;
    return this;
  }

  /** All is written: what depends on the rest of it is completed. */
  void finish() {
    entries.link(nodes, this::refer);
  }

  /**
   * Writes a value.
   *
   * @param expected what is known of its type where it is read
   * @param path what a reader calls the place
   * @throws FormatException if it can't be stored
   */
  @Nullable Object encode(@Nullable Object value, TypeRef expected, String path) {
    if (value == null) {
      return null;
    }
    if (++depth > MAX_DEPTH) {
      throw refuse(path, value, "nests deeper than " + MAX_DEPTH);
    }
    try {
      Scalar scalar = Scalars.of(value.getClass());
      return scalar != null ? scalar(scalar, value, expected) : composite(value, expected, path);
    } finally {
      depth--;
    }
  }

  private static Object scalar(Scalar s, Object value, TypeRef expected) {
    Object tree = s.toTree().apply(value);
    boolean open = Scalars.of(expected.boxed()) == null;
    if (expected.boxed() == s.type() || (open && Scalars.isNatural(s) && !isTextual(expected))) {
      return tree;
    }
    return Map.of(Node.TYPE, s.name(), Node.VALUE, tree);
  }

  /** Whether text at such a place is the name of a constant. */
  private static boolean isTextual(TypeRef expected) {
    return expected.raw().isEnum();
  }

  private Object composite(Object value, TypeRef expected, String path) {
    String service = values.services().nameOf(value);
    if (service != null) {
      return Map.of(Node.TYPE, "service", Node.VALUE, service);
    }
    Special special = values.special(value.getClass());
    if (special != null) {
      return Map.of(Node.TYPE, special.name(), Node.VALUE, special.toText().apply(value));
    }
    if (value instanceof Enum<?> e) {
      return constant(e, expected, path);
    }
    Node present = nodes.get(value);
    if (present != null) {
      return refer(present, value, path);
    }
    Node node = node(value, expected, path);
    node.open = false;
    return node;
  }

  private Object refer(Node node, Object value, String path) {
    if (node.open && node.elements == null && !isMarked(value)) {
      throw refuse(path, value, "contains itself, and can't be made before its parts are");
    }
    return refer(node);
  }

  private Object refer(Node node) {
    if (node.id == 0) {
      node.id = ++ids;
    }
    return new Node.Ref(node);
  }

  /** Objects of marked classes are made before their fields are filled. */
  private boolean isMarked(Object value) {
    return !(value instanceof Record) && values.types().isMarked(value.getClass());
  }

  private Object constant(Enum<?> e, TypeRef expected, String path) {
    Class<?> type = e.getDeclaringClass();
    if (expected.raw() == type) {
      return e.name();
    }
    checkAdmitted(type, e, path);
    return Map.of(Node.TYPE, values.types().nameOf(type), Node.VALUE, e.name());
  }

  private Node open(Object value, String type, boolean implied) {
    Node node = new Node(type, implied);
    nodes.put(value, node);
    return node;
  }

  private Node node(Object value, TypeRef expected, String path) {
    Object behind = behind(value);
    Container container = Containers.of(value);
    if (behind != null) {
      return view(value, behind, expected, path);
    } else if (container != null) {
      return container(container, value, expected, path);
    } else if (value.getClass().isArray()) {
      return array(value, expected, path);
    } else if (value instanceof Record r) {
      return record(r, expected, path);
    } else if (value instanceof Throwable t) {
      return new Throwables(values).encode(t, open(t, "throwable", false), this, path);
    } else if (value instanceof Map.Entry<?, ?> e) {
      Node node = open(value, "Entry", false);
      entries.add(e, node);
      node.named().put("k", encode(e.getKey(), expected.argument(0), path + ".key"));
      node.named().put("v", encode(e.getValue(), expected.argument(1), path + ".value"));
      return node;
    } else if (value instanceof Optional<?> o) {
      Node node = open(value, "Optional", false);
      node.named().put("v", encode(o.orElse(null), expected.argument(0), path));
      return node;
    } else if (value instanceof EnumMap<?, ?> || value instanceof EnumSet<?>) {
      return EnumContainers.encode(
          value, open(value, EnumContainers.nameOf(value), false), this, path);
    } else if (value instanceof StoredIterator<?> i) {
      Node node = open(value, i.storedName(), false);
      i.store().forEach((name, part) -> node.named().put(name, encode(part, TypeRef.OBJECT, path)));
      return node;
    }
    return marked(value, expected, path);
  }

  /** What is behind a view, or null. Lists over arrays that can't be stored for themselves are lists like others. */
  private @Nullable Object behind(Object value) {
    Object behind = Views.of(value) == null ? null : SerialForm.behind(value);
    return behind == null || !behind.getClass().isArray() || admitsElements(behind) ? behind : null;
  }

  private Node view(Object value, Object behind, TypeRef expected, String path) {
    Node node = open(value, Objects.requireNonNull(Views.of(value)).name(), false);
    TypeRef type =
        behind.getClass().isArray()
            ? TypeRef.OBJECT
            : new TypeRef(Object.class, expected.arguments());
    node.named().put(Views.OF, encode(behind, type, path));
    return node;
  }

  private Node container(Container c, Object value, TypeRef expected, String path) {
    String order = Containers.orderOf(value);
    if (order == null) {
      throw refuse(path, value, "has a comparator, which can't be stored");
    }
    boolean implied =
        c.name().equals("ArrayList") && expected.raw().isAssignableFrom(ArrayList.class)
            || expected.raw() == value.getClass();
    Node node = open(value, c.name(), implied);
    node.order = order;
    List<@Nullable Object> elements = new ArrayList<>();
    if (c.make() != null) {
      node.elements = elements; // it may contain itself
    }
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> e : map.entrySet()) {
        Object key = encode(e.getKey(), expected.argument(0), path + "'s key");
        elements.add(
            Arrays.asList(
                key, encode(e.getValue(), expected.argument(1), path + "[" + e.getKey() + "]")));
      }
    } else {
      int i = 0;
      for (Object e : (Collection<?>) value) {
        elements.add(encode(e, expected.argument(0), path + "[" + i++ + "]"));
      }
    }
    node.elements = elements;
    return node;
  }

  private Node array(Object value, TypeRef expected, String path) {
    Node node = open(value, values.arrayName(value.getClass()), expected.raw() == value.getClass());
    if (value instanceof byte[] bytes) {
      node.elements = new ArrayList<>(List.of(Base64.getEncoder().encodeToString(bytes)));
      return node;
    }
    Class<?> element = value.getClass().getComponentType();
    if (!admitsElements(value)) {
      checkAdmitted(base(value), value, path);
    }
    List<@Nullable Object> elements = new ArrayList<>();
    node.elements = elements;
    for (int i = 0; i < Array.getLength(value); i++) {
      elements.add(encode(Array.get(value, i), TypeRef.of(element), path + "[" + i + "]"));
    }
    return node;
  }

  private static Class<?> base(Object array) {
    Class<?> base = array.getClass();
    while (base.isArray()) {
      base = base.getComponentType();
    }
    return base;
  }

  private boolean admitsElements(Object array) {
    Class<?> base = base(array);
    return admitsAll
        || base.isPrimitive()
        || base.getName().startsWith("java.")
        || values.types().admits(base);
  }

  private Node record(Record r, TypeRef expected, String path) {
    Class<?> type = r.getClass();
    checkAdmitted(type, r, path);
    Node node = open(r, values.types().nameOf(type), expected.raw() == type);
    TypeRef own = expected.raw() == type ? expected : TypeRef.of(type);
    for (RecordComponent c : type.getRecordComponents()) {
      Object part = values.records().get(r, c);
      node.named()
          .put(
              c.getName(), encode(part, own.resolve(c.getGenericType()), path + "." + c.getName()));
    }
    return node;
  }

  private Node marked(Object value, TypeRef expected, String path) {
    Class<?> type = value.getClass();
    if (!values.types().isMarked(type)) {
      throw refuse(path, value, null);
    }
    Node node = open(value, values.types().nameOf(type), expected.raw() == type);
    for (Field f : TypeNames.fieldsOf(type)) {
      Object part = values.records().get(value, f);
      String name = node.named().containsKey(f.getName()) ? "super." + f.getName() : f.getName();
      node.named()
          .put(
              name,
              encode(part, TypeRef.of(type).resolve(f.getGenericType()), path + "." + f.getName()));
    }
    return node;
  }

  String nameOf(Class<?> type) {
    return values.types().nameOf(type);
  }

  void checkAdmitted(Class<?> type, Object value, String path) {
    if (!admitsAll && !values.types().admits(type)) {
      throw new FormatException(
          Fault.NOT_STORABLE,
          path
              + where
              + " is of "
              + describe(value)
              + ", which the classes of the program's durable methods don't name: it would not be"
              + " loaded; annotate it @Storable");
    }
  }

  FormatException refuse(String path, Object value, @Nullable String why) {
    return new FormatException(
        Fault.NOT_STORABLE,
        path
            + where
            + " is of "
            + describe(value)
            + ", which "
            + (why == null ? "can't be stored" : why));
  }

  private static String describe(Object value) {
    Class<?> c = value.getClass();
    return c.isHidden() || c.getName().contains("$$Lambda") ? "a lambda's class" : c.getTypeName();
  }
}

package dev.coweave.durable.format;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What all values of an engine's runs are written and read with. Thread-safe. */
public final class Values {
  private final TypeNames types;
  private final Services services;
  private final Map<Class<?>, Special> specials = new HashMap<>();
  private final Map<String, Special> specialsByName = new HashMap<>();
  private final Map<String, Function<Map<String, @Nullable Object>, Object>> iterators;
  private final Records records = new Records();
  private final Sealing sealing;

  /**
   * The means of an engine.
   *
   * @param types the classes that may be stored
   * @param services what is stored by name
   * @param specials kinds of values that the engine adds
   * @param iterators makes iterators of their parts, by their stored names
   * @param encrypt encrypts them, or null
   * @param decrypt undoes that
   */
  public Values(
      TypeNames types,
      Services services,
      List<Special> specials,
      Map<String, Function<Map<String, @Nullable Object>, Object>> iterators,
      @Nullable UnaryOperator<String> encrypt,
      @Nullable UnaryOperator<String> decrypt) {
    this.types = types;
    this.sealing = new Sealing(encrypt, decrypt);
    this.services = services;
    this.iterators = Map.copyOf(iterators);
    for (Special s : specials) {
      this.specials.put(s.type(), s);
      specialsByName.put(s.name(), s);
    }
  }

  /** The classes that may be stored. */
  public TypeNames types() {
    return types;
  }

  /** Whether a list is stored as a list whose positions stay: of those that aren't copies of another one while they are gone through. */
  public static boolean isList(List<?> list) {
    return !(list instanceof CopyOnWriteArrayList<?>)
        && (Containers.of(list) != null || Views.of(list) != null);
  }

  /** What is stored by name. */
  public Services services() {
    return services;
  }

  Sealing sealing() {
    return sealing;
  }

  Records records() {
    return records;
  }

  @Nullable Special special(Class<?> c) {
    return specials.get(c);
  }

  @Nullable Special special(String name) {
    return specialsByName.get(name);
  }

  @Nullable Function<Map<String, @Nullable Object>, Object> iterator(String name) {
    return iterators.get(name);
  }

  /** The type of a signature or descriptor. */
  public TypeRef type(String signature) {
    return Signatures.read(signature, types);
  }

  /** The stored name of an array's class: {@code int[][]}, {@code com.acme.Order[]}. */
  String arrayName(Class<?> c) {
    Class<?> element = c.getComponentType();
    if (element.isArray()) {
      return arrayName(element) + "[]";
    }
    return (types.admits(element) ? types.nameOf(element) : element.getName()) + "[]";
  }
}

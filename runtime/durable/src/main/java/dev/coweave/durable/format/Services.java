package dev.coweave.durable.format;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Objects that are stored by a name and found again by it. Thread-safe. */
public final class Services {
  private final Map<String, Object> byName = new TreeMap<>();
  private final Map<Object, String> names = new IdentityHashMap<>();

  /**
   * Registers an object.
   *
   * @throws IllegalStateException if the name is another's
   */
  public synchronized void add(String name, Object service) {
    Object present = byName.putIfAbsent(name, service);
    if (present != null && present != service) {
      throw new IllegalStateException("there is a service of the name " + name + " already");
    }
    names.put(service, name);
  }

  /** The name of a service, or null if the object is none. */
  public synchronized @Nullable String nameOf(Object object) {
    return names.get(object);
  }

  /** The service of a name, or null. */
  public synchronized @Nullable Object find(String name) {
    return byName.get(name);
  }
}

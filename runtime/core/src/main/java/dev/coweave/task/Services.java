package dev.coweave.task;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * What others provide for the runtime, found in its own class loader.
 *
 * @hidden
 */
public final class Services {
  /** How many that can't be loaded are passed over. */
  private static final int MOST_FAILURES = 100;

  private Services() {}

  /**
   * Loads all providers of a service. One that can't be loaded is reported, and the others are loaded all the same.
   *
   * @param service this module {@code uses} it
   * @param failure what is reported of one
   */
  public static <S> List<S> load(Class<S> service, String failure) {
    List<S> all = new ArrayList<>();
    Iterator<S> providers = ServiceLoader.load(service, service.getClassLoader()).iterator();
    int failures = 0;
    while (failures < MOST_FAILURES) {
      try {
        if (!providers.hasNext()) {
          break;
        }
        all.add(providers.next());
      } catch (ServiceConfigurationError | LinkageError e) {
        failures++;
        RuntimeLog.error(failure, e);
      }
    }
    return all;
  }
}

package dev.coweave.proof.loss;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** What the instrumented runtime calls at each of its sites: at an allocation, or where a method begins. Throws at one of them, once. */
public final class Injector {
  private static final Map<String, Integer> IDS = new ConcurrentHashMap<>();
  private static final List<String> NAMES = new ArrayList<>();
  private static final Map<Integer, Integer> SEEN = new ConcurrentHashMap<>();

  private static volatile boolean records;
  private static volatile int armed = -1;
  private static volatile int passes;
  private static volatile Error error = new OutOfMemoryError();

  private Injector() {}

  /** The number of a site, the same each time that the class is instrumented. */
  static synchronized int id(String site) {
    return IDS.computeIfAbsent(
        site,
        s -> {
          NAMES.add(s);
          return NAMES.size() - 1;
        });
  }

  static synchronized String name(int site) {
    return NAMES.get(site);
  }

  /** Called by instrumented code. */
  public static void hit(int site) {
    if (records) {
      SEEN.merge(site, 1, Integer::sum);
    }
    if (site == armed && passes-- == 0) {
      armed = -1;
      error.setStackTrace(new Throwable().getStackTrace()); // It was made elsewhere.
      throw error;
    }
  }

  static void record() {
    SEEN.clear();
    records = true;
  }

  /** How often each site was passed. */
  static Map<Integer, Integer> recorded() {
    records = false;
    return new TreeMap<>(SEEN);
  }

  /**
   * Lets a site throw.
   *
   * @param site its number
   * @param passes how often it is passed before
   */
  static void arm(int site, int passes) {
    error =
        name(site).endsWith(" entry")
            ? new StackOverflowError("injected")
            : new OutOfMemoryError("injected");
    Injector.passes = passes;
    armed = site;
  }

  /** Whether it has thrown; from now on it doesn't. */
  static boolean hasThrown() {
    boolean thrown = armed < 0;
    armed = -1;
    return thrown;
  }

  /** Whether an error was thrown for the site that was armed last, or was caused by that. */
  public static boolean isInjected(Throwable t) {
    for (Throwable c = t; c != null; c = c.getCause()) {
      if (c == error) {
        return true;
      }
      for (Throwable s : c.getSuppressed()) {
        if (isInjected(s)) {
          return true;
        }
      }
    }
    return false;
  }
}

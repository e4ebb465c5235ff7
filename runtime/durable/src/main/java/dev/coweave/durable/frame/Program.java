package dev.coweave.durable.frame;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The durable methods of a program, found by the names of their classes. A class is initialised only when it has some. Thread-safe.
 */
public final class Program {
  /** A durable method with a frame to make others of. */
  public record Entry(DurableMethod method, DurableFrame prototype) {}

  private static final String FRAMES = "coweave$durable";

  private final ClassLoader loader;
  private final Map<String, Map<String, Entry>> classes = new ConcurrentHashMap<>();
  private final Map<Class<?>, DurableMethod> byFrame = new ConcurrentHashMap<>();

  /**
   * The program of a loader.
   *
   * @param loader where classes are looked up
   */
  public Program(ClassLoader loader) {
    this.loader = loader;
  }

  /** Where its classes are looked up. */
  public ClassLoader loader() {
    return loader;
  }

  /**
   * A method.
   *
   * @param owner its class's name
   * @param durableName the name that its annotation gives it
   * @return null if the program hasn't got it
   */
  public @Nullable Entry find(String owner, String durableName) {
    return classes.computeIfAbsent(owner, this::read).get(durableName);
  }

  /** A class of the program, not initialised; null if there is none of the name. */
  public @Nullable Class<?> classOf(String name) {
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  /**
   * Lets a class be found by a name that it had before.
   *
   * @param former the name
   * @param c the class
   */
  public void alias(String former, Class<?> c) {
    if (classOf(former) == null) {
      classes.put(former, read(c.getName()));
    }
  }

  /** The method of a frame. */
  public DurableMethod methodOf(DurableFrame frame) {
    return byFrame.computeIfAbsent(
        frame.getClass(), c -> DurableMethod.parse(frame.coweave$describe()));
  }

  private Map<String, Entry> read(String owner) {
    Map<String, Entry> entries = new HashMap<>();
    for (DurableFrame frame : frames(owner)) {
      DurableMethod method = methodOf(frame);
      entries.put(method.durableName(), new Entry(method, frame));
    }
    return Map.copyOf(entries);
  }

  private List<DurableFrame> frames(String owner) {
    try {
      Class<?> c = Class.forName(owner, false, loader);
      Method frames = c.getDeclaredMethod(FRAMES);
      frames.setAccessible(true);
      Object result = frames.invoke(null);
      return result instanceof DurableFrame[] some ? List.of(some) : List.of();
    } catch (ClassNotFoundException | NoSuchMethodException | LinkageError e) {
      return new ArrayList<>(); // no such class, or none with durable methods
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("the durable methods of " + owner + " can't be found", e);
    }
  }
}

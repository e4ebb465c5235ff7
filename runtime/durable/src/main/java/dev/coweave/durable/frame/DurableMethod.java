package dev.coweave.durable.frame;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A durable method, as the weaver describes it in text: a line each for the method, its points, and what is stored at each.
 *
 * @param owner its class's name
 * @param name its own name
 * @param desc its erased descriptor
 * @param durableName the name that the annotation gives it; by it and its class a parked run finds it
 * @param code the fingerprint of its name and code
 * @param isStatic whether it has no {@code this}
 * @param points where it may be parked, by state
 * @param types the classes that its class's code names, without the JDK's
 * @param text the description
 */
public record DurableMethod(
    String owner,
    String name,
    String desc,
    String durableName,
    String code,
    boolean isStatic,
    List<Point> points,
    Set<String> types,
    String text) {
  private static final String VERSION = "durable\t2";

  /**
   * Reads a description.
   *
   * @throws IllegalArgumentException if it is of a version that this one doesn't know
   */
  public static DurableMethod parse(String text) {
    String[] lines = text.split("\n", -1);
    if (!lines[0].equals(VERSION)) {
      throw new IllegalArgumentException("a description of another version: " + lines[0]);
    }
    String[] m = lines[1].split("\t", -1);
    List<Point> points = new ArrayList<>();
    Set<String> types = Set.of();
    List<Slot> slots = new ArrayList<>();
    String[] point = {};
    for (String line : List.of(lines).subList(2, lines.length)) {
      String[] f = line.split("\t", -1);
      switch (f[0]) {
        case "point" -> point = f;
        case "around" -> {
          slots = new ArrayList<>();
          points.add(point(point, f, slots));
        }
        case "local", "operand" ->
            slots.add(new Slot(f[1], Integer.parseInt(f[2]), f[3], f[4], f[0].equals("operand")));
        case "types" -> types = f[1].isEmpty() ? Set.of() : Set.of(f[1].split(","));
        default -> {}
      }
    }
    return new DurableMethod(
        m[1], m[2], m[3], m[4], m[5], m[6].equals("static"), List.copyOf(points), types, text);
  }

  private static Point point(String[] point, String[] around, List<Slot> slots) {
    return new Point(
        Integer.parseInt(point[1]),
        point[2],
        point[3],
        point[4],
        point[5].equals("repeated"),
        Integer.parseInt(point[6]),
        point[7],
        point[8],
        new Point.Around(list(around[1]), list(around[2]), list(around[3]), list(around[4])),
        slots);
  }

  private static List<String> list(String words) {
    return words.isEmpty() ? List.of() : List.of(words.split(" "));
  }

  /** The point where a frame of the code that runs stands. */
  public Point at(int state) {
    return points.get(state);
  }

  /** The point of a key, or null. */
  public @Nullable Point find(String key) {
    return points.stream().filter(p -> p.key().equals(key)).findFirst().orElse(null);
  }

  /** The copies of a call. */
  public List<Point> copies(String call) {
    return points.stream().filter(p -> p.call().equals(call)).toList();
  }

  /** The descriptor of its result. */
  public String result() {
    return desc.substring(desc.indexOf(')') + 1);
  }

  /** Class and durable name: {@code com.acme.Orders.order}. */
  @Override
  public String toString() {
    return owner + "." + durableName;
  }
}

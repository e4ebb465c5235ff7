package dev.coweave.durable;

import dev.coweave.coroutine.Frame;
import dev.coweave.durable.format.Delivery;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.format.Json;
import dev.coweave.durable.format.Snapshot;
import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.sql.NewRun;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds out what a run begins with. */
final class Starts {
  private static final int MAX_ID = 200;

  private Starts() {}

  /**
   * An id or name as the tables take it.
   *
   * @param what it is of
   * @throws IllegalArgumentException if it is none
   */
  static String checked(String what, String text) {
    if (text.isEmpty()
        || text.length() > MAX_ID
        || text.indexOf(0) >= 0
        || !Json.isWellFormed(text)) {
      throw new IllegalArgumentException(
          "a " + what + " has 1 to " + MAX_ID + " characters that a database can store: " + text);
    }
    return text;
  }

  /** The same for a run that starts another: what the format refuses is the caller's. */
  static NewRun ofParent(
      DurableEngine engine,
      String id,
      @Nullable String queue,
      StartContinuation.Body body,
      String parent) {
    try {
      return of(engine, id, queue, body, parent);
    } catch (FormatException e) {
      throw DurableException.of(e);
    }
  }

  /**
   * A run to start.
   *
   * @param queue the queue in which it stands, or null
   * @param parent the run that starts it, or null
   * @throws FormatException if the lambda calls no durable method, or one whose arguments can't be stored
   */
  static NewRun of(
      DurableEngine engine,
      String id,
      @Nullable String queue,
      StartContinuation.Body body,
      @Nullable String parent) {
    checked("run's id", id);
    Frame frame = StartContinuation.capture(body);
    DurableMethod method = engine.program.methodOf((DurableFrame) frame);
    if (engine.program.find(method.owner(), method.durableName()) == null) {
      throw new FormatException(
          Fault.NO_DURABLE_CALL,
          method + " is not found again by its name, in the engine's loader");
    }
    String state = engine.texts.write(new Snapshot(List.of(frame), Delivery.NONE));
    return new NewRun(
        id,
        method.owner(),
        method.durableName(),
        origin(method, state),
        engine.options.generation(),
        state,
        parent,
        queue,
        method.code(),
        method.text());
  }

  /** A digest of the method and its arguments. */
  private static String origin(DurableMethod method, String state) {
    Map<?, ?> tree = (Map<?, ?>) Objects.requireNonNull(Json.read(state));
    Map<?, ?> frame = (Map<?, ?>) ((List<?>) Objects.requireNonNull(tree.get("frames"))).get(0);
    String text = method + " " + Json.write(canonical(frame.get("locals")));
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each JVM has SHA-256", e);
    }
  }

  /** The same for equal values: the elements of what has no order are sorted. */
  private static @Nullable Object canonical(@Nullable Object tree) {
    if (tree instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> sorted = new TreeMap<>();
      map.forEach((k, v) -> sorted.put((String) k, canonical(v)));
      Object type = sorted.get("@");
      if (type instanceof String name
          && (name.startsWith("Hash") || name.equals("Set.of") || name.equals("Map.of"))
          && sorted.get("v") instanceof List<?> elements) {
        List<Object> inOrder = new ArrayList<>(elements);
        inOrder.sort(Comparator.comparing(Json::write));
        sorted.put("v", inOrder);
      }
      return sorted;
    } else if (tree instanceof List<?> list) {
      List<@Nullable Object> result = new ArrayList<>();
      list.forEach(e -> result.add(canonical(e)));
      return result;
    } else if (tree instanceof Number n && !(n instanceof Integer) && !(n instanceof Long)) {
      return n.toString();
    }
    return tree;
  }
}

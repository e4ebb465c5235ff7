package dev.coweave.durable.format;

import dev.coweave.coroutine.Frame;
import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Point;
import dev.coweave.durable.frame.Program;
import dev.coweave.durable.frame.Slot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A run at one of its waits: its frames, outermost first, and what is delivered to the innermost.
 *
 * <pre>{@code
 * {"format": 1,
 *  "frames": [
 *    {"class": "com.acme.Orders", "method": "order", "code": "90ab…", "point": "step:charge",
 *     "locals": {"this": {"@": "service", "v": "orders"}, "o": {"id": "17", "cents": 100}}}],
 *  "value": "payment-5"}
 * }</pre>
 *
 * @param frames the frames
 * @param outcome what the innermost goes on with
 */
public record Snapshot(List<Frame> frames, Delivery outcome) {
  private static final int FORMAT = 1;

  /** Writes it. */
  public String write(Program program, Values values) {
    Encoder encoder = new Encoder(values);
    List<@Nullable Object> written = new ArrayList<>();
    Point last = null;
    for (Frame f : frames) {
      DurableFrame frame = (DurableFrame) f;
      DurableMethod method = program.methodOf(frame);
      last = method.at(f.state);
      written.add(frame(frame, method, last, encoder, values));
    }
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("format", FORMAT);
    tree.put("frames", written);
    if (outcome.failure() != null) {
      tree.put(
          "failure", encoder.at("").encode(outcome.failure(), TypeRef.OBJECT, "the exception"));
    } else if (outcome.value() != null) {
      TypeRef type = last == null ? TypeRef.OBJECT : resultType(last, values);
      tree.put("value", encoder.at("").encode(outcome.value(), type, "the result of " + at(last)));
    }
    return Json.write(Node.tree(tree));
  }

  private static String at(@Nullable Point p) {
    return p == null ? "the run" : p.key();
  }

  private static TypeRef resultType(Point p, Values values) {
    return values.type(p.result());
  }

  private static Map<String, @Nullable Object> frame(
      DurableFrame frame, DurableMethod method, Point point, Encoder encoder, Values values) {
    values.types().admit(method.types());
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("class", method.owner());
    tree.put("method", method.durableName());
    tree.put("code", method.code());
    tree.put("point", point.key());
    Map<String, @Nullable Object> locals = new LinkedHashMap<>();
    encoder.at(" at " + point.key() + " in " + method);
    for (Slot s : point.slots()) {
      Object value = boxed(frame.coweave$get(s.field()), s.desc());
      locals.put(s.name(), encoder.encode(value, values.type(s.type()), "'" + s.name() + "'"));
    }
    tree.put("locals", locals);
    return tree;
  }

  /** What the JVM keeps as an int, as its type says. */
  private static @Nullable Object boxed(@Nullable Object value, String desc) {
    if (!(value instanceof Integer i)) {
      return value;
    }
    return switch (desc) {
      case "Z" -> i != 0;
      case "B" -> i.byteValue();
      case "S" -> i.shortValue();
      case "C" -> (char) i.intValue();
      default -> value;
    };
  }

  private static @Nullable Object unboxed(@Nullable Object value, String desc) {
    return switch (desc) {
      case "Z" -> Boolean.TRUE.equals(value) ? 1 : 0;
      case "B", "S" -> ((Number) Objects.requireNonNull(value)).intValue();
      case "C" -> (int) (Character) Objects.requireNonNull(value);
      default -> value;
    };
  }

  // ---- reading

  /**
   * Reads one.
   *
   * @param text as {@link #write} gave it
   * @throws FormatException if it can't go on in the program's code
   */
  public static Snapshot read(String text, Program program, Values values) {
    try {
      Map<?, ?> tree = (Map<?, ?>) Objects.requireNonNull(Json.read(text));
      if (!Integer.valueOf(FORMAT).equals(tree.get("format"))) {
        throw new FormatException(
            Fault.BAD_TEXT, "it is of format " + tree.get("format") + ", which isn't known");
      }
      return read(tree, program, values);
    } catch (ClassCastException | NullPointerException e) {
      throw new FormatException(Fault.BAD_TEXT, "the text is damaged: " + e, e);
    }
  }

  private static Snapshot read(Map<?, ?> tree, Program program, Values values) {
    Decoder decoder = new Decoder(values);
    List<Frame> frames = new ArrayList<>();
    Point last = null;
    List<?> stored = (List<?>) Objects.requireNonNull(tree.get("frames"));
    for (int i = 0; i < stored.size(); i++) {
      Map<?, ?> f = (Map<?, ?>) Objects.requireNonNull(stored.get(i));
      Program.Entry entry = method(f, program);
      values.types().admit(entry.method().types());
      last = Migration.point(f, entry.method());
      frames.add(frame(f, entry, last, decoder, values));
    }
    return new Snapshot(List.copyOf(frames), outcome(tree, last, decoder, values));
  }

  private static Program.Entry method(Map<?, ?> f, Program program) {
    String owner = (String) Objects.requireNonNull(f.get("class"));
    String name = (String) Objects.requireNonNull(f.get("method"));
    Program.Entry entry = program.find(owner, name);
    if (entry == null) {
      throw new FormatException(
          Fault.CODE_CHANGED, "the program has no durable method " + owner + "." + name);
    }
    return entry;
  }

  private static Frame frame(
      Map<?, ?> f, Program.Entry entry, Point point, Decoder decoder, Values values) {
    DurableFrame frame = entry.prototype().coweave$fresh();
    ((Frame) frame).state = (short) point.state();
    Map<?, ?> locals = (Map<?, ?>) Objects.requireNonNull(f.get("locals"));
    for (Slot s : point.slots()) {
      String path = "'" + s.name() + "' at " + point.key() + " in " + entry.method();
      if (!locals.containsKey(s.name())) {
        throw new FormatException(Fault.CODE_CHANGED, path + ": nothing is stored for it");
      }
      Object value = decoder.decode(locals.get(s.name()), values.type(s.type()), path);
      try {
        frame.coweave$set(s.field(), unboxed(value, s.desc()));
      } catch (ClassCastException e) {
        throw new FormatException(Fault.CODE_CHANGED, path + ": " + e.getMessage(), e);
      }
    }
    return (Frame) frame;
  }

  private static Delivery outcome(
      Map<?, ?> tree, @Nullable Point last, Decoder decoder, Values values) {
    if (tree.get("failure") != null) {
      TypeRef type = TypeRef.of(Throwable.class);
      Object failure = decoder.decode(tree.get("failure"), type, "the exception");
      return Delivery.failed((Throwable) Objects.requireNonNull(failure));
    }
    Object value = tree.get("value");
    if (value == null) {
      return Delivery.NONE;
    }
    TypeRef type = last == null ? TypeRef.OBJECT : resultType(last, values);
    return Delivery.of(decoder.decode(value, type, "the result of " + at(last)));
  }

  /** Writes an outcome alone, as the result of a run or a message. */
  public static String write(Delivery outcome, Values values) {
    return new Snapshot(List.of(), outcome).write(new Program(values.types().loader()), values);
  }
}

package dev.coweave.durable.format;

import dev.coweave.coroutine.Frame;
import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Point;
import dev.coweave.durable.frame.Program;
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
    encoder.finish();
    return Json.write(values.sealing().seal((Map<?, ?>) Objects.requireNonNull(Node.tree(tree))));
  }

  /** Writes a message, whose type need not be admitted where it is sent. */
  public static String message(@Nullable Object message, Values values) {
    Encoder encoder = new Encoder(values, true);
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("format", FORMAT);
    tree.put("frames", List.of());
    if (message != null) {
      tree.put("value", encoder.encode(message, TypeRef.OBJECT, "the message"));
    }
    encoder.finish();
    return Json.write(values.sealing().seal((Map<?, ?>) Objects.requireNonNull(Node.tree(tree))));
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
    encoder.at(" at " + point.key() + " in " + method);
    tree.put("locals", Slots.write(frame, point, encoder, values));
    return tree;
  }

  // ---- reading

  /**
   * Reads one.
   *
   * @param text as {@link #write} gave it
   * @param codes what is known of code that isn't the program's any more
   * @throws FormatException if it can't go on in the program's code
   */
  public static Snapshot read(String text, Program program, Values values, Codes codes) {
    try {
      Map<?, ?> tree = (Map<?, ?>) Objects.requireNonNull(Json.read(text));
      if (!Integer.valueOf(FORMAT).equals(tree.get("format"))) {
        throw new FormatException(
            Fault.BAD_TEXT, "it is of format " + tree.get("format") + ", which isn't known");
      }
      return new Reader(program, values, codes).read(values.sealing().open(tree));
    } catch (ClassCastException | NullPointerException e) {
      throw new FormatException(Fault.BAD_TEXT, "the text is damaged: " + e, e);
    }
  }
}

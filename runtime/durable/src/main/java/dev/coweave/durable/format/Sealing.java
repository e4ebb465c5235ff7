package dev.coweave.durable.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Puts {@code {"secret": "…"}} in place of each value of a run's tree, and back. */
final class Sealing {
  private static final String SECRET = "secret";

  private final @Nullable UnaryOperator<String> encrypt;
  private final @Nullable UnaryOperator<String> decrypt;

  /** With what encrypts and decrypts; both null for neither. */
  Sealing(@Nullable UnaryOperator<String> encrypt, @Nullable UnaryOperator<String> decrypt) {
    this.encrypt = encrypt;
    this.decrypt = decrypt;
  }

  /** Encrypts the values of a run that is to be written. */
  Object seal(Map<?, ?> run) {
    return encrypt == null ? run : each(run, encrypt, true);
  }

  /**
   * Decrypts those of a run that was read. One that was stored before there was a key is left as it is.
   *
   * @throws FormatException if that fails
   */
  Map<?, ?> open(Map<?, ?> run) {
    return decrypt == null ? run : each(run, decrypt, false);
  }

  private Map<String, @Nullable Object> each(
      Map<?, ?> run, UnaryOperator<String> key, boolean seal) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    run.forEach(
        (name, part) -> {
          if (name.equals("frames") && part instanceof List<?> frames) {
            result.put(
                "frames", frames.stream().map(f -> frame((Map<?, ?>) f, key, seal)).toList());
          } else if (name.equals("value") || name.equals("failure")) {
            result.put((String) name, value(part, key, seal));
          } else {
            result.put((String) name, part);
          }
        });
    return result;
  }

  private Map<String, @Nullable Object> frame(
      Map<?, ?> frame, UnaryOperator<String> key, boolean seal) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    frame.forEach(
        (name, part) -> {
          if (name.equals("locals") && part instanceof Map<?, ?> locals) {
            Map<String, @Nullable Object> sealed = new LinkedHashMap<>();
            locals.forEach((local, value) -> sealed.put((String) local, value(value, key, seal)));
            result.put("locals", sealed);
          } else {
            result.put((String) name, part);
          }
        });
    return result;
  }

  private @Nullable Object value(@Nullable Object value, UnaryOperator<String> key, boolean seal) {
    try {
      if (seal) {
        return value == null ? null : Map.of(SECRET, key.apply(Json.write(value)));
      }
      return value instanceof Map<?, ?> m && m.size() == 1 && m.get(SECRET) instanceof String text
          ? Json.read(key.apply(text))
          : value;
    } catch (FormatException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new FormatException(
          seal ? Fault.NOT_STORABLE : Fault.NOT_LOADABLE,
          "a value can't be " + (seal ? "encrypted: " : "decrypted: ") + e,
          e);
    }
  }
}

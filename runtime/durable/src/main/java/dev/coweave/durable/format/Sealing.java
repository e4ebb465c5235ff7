package dev.coweave.durable.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts {@code {"secret": "…"}} in place of each value of a run's tree, and back. */
final class Sealing {
  private static final String SECRET = "secret";

  private final Secrecy secrecy;

  Sealing(Secrecy secrecy) {
    this.secrecy = secrecy;
  }

  /** Encrypts the values of a run that is to be written. */
  Object seal(Map<?, ?> run) {
    return secrecy == Secrecy.NONE ? run : each(run, true);
  }

  /**
   * Decrypts those of a run that was read. One that was stored before there was a key is left as it is.
   *
   * @throws FormatException if that fails
   */
  Map<?, ?> open(Map<?, ?> run) {
    return secrecy == Secrecy.NONE ? run : each(run, false);
  }

  private Map<String, @Nullable Object> each(Map<?, ?> run, boolean seal) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    run.forEach(
        (name, part) -> {
          if (name.equals("frames") && part instanceof List<?> frames) {
            result.put("frames", frames.stream().map(f -> frame((Map<?, ?>) f, seal)).toList());
          } else if (name.equals("value") || name.equals("failure")) {
            result.put((String) name, value(part, seal));
          } else {
            result.put((String) name, part);
          }
        });
    return result;
  }

  private Map<String, @Nullable Object> frame(Map<?, ?> frame, boolean seal) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    frame.forEach(
        (name, part) -> {
          if (name.equals("locals") && part instanceof Map<?, ?> locals) {
            Map<String, @Nullable Object> sealed = new LinkedHashMap<>();
            locals.forEach((local, value) -> sealed.put((String) local, value(value, seal)));
            result.put("locals", sealed);
          } else {
            result.put((String) name, part);
          }
        });
    return result;
  }

  private @Nullable Object value(@Nullable Object value, boolean seal) {
    try {
      if (seal) {
        return value == null ? null : Map.of(SECRET, secrecy.encrypt(Json.write(value)));
      }
      return value instanceof Map<?, ?> m && m.size() == 1 && m.get(SECRET) instanceof String text
          ? Json.read(secrecy.decrypt(text))
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

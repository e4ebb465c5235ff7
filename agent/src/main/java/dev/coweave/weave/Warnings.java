package dev.coweave.weave;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What becomes of advice: what is probably wrong in a class that can be woven, COWEAVE-120 to COWEAVE-149. */
public enum Warnings {
  /** It is told as a warning. */
  ON,
  /** It is not told. */
  OFF,
  /** It is an error. */
  ERROR;

  /**
   * Reads {@code on}, {@code off} or {@code error}.
   *
   * @return null for any other text
   */
  public static @Nullable Warnings of(String text) {
    for (Warnings w : values()) {
      if (w.toString().equals(text)) {
        return w;
      }
    }
    return null;
  }

  /** As users write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

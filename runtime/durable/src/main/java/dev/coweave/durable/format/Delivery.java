package dev.coweave.durable.format;

import org.jspecify.annotations.Nullable;

/**
 * What is delivered at a point: a value, or an exception that is thrown there.
 *
 * @param value the value; null too if there is a failure
 * @param failure the exception, or null
 */
public record Delivery(@Nullable Object value, @Nullable Throwable failure) {
  /** Nothing: of what returns nothing, or is not there yet. */
  public static final Delivery NONE = new Delivery(null, null);

  /** A value. */
  public static Delivery of(@Nullable Object value) {
    return new Delivery(value, null);
  }

  /** A failure. */
  public static Delivery failed(Throwable failure) {
    return new Delivery(null, failure);
  }
}

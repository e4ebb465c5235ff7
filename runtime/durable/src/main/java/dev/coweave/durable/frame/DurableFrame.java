package dev.coweave.durable.frame;

import org.jspecify.annotations.Nullable;

/** A frame of a durable method: the weaver lets it be read and filled by the indexes of its fields. Not for users. */
public interface DurableFrame {
  /**
   * What a field holds, boxed.
   *
   * @param field its index, as the description tells
   */
  @Nullable Object coweave$get(int field);

  /**
   * Fills a field.
   *
   * @param field its index
   * @param value of the field's type, boxed; an {@code Integer} for all that the JVM keeps as an int
   * @throws ClassCastException if it is of another type
   */
  void coweave$set(int field, @Nullable Object value);

  /** A new frame of the same method. */
  DurableFrame coweave$fresh();

  /** The method's description; see {@link DurableMethod}. */
  String coweave$describe();
}

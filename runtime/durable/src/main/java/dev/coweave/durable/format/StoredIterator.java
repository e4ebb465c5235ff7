package dev.coweave.durable.format;

import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An iterator that can be stored.
 *
 * @param <E> the elements' type
 */
public interface StoredIterator<E extends @Nullable Object> extends Iterator<E> {
  /** What it is stored as: {@code Cursor} or {@code Rest}. */
  String storedName();

  /** Its parts, by name. */
  Map<String, @Nullable Object> store();
}

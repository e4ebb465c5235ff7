package dev.coweave.durable.format;

import dev.coweave.durable.frame.DurableMethod;
import org.jspecify.annotations.Nullable;

/** What was known of code in which runs were stored: by it other code finds out whether they can go on there. */
@FunctionalInterface
public interface Codes {
  /**
   * The method as it was.
   *
   * @param code its fingerprint
   * @return null if nobody has stored it
   */
  @Nullable DurableMethod find(String code);
}

package dev.coweave.weave;

import org.jspecify.annotations.Nullable;

/**
 * Finds class files by name, as resources: no class is ever loaded to weave another. Implementations must be thread-safe.
 */
@FunctionalInterface
public interface ClassFiles {
  /**
   * The bytes of a class file.
   *
   * @param internalName such as {@code com/acme/Service}
   * @return its bytes, or null if there is none
   */
  byte @Nullable [] find(String internalName);

  /**
   * Whether a class is being woven in the same run, so that its coroutines may be relied on though its file bears no stamp yet.
   *
   * @param internalName such as {@code com/acme/Service}
   */
  default boolean weaves(String internalName) {
    return false;
  }
}

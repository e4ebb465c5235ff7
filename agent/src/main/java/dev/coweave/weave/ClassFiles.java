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
   * Whether a class that was not woven is woven in the same run, or will be when it is loaded: calls of its coroutines may be
   * linked to what they will be. For others they are errors that name the class.
   *
   * @param internalName such as {@code com/acme/Service}
   */
  default boolean isWovenAlong(String internalName) {
    return true;
  }

  /**
   * Whether a class that isn't found is missing. A build's class path is to be whole; a class loader may have classes that are in no
   * file.
   */
  default boolean isWhole() {
    return false;
  }

  /**
   * Takes note that a class file which was {@linkplain #find found} can't be read.
   *
   * @param internalName such as {@code com/acme/Service}
   * @param reason what is the matter with it
   */
  default void unreadable(String internalName, String reason) {}

  /**
   * Whether a class that is being woven is in no file, because the program makes it while it runs.
   *
   * @param internalName such as {@code com/acme/Service}
   */
  default boolean isInNoFile(String internalName) {
    return false;
  }
}

package dev.coweave.integrations;

/** Which libraries are there. */
final class Libraries {
  private Libraries() {}

  /**
   * Whether a class can be loaded, as this package's classes load it; it is not initialised.
   *
   * @param className of a library
   */
  static boolean have(String className) {
    try {
      Class<?> unused = Class.forName(className, false, Libraries.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}

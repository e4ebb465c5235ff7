package dev.coweave.weave;

/**
 * Weaves classes, one at a time. Thread-safe.
 */
public final class Weaver {
  private final ClassFiles classFiles;
  private final Options options;

  /**
   * A weaver for the classes of one class path or class loader.
   *
   * @param classFiles where other classes are looked up
   * @param options what to weave, and how
   */
  public Weaver(ClassFiles classFiles, Options options) {
    this.classFiles = classFiles;
    this.options = options;
  }

  /**
   * Weaves a class.
   *
   * @param classFile its bytes, which are not changed
   * @return what became of it; never a half-woven class
   */
  public WeaveResult weave(byte[] classFile) {
    return WeaveResult.UNCHANGED;
  }
}

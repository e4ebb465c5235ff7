package dev.coweave.semantics;

/** Makes the calling thread unable to start others until this is closed. */
final class NoThreads implements AutoCloseable {
  private final InheritableThreadLocal<String> heir =
      new InheritableThreadLocal<>() {
        @Override
        protected String childValue(String parents) {
          throw new OutOfMemoryError("no threads");
        }
      };

  NoThreads() {
    heir.set("");
  }

  @Override
  public void close() {
    heir.remove();
  }
}

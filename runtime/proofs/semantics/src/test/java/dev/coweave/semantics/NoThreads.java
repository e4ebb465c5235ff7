package dev.coweave.semantics;

import dev.coweave.task.ServiceThreads;
import java.lang.reflect.Field;
import java.util.concurrent.ThreadFactory;

/** Makes the calling thread unable to start others until this is closed, and the runtime unable to start its own. */
final class NoThreads implements AutoCloseable {
  private final InheritableThreadLocal<String> heir =
      new InheritableThreadLocal<>() {
        @Override
        protected String childValue(String parents) {
          throw new OutOfMemoryError("no threads");
        }
      };

  /** Where the runtime, whose threads inherit nothing, has what makes them. */
  private final Field factory;

  private final Object before;

  NoThreads() {
    ThreadFactory none =
        work -> {
          throw new OutOfMemoryError("no threads");
        };
    try {
      factory = ServiceThreads.class.getDeclaredField("factory");
      factory.setAccessible(true);
      before = factory.get(null);
      factory.set(null, none);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
    heir.set("");
  }

  @Override
  public void close() {
    heir.remove();
    try {
      factory.set(null, before);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}

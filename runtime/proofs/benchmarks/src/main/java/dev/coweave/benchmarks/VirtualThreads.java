package dev.coweave.benchmarks;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Virtual threads, from JDK 21 on; these classes are for 17. */
public final class VirtualThreads {
  private static final MethodHandle START = find();

  public static final boolean AVAILABLE = START != null;

  private VirtualThreads() {}

  private static MethodHandle find() {
    try {
      return MethodHandles.publicLookup()
          .findStatic(
              Thread.class,
              "startVirtualThread",
              MethodType.methodType(Thread.class, Runnable.class));
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return null;
    }
  }

  public static Thread start(Runnable body) {
    try {
      return (Thread) START.invokeExact(body);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.coweave.proof.fuzz;

import dev.coweave.coroutine.Continuation;
import dev.coweave.task.Task;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.CompletionStage;

/** The runtime's twins, which compilers don't see. */
final class Twins {
  private static final MethodHandle AWAIT;

  static {
    try {
      MethodType type =
          MethodType.methodType(Object.class, CompletionStage.class, Continuation.class);
      AWAIT = MethodHandles.lookup().findStatic(Task.class, "await", type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Twins() {}

  /** {@code Task.await}'s. */
  static Object await(CompletionStage<?> stage, Continuation c) {
    try {
      return AWAIT.invokeExact(stage, c);
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
      throw new AssertionError(t);
    }
  }
}

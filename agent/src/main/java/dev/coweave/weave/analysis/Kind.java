package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo.Call;
import java.util.Set;
import org.objectweb.asm.Type;

/** What a {@code @Coroutine} method becomes. */
public enum Kind {
  /** Returns a sequence and yields: calling it makes a generator. */
  GENERATOR,
  /** Returns a sequence that waits and yields: calling it makes an async generator. */
  ASYNC_GENERATOR,
  /** Returns a future: calling it starts a task. */
  ASYNC,
  /** Anything else: suspends with its caller. */
  SUSPENDING;

  /**
   * The kind of a method.
   *
   * @param desc its erased descriptor; for a lambda, its interface method's
   * @param calls the methods that its own body calls
   */
  public static Kind of(String desc, Set<Call> calls) {
    Type type = Type.getReturnType(desc);
    if (type.getSort() != Type.OBJECT) {
      return SUSPENDING;
    }
    if (RuntimeAbi.ASYNC_TYPES.contains(type.getInternalName())) {
      return ASYNC;
    }
    if (calls.stream().map(Call::member).noneMatch(RuntimeAbi.GENERATOR_WORDS::contains)) {
      return SUSPENDING;
    }
    return RuntimeAbi.GENERATOR_TYPES.contains(type.getInternalName())
        ? GENERATOR
        : RuntimeAbi.ASYNC_GENERATOR_TYPES.contains(type.getInternalName())
            ? ASYNC_GENERATOR
            : SUSPENDING;
  }

  /** Whether calling it returns at once, with an object that runs the body step by step. */
  public boolean isGenerator() {
    return this == GENERATOR || this == ASYNC_GENERATOR;
  }
}

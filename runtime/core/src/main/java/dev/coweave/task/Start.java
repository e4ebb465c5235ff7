package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Woven;
import org.jspecify.annotations.Nullable;

/** The first frame of a task: calls its body. Gone once the body has begun, as the frame of a tail call. */
final class Start extends Frame {
  // A method that calls a body takes it by its type: so JavaStack tells a lambda that was not
  // woven.

  private final Object body;
  private final boolean returns;

  private Start(Object body, boolean returns) {
    this.body = body;
    this.returns = returns;
  }

  static Start of(CoroutineCallable<?> body) {
    return new Start(body, true);
  }

  static Start of(CoroutineRunnable body) {
    return new Start(body, false);
  }

  @Override
  public void resume(Continuation c) {
    Object value = null;
    try {
      c.depth = 1;
      value = call(body, returns, c);
    } catch (Exception e) {
      Continuation.<RuntimeException>sneakyThrow(e);
    }
    if (!c.suspended) {
      c.give(value);
    }
  }

  /** Enters a body's twin if it was woven, else calls it plainly. */
  static <T extends @Nullable Object> T call(CoroutineCallable<T> body, Continuation c)
      throws Exception {
    return Woven.is(body) ? body.call(c) : body.call();
  }

  /**
   * The same for either kind of body.
   *
   * @param returns whether it is a {@link CoroutineCallable}; else a {@link CoroutineRunnable}, which returns null
   */
  static @Nullable Object call(Object body, boolean returns, Continuation c) throws Exception {
    if (returns) {
      return call((CoroutineCallable<?>) body, c);
    }
    call((CoroutineRunnable) body, c);
    return null;
  }

  private static void call(CoroutineRunnable body, Continuation c) throws Exception {
    if (Woven.is(body)) {
      body.run(c);
    } else {
      body.run();
    }
  }

  /** Where the body is: in the file of its class, as far as the name tells. */
  @Override
  public String trace() {
    String type = body.getClass().getName();
    int inner = type.indexOf('$');
    String outer = type.substring(type.lastIndexOf('.') + 1, inner < 0 ? type.length() : inner);
    return "dev.coweave.task.Task|start|" + outer + ".java|";
  }
}

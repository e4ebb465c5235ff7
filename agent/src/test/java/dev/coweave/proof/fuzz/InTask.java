package dev.coweave.proof.fuzz;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Woven;
import dev.coweave.proof.fuzz.Driver.Twin;
import java.lang.reflect.InvocationTargetException;

/** A task's body that enters a twin: what the weaver makes of {@code () -> m(…)}, by hand. */
final class InTask implements CoroutineCallable<Object>, Woven {
  private final Twin twin;

  InTask(Twin twin) {
    this.twin = twin;
  }

  @Override
  public Class<?> coweave$class() {
    return InTask.class;
  }

  @Override
  public Object call() {
    throw new IllegalStateException("only its twin is called");
  }

  // the interface's twin, which compilers don't see
  public Object call(Continuation c) throws Exception {
    try {
      return twin.call(c);
    } catch (InvocationTargetException e) {
      Continuation.<RuntimeException>sneakyThrow(e.getCause());
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    throw new AssertionError();
  }
}

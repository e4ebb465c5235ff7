package dev.coweave.generator;

import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Woven;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A generator whose body is a lambda; written by hand in the shape that the weaver makes of methods. */
final class BodyGenerator<T extends @Nullable Object> extends Generator<T> {
  private @Nullable CoroutineRunnable body;

  BodyGenerator(CoroutineRunnable body) {
    this.body = body;
  }

  @Override
  protected boolean step(Continuation c) {
    int at = coweave$state;
    coweave$state = -1;
    if (at == 0) {
      run(Objects.requireNonNull(body), c);
      if (c.suspended) {
        coweave$state = 1;
        return true;
      }
    } else {
      c.takeVoid();
    }
    return coweave$returned(null);
  }

  private static void run(CoroutineRunnable body, Continuation c) {
    try {
      if (Woven.is(body)) {
        c.depth = 1;
        body.run(c);
      } else {
        body.run();
      }
    } catch (Exception e) {
      Continuation.<RuntimeException>sneakyThrow(e);
    }
  }

  @Override
  protected void clear() {
    body = null;
  }
}

package dev.coweave.script;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Entry;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Woven;
import java.util.ArrayList;
import java.util.List;

/**
 * A coroutine body written by hand: a list of steps, each of which may wait once, as its last act. What a step gives, or its wait,
 * the next gets. Behaves as woven code does, without a weaver.
 */
public final class Script<T> implements CoroutineCallable<T>, Woven {
  /** One step: calls twins with the continuation. */
  public interface Step {
    Object run(Object last, Continuation c) throws Throwable;
  }

  /** A step that gives nothing. */
  public interface Act {
    void run(Object last, Continuation c) throws Throwable;
  }

  /** What handles a failure of the steps before it. */
  public interface Handler {
    Object run(Throwable failure, Continuation c) throws Throwable;
  }

  private record Part(Step step, Handler handler, int backTo, int times) {}

  private final List<Part> parts = new ArrayList<>();

  public static <T> Script<T> first(Step step) {
    return new Script<T>().then(step);
  }

  public static <T> Script<T> doFirst(Act act) {
    return new Script<T>().thenDo(act);
  }

  public Script<T> then(Step step) {
    parts.add(new Part(step, null, 0, 0));
    return this;
  }

  public Script<T> thenDo(Act act) {
    return then(
        (last, c) -> {
          act.run(last, c);
          return null;
        });
  }

  /** A catch clause around all before it. */
  public Script<T> caught(Handler handler) {
    parts.add(new Part(null, handler, 0, 0));
    return this;
  }

  /** Runs the steps so far that many times in all. */
  public Script<T> times(int n) {
    parts.add(new Part(null, null, 0, n));
    return this;
  }

  private static final class Saved extends Frame {
    private final Script<?> script;
    private int round;

    Saved(Script<?> script, int next, int round) {
      this.script = script;
      this.state = (short) next;
      this.round = round;
    }

    @Override
    public void resume(Continuation c) {
      Object last = null;
      Throwable failure = null;
      try {
        last = c.takeRef();
      } catch (Throwable t) {
        failure = t;
      }
      Object value = script.run(state, round, last, failure, c, this);
      if (!c.suspended) {
        c.give(value);
      }
    }

    @Override
    public String trace() {
      return "dev.coweave.script.Script|call|Script.java|";
    }
  }

  private Object run(
      int from, int startRound, Object start, Throwable startFailure, Continuation c, Saved frame) {
    Object last = start;
    Throwable failure = startFailure;
    int round = startRound;
    int depth = c.depth;
    for (int i = from; i < parts.size(); i++) {
      Part p = parts.get(i);
      if (p.times > 0) {
        if (failure == null && ++round < p.times) {
          i = -1;
        }
        continue;
      }
      if ((p.handler != null) != (failure != null)) {
        continue;
      }
      try {
        c.depth = depth + 1;
        last = p.step != null ? p.step.run(last, c) : p.handler.run(failure, c);
        failure = null;
      } catch (Throwable t) {
        failure = t;
      }
      if (c.suspended) {
        Saved f = frame == null ? new Saved(this, 0, 0) : frame;
        f.state = (short) (i + 1);
        f.round = round;
        c.push(f);
        return null;
      }
    }
    if (failure != null) {
      Continuation.<RuntimeException>sneakyThrow(failure);
    }
    return last;
  }

  // the interface's twin, which compilers don't see
  @SuppressWarnings("unchecked")
  public T call(Continuation c) {
    if (c.depth > Continuation.MAX_DEPTH) {
      c.unwind(new Saved(this, 0, 0));
      return null;
    }
    return (T) run(0, 0, null, null, c, null);
  }

  /** As the original of a woven suspending method. */
  @Override
  @SuppressWarnings("unchecked")
  public T call() {
    Entry c = Entry.plain();
    try {
      T r = call(c);
      if (c.suspended) {
        c.complete();
        r = (T) c.takeRef();
      }
      c.leave(null);
      return r;
    } catch (Throwable t) {
      c.threw(t);
      throw t;
    }
  }

  /** As the original of a woven async method. */
  public java.util.concurrent.CompletableFuture<?> async() {
    Entry c = Entry.async();
    try {
      return c.returned(call(c));
    } catch (Throwable t) {
      return c.asyncThrew(t);
    }
  }

  @Override
  public Class<?> coweave$class() {
    return Script.class;
  }
}

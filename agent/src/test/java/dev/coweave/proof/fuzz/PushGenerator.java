package dev.coweave.proof.fuzz;

import java.util.Iterator;

/**
 * What the words of a generator mean in the plain run, where no method can stop in its middle: {@code yield} does what the
 * consumer would do next. As the consumer does nothing but note elements, both orders of events are the same.
 */
public final class PushGenerator {
  private static GeneratorClosed closed;
  private static Object result;
  private static int elements;

  private PushGenerator() {}

  /** As the runtime's. */
  private static final class GeneratorClosed extends Error {
    GeneratorClosed() {
      super(null, null, false, false);
    }
  }

  /** What a consumer does after an element. */
  enum Action {
    NEXT,
    SEND,
    RAISE,
    CLOSE;

    static Action after(Script script, int element) {
      int choice = script.choose(element, 16);
      return choice < 8 || element == 0 ? NEXT : choice < 14 ? SEND : choice < 15 ? RAISE : CLOSE;
    }
  }

  public static Object yield(Object value) {
    Script script = Probe.script;
    script.note("yielded");
    script.note(value);
    int n = ++elements;
    return switch (Action.after(script, n)) {
      case NEXT -> null;
      case SEND -> n;
      case RAISE -> throw new Probe.Failure("raised");
      case CLOSE -> {
        script.closing = true;
        closed = new GeneratorClosed();
        throw closed;
      }
    };
  }

  public static Object yieldAll(dev.coweave.generator.Generator<?> inner) {
    return outcome();
  }

  public static Object yieldAll(Iterable<?> inner) {
    return outcome();
  }

  public static Object yieldAll(Iterator<?> inner) {
    return outcome();
  }

  private static Object outcome() {
    if (closed != null) {
      throw closed;
    }
    Object r = result;
    result = null;
    return r;
  }

  public static Object end() {
    return null;
  }

  public static Object end(Object value) {
    result = value;
    return null;
  }

  /** A body that a consumer takes elements from. */
  interface Body {
    Object run() throws Throwable;
  }

  /** Runs a body to its end. */
  static void consume(Body body, Script script) {
    closed = null;
    result = null;
    elements = 0;
    try {
      body.run();
      if (closed == null) {
        script.note("end");
        script.note(result);
      } else {
        script.note("closed");
      }
    } catch (Throwable t) {
      script.note(t == closed ? "closed" : t);
    }
  }
}

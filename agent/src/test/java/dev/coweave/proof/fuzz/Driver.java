package dev.coweave.proof.fuzz;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;

/** Runs a coroutine to its end and resumes it at once wherever it waits: the smallest driver there can be. */
final class Driver extends Continuation {
  /** Calls a twin. */
  interface Twin {
    Object call(Continuation c) throws Throwable;
  }

  private Throwable failure;
  private Runnable value;
  int suspensions;

  /** The running coroutine waits for a value, given when it is resumed, or a failure. */
  void suspend(Throwable failure, Runnable value) {
    this.failure = failure;
    this.value = value;
    suspended = true;
    suspensions++;
  }

  /** What the twin returns, boxed, or what it throws. */
  Object run(Twin twin, Class<?> returns) throws Throwable {
    depth = 1;
    Object result = twin.call(this);
    if (!suspended) {
      return result;
    }
    for (boolean ended = settle(); !ended; ) {
      Frame f = park();
      if (failure == null) {
        value.run();
      } else {
        giveFailure(failure);
        failure = null;
      }
      ended = advance(f);
    }
    return take(returns);
  }

  private Object take(Class<?> type) {
    return switch (type.getName()) {
      case "void" -> {
        takeVoid();
        yield null;
      }
      case "int" -> takeInt();
      case "boolean" -> takeInt() != 0;
      case "byte" -> (byte) takeInt();
      case "char" -> (char) takeInt();
      case "short" -> (short) takeInt();
      case "long" -> takeLong();
      case "float" -> takeFloat();
      case "double" -> takeDouble();
      default -> takeRef();
    };
  }
}

package dev.coweave.proof.fuzz;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What generated programs call. {@code s} is the suspension point: it notes its argument and gives it back, or throws; whether
 * it waits in between is up to the {@link Script}, and must make no difference. Its twins are written by hand. It has a name for each
 * type, for javac takes most of its time to choose among overloads.
 */
@Stamp(abi = Stamp.ABI)
public final class Probe {
  // The programs of a run are called one after the other, on one thread.
  static Script script = new Script(0, 0, true);

  private Probe() {}

  /** A checked exception. */
  public static class Checked extends Exception {
    public Checked(String message) {
      super(message, null, false, false);
    }
  }

  /** An unchecked exception. */
  public static class Failure extends RuntimeException {
    public Failure(String message) {
      super(message, null, false, false);
    }
  }

  /** An unchecked exception with a superclass to catch. */
  public static class SubFailure extends Failure {
    public SubFailure(String message) {
      super(message);
    }
  }

  /** Something to create. */
  public static final class Cell {
    private final String text;

    public Cell(int a, Object b) {
      text = "i" + a + k(String.valueOf(b));
    }

    public Cell(long a, Object b, double c) {
      text = "j" + a + k(String.valueOf(b)) + c;
    }

    public Cell() {
      text = "c";
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Whether a loop or a call may go on: programs end. */
  public static boolean go() {
    return script.fuel-- > 0;
  }

  /** Whether a generator may yield: not while it is closed. */
  public static boolean open() {
    return !script.closing;
  }

  /** Notes a value. */
  public static void t(Object value) {
    script.note(value);
  }

  /** Keeps strings from growing without end. */
  public static String k(String value) {
    return value == null || value.length() < 20 ? value : value.substring(value.length() - 20);
  }

  /** An exception's text, for a JVM's own messages say where they were thrown and which loaders loaded the classes. */
  public static Object shown(Object exception) {
    return Script.text(exception);
  }

  /** A future with the outcome that a suspension point would have, now or later. */
  public static CompletableFuture<Object> later(Object value) {
    CompletableFuture<Object> future = new CompletableFuture<>();
    boolean waits = script.waits();
    Runnable outcome;
    try {
      script.pass(value);
      outcome = () -> future.complete(value);
    } catch (Exception e) {
      outcome = () -> future.completeExceptionally(e);
    }
    if (waits) {
      EventLoop.current().schedule(outcome, script.choose(1, 5), TimeUnit.MILLISECONDS);
    } else {
      outcome.run();
    }
    return future;
  }

  // ---- the suspension point, for each type

  /** Notes that nothing was passed. */
  @Coroutine
  public static void s() throws Checked {
    script.pass("");
  }

  public static void s(Continuation c) throws Checked {
    script.step("", c, () -> {});
  }

  @Coroutine
  public static Object sL(Object value) throws Checked {
    script.pass(value);
    return value;
  }

  public static Object sL(Object value, Continuation c) throws Checked {
    if (script.onLoop) {
      return Twins.await(later(value), c);
    }
    if (script.step(value, c, () -> c.give(value))) {
      return null;
    }
    return value;
  }

  @Coroutine
  public static int sI(int value) throws Checked {
    script.pass(value);
    return value;
  }

  public static int sI(int value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give(value))) {
      return -77;
    }
    return value;
  }

  @Coroutine
  public static long sJ(long value) throws Checked {
    script.pass(value);
    return value;
  }

  public static long sJ(long value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give(value))) {
      return -77L;
    }
    return value;
  }

  @Coroutine
  public static float sF(float value) throws Checked {
    script.pass(value);
    return value;
  }

  public static float sF(float value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give(value))) {
      return -7.5f;
    }
    return value;
  }

  @Coroutine
  public static double sD(double value) throws Checked {
    script.pass(value);
    return value;
  }

  public static double sD(double value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give(value))) {
      return -7.5;
    }
    return value;
  }

  @Coroutine
  public static boolean sZ(boolean value) throws Checked {
    script.pass(value);
    return value;
  }

  public static boolean sZ(boolean value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give(value ? 1 : 0))) {
      return true;
    }
    return value;
  }

  @Coroutine
  public static byte sB(byte value) throws Checked {
    script.pass(value);
    return value;
  }

  public static byte sB(byte value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give((int) value))) {
      return (byte) -7;
    }
    return value;
  }

  @Coroutine
  public static char sC(char value) throws Checked {
    script.pass(value);
    return value;
  }

  public static char sC(char value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give((int) value))) {
      return '#';
    }
    return value;
  }

  @Coroutine
  public static short sS(short value) throws Checked {
    script.pass(value);
    return value;
  }

  public static short sS(short value, Continuation c) throws Checked {
    if (script.step(value, c, () -> c.give((int) value))) {
      return (short) -7;
    }
    return value;
  }
}

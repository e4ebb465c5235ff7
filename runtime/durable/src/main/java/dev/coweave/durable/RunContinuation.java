package dev.coweave.durable;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.durable.format.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Drives the frames of one run, from one durable wait to the next. A wait unwinds them; what it is to do is then an {@link Operation}, carried
 * out when none of the run's code is on the stack.
 */
final class RunContinuation extends Continuation {
  final DurableEngine engine;
  private final String id;
  private @Nullable Operation operation;
  private List<Frame> frames = List.of();

  RunContinuation(DurableEngine engine, String id) {
    this.engine = engine;
    this.id = id;
  }

  /** The run's id. */
  String id() {
    return id;
  }

  // ---- what the words call

  /**
   * A run waits for others.
   *
   * @throws IllegalStateException if one is itself
   */
  void checkOther(String other) {
    if (other.equals(id)) {
      throw new IllegalStateException("the run " + id + " waits for its own end");
    }
  }

  /** The run has come to a durable wait; the caller returns the dummy. */
  @SuppressWarnings({"TypeParameterUnusedInFormals", "NullAway"}) // nobody looks at the dummy
  <T extends @Nullable Object> T stop(Operation operation) {
    this.operation = operation;
    suspended = true;
    return null;
  }

  // ---- what the engine calls

  /**
   * Goes on with a run until its next durable wait, or its end.
   *
   * @param frames its frames, outermost first
   * @param outcome what is delivered to the innermost
   * @return the operation at the next wait; null at the end
   */
  @Nullable Operation resume(List<Frame> frames, Delivery outcome) {
    for (int i = frames.size() - 1; i >= 0; i--) {
      push(frames.get(i));
    }
    Frame leaf = park();
    if (outcome.failure() != null) {
      giveFailure(outcome.failure());
    } else {
      give(outcome.value());
    }
    operation = null;
    depth = 1;
    if (advance(leaf)) {
      this.frames = List.of();
      return null;
    }
    List<Frame> parked = new ArrayList<>();
    for (Frame f = park(); f != null; f = f.caller()) {
      parked.add(0, f);
    }
    this.frames = List.copyOf(parked);
    return Objects.requireNonNull(operation);
  }

  /** The frames where the run stands, outermost first. */
  List<Frame> frames() {
    return frames;
  }

  /**
   * How the run has ended.
   *
   * @param desc the descriptor of its method's result
   */
  Delivery end(String desc) {
    Throwable failure = takeFailure();
    if (failure != null) {
      return Delivery.failed(failure);
    }
    return Delivery.of(
        switch (desc) {
          case "V" -> null;
          case "Z" -> takeInt() != 0;
          case "B" -> (byte) takeInt();
          case "C" -> (char) takeInt();
          case "S" -> (short) takeInt();
          case "I" -> takeInt();
          case "J" -> takeLong();
          case "F" -> takeFloat();
          case "D" -> takeDouble();
          default -> takeRef();
        });
  }

  /** Each frame is stored, and is a method's. */
  @Override
  protected boolean keepsTails() {
    return false;
  }
}

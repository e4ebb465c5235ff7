package dev.coweave.semantics.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * One thing that happens: an actor begins an operation, or somebody outside does something at once. Those between two rests happen at the same
 * instant. A step that asks something of an actor that waits is void.
 */
record Step(int id, Kind kind, int actor, List<Clause> clauses, Limit limit, int n, boolean rests) {
  static final int ACTORS = 6;

  /** How much time passes while all rest; timeouts end in between, no two at the same instant. */
  static final long TICK = 1_000_000;

  /** What the actors do, and then what is done to them and around them. */
  enum Kind {
    PERFORM,
    SELECT,
    UNLOCK,
    LEAVE,
    CANCEL,
    TRY_SEND,
    TRY_RECEIVE,
    TRY_ACQUIRE,
    RELEASE,
    SET,
    CLEAR,
    PULSE,
    CLOSE;

    boolean isAnActors() {
      return ordinal() <= LEAVE.ordinal();
    }
  }

  /** What may have to wait; the last is no select's clause, the one before only that. */
  enum Operation {
    SEND,
    RECEIVE,
    RECEIVE_EVEN,
    LOCK,
    ACQUIRE,
    AWAIT_SIGNAL,
    TIMEOUT,
    ARRIVE
  }

  /** An operation, and its channel, permits or time in ticks. */
  record Clause(Operation operation, int n, int item) {
    boolean is(Operation other) {
      return operation == other;
    }

    @Override
    public String toString() {
      return switch (operation) {
        case SEND -> "send " + item + " to " + n;
        case RECEIVE -> "receive from " + n;
        case RECEIVE_EVEN -> "receive even from " + n;
        case LOCK -> "lock";
        case ACQUIRE -> "acquire " + n;
        case AWAIT_SIGNAL -> "await signal";
        case TIMEOUT -> "timeout " + n;
        case ARRIVE -> "arrive";
      };
    }
  }

  /** What surrounds an operation: timeouts, outer and inner, in ticks; negative for none; or a shield. */
  record Limit(int outer, int inner, boolean shield) {}

  /** How long a timeout of this step is that ends in the middle of a tick, or at once. */
  long nanos(int ticks, int which) {
    return ticks == 0 ? 0 : ticks * TICK - TICK / 2 + 8L * id + which;
  }

  /** The item of a send outside the actors. */
  int item() {
    return clauses.isEmpty() ? 1_000 + id : clauses.get(0).item();
  }

  // ---- at random

  /** Steps that have little to do with each other show little: each sequence has a few operations, on a channel or two. */
  static List<Step> sequence(SplittableRandom random) {
    List<Operation> operations = new ArrayList<>();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      operations.add(Operation.values()[random.nextInt(Operation.values().length)]);
    }
    int[] channels = {
      random.nextInt(Setting.CAPACITIES.length), random.nextInt(Setting.CAPACITIES.length)
    };
    List<Step> steps = new ArrayList<>();
    for (int n = 10 + random.nextInt(50); n > 0; n--) {
      steps.add(step(steps.size(), operations, channels, random));
    }
    return steps;
  }

  private static Step step(
      int id, List<Operation> operations, int[] channels, SplittableRandom random) {
    Kind kind = kind(random);
    List<Clause> clauses = new ArrayList<>();
    if (kind == Kind.PERFORM || kind == Kind.SELECT) {
      Operation no = kind == Kind.PERFORM ? Operation.TIMEOUT : Operation.ARRIVE;
      for (int n = kind == Kind.PERFORM ? 1 : 1 + random.nextInt(3); n > 0; n--) {
        Operation operation = operations.get(random.nextInt(operations.size()));
        if (operation != no) {
          clauses.add(clause(operation, kind == Kind.SELECT, channels, random));
        }
      }
      kind = clauses.isEmpty() ? Kind.CANCEL : kind;
    }
    return new Step(
        id,
        kind,
        random.nextInt(ACTORS),
        clauses,
        limit(random),
        kind == Kind.RELEASE || kind == Kind.TRY_ACQUIRE
            ? 1 + random.nextInt(2)
            : channels[random.nextInt(channels.length)],
        random.nextInt(3) > 0);
  }

  private static Kind kind(SplittableRandom random) {
    int n = random.nextInt(100);
    if (n < 45) {
      return Kind.PERFORM;
    }
    if (n < 62) {
      return Kind.SELECT;
    }
    if (n < 72) {
      return Kind.CANCEL;
    }
    Kind[] all = Kind.values();
    Kind any = all[2 + random.nextInt(all.length - 2)];
    return any == Kind.CLOSE && random.nextInt(3) > 0 ? Kind.TRY_SEND : any;
  }

  private static Clause clause(
      Operation operation, boolean select, int[] channels, SplittableRandom random) {
    int n =
        switch (operation) {
          case ACQUIRE -> select ? 1 : 1 + random.nextInt(3);
          case TIMEOUT -> random.nextInt(4);
          default -> channels[random.nextInt(channels.length)];
        };
    return new Clause(operation, n, random.nextInt(1_000)); // an item as good as unique
  }

  private static Limit limit(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> new Limit(random.nextInt(4), -1, false);
      case 2 -> new Limit(random.nextInt(4), random.nextInt(4), false);
      case 3 -> new Limit(-1, -1, true);
      default -> new Limit(-1, -1, false);
    };
  }

  @Override
  public String toString() {
    String what = kind.name().toLowerCase(Locale.ROOT);
    return (kind.isAnActors() || kind == Kind.CANCEL ? actor + ": " : "")
        + what
        + (clauses.isEmpty() ? " " + n : " " + clauses + " " + limit)
        + (rests ? ", rest" : "");
  }
}

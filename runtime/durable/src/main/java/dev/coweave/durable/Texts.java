package dev.coweave.durable;

import dev.coweave.durable.format.Codes;
import dev.coweave.durable.format.Delivery;
import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.format.Services;
import dev.coweave.durable.format.Snapshot;
import dev.coweave.durable.format.Special;
import dev.coweave.durable.format.TypeNames;
import dev.coweave.durable.format.Values;
import dev.coweave.durable.frame.Point;
import dev.coweave.durable.frame.Program;
import dev.coweave.durable.sql.RunTable.View;
import dev.coweave.durable.sql.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The texts in which an engine stores runs, messages and results. Thread-safe. */
final class Texts {
  private final Program program;
  private final Codes codes;
  private final Values values;
  private final int most;

  Texts(DurableEngine engine, Codes codes) {
    DurableOptions options = engine.options;
    this.program = engine.program;
    this.codes = codes;
    this.most = options.maxCharacters();
    Secrecy secrecy = options.secrecy() == Secrecy.NONE ? null : options.secrecy();
    this.values =
        new Values(
            new TypeNames(options.loader(), Texts::mark),
            new Services(),
            List.of(
                new Special("run", Run.class, r -> ((Run<?>) r).id(), id -> new Run<>(engine, id))),
            Iterators.loaders(),
            secrecy == null ? null : secrecy::encrypt,
            secrecy == null ? null : secrecy::decrypt);
    List.of(RunCancelled.class, NoSuchRun.class, DurableException.class)
        .forEach(values.types()::admit);
  }

  private static TypeNames.@Nullable Mark mark(Class<?> c) {
    Storable s = c.getAnnotation(Storable.class);
    return s == null ? null : new TypeNames.Mark(s.value(), List.of(s.aliases()));
  }

  /** What may be stored, and how. */
  Values values() {
    return values;
  }

  /** @throws FormatException if a value can't be stored, or it is all too large */
  String write(Snapshot snapshot) {
    return bounded(snapshot.write(program, values), "run");
  }

  private String bounded(String text, String what) {
    if (text.length() > most) {
      throw new FormatException(
          Fault.TOO_LARGE,
          "the " + what + " takes " + text.length() + " characters of at most " + most);
    }
    return text;
  }

  /** The text of a message. Whether its type is one that the run's code names is seen by who receives it: the sender may not have that code. */
  String message(@Nullable Object message) {
    return bounded(Snapshot.message(message, values), "message");
  }

  /** @throws FormatException if a value isn't of the type that is delivered at a point */
  void checkFits(Delivery delivery, Point point) {
    Object value = delivery.value();
    Class<?> type = values.type(point.result()).boxed();
    if (value != null && !type.isInstance(value)) {
      throw new FormatException(
          Fault.NOT_LOADABLE,
          "a "
              + value.getClass().getTypeName()
              + " was sent, and the run receives a "
              + type.getTypeName()
              + " at "
              + point.key());
    }
  }

  /** @throws FormatException if it can't go on in the program's code */
  Snapshot read(String text) {
    return Snapshot.read(text, program, values, codes);
  }

  /** What a run that has ended returned or threw. */
  Delivery outcomeOf(View run) {
    if (run.result() == null && run.status() != Status.TERMINATED) {
      return Delivery.failed(
          new NoSuchRun(
              Fault.NO_RUN.message(
                  "the run " + run.id() + " has ended, and its result is deleted")));
    }
    Program.Entry method = program.find(run.owner(), run.method());
    if (method != null) { // a process may ask that has loaded no run yet
      values.types().admit(method.method().types());
    }
    Delivery stored = run.result() == null ? Delivery.NONE : read(run.result()).outcome();
    return Operations.ended(run, stored);
  }
}

package dev.coweave.durable.format;

import dev.coweave.coroutine.Frame;
import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Point;
import dev.coweave.durable.frame.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the frames of one run of the tree of its text, in the program's code. */
final class Reader {
  private final Program program;
  private final Values values;
  private final Codes codes;
  private final Decoder decoder;

  /** Where the frame that was read last goes on, and where it stood if the code has changed. */
  private @Nullable Point point;

  private @Nullable Point before;

  Reader(Program program, Values values, Codes codes) {
    this.program = program;
    this.values = values;
    this.codes = codes;
    this.decoder = new Decoder(values);
  }

  Snapshot read(Map<?, ?> tree) {
    List<Frame> frames = new ArrayList<>();
    for (Object stored : (List<?>) Objects.requireNonNull(tree.get("frames"))) {
      Map<?, ?> f = (Map<?, ?>) Objects.requireNonNull(stored);
      Program.Entry entry = method(f);
      if (point != null) {
        Calls.check(point, entry.method(), program);
      }
      values.types().admit(entry.method().types());
      find(f, entry.method());
      frames.add(frame(f, entry, Objects.requireNonNull(point)));
    }
    if (point != null && point.kind().equals("call")) {
      throw new FormatException(
          Fault.BAD_TEXT, "the frame that was called at " + point.key() + " is missing");
    }
    Delivery outcome = outcome(tree);
    decoder.finish();
    return new Snapshot(List.copyOf(frames), outcome);
  }

  private Program.Entry method(Map<?, ?> f) {
    String owner = (String) Objects.requireNonNull(f.get("class"));
    String name = (String) Objects.requireNonNull(f.get("method"));
    Program.Entry entry = program.find(owner, name);
    if (entry == null) {
      throw FormatException.noMethod(owner, name);
    }
    return entry;
  }

  private void find(Map<?, ?> f, DurableMethod method) {
    String key = (String) Objects.requireNonNull(f.get("point"));
    String code = (String) Objects.requireNonNull(f.get("code"));
    before = null;
    if (code.equals(method.code())) {
      point = method.find(key);
      if (point == null) {
        throw new FormatException(Fault.BAD_TEXT, method + " never had a point " + key);
      }
      return;
    }
    DurableMethod old = codes.find(code);
    if (old == null) {
      throw new FormatException(
          Fault.CODE_CHANGED,
          method
              + " has changed since the run was parked in it at "
              + key
              + ", and how it was is not stored");
    }
    point = Migration.point(old, method, key);
    before = old.find(key);
  }

  private Frame frame(Map<?, ?> f, Program.Entry entry, Point point) {
    DurableFrame frame = entry.prototype().coweave$fresh();
    ((Frame) frame).state = (short) point.state();
    Map<?, ?> locals = (Map<?, ?>) Objects.requireNonNull(f.get("locals"));
    Slots.read(frame, locals, entry.method(), point, before, decoder, values);
    return (Frame) frame;
  }

  private Delivery outcome(Map<?, ?> tree) {
    if (tree.get("failure") != null) {
      TypeRef type = TypeRef.of(Throwable.class);
      Object failure = decoder.decode(tree.get("failure"), type, "the exception");
      return Delivery.failed((Throwable) Objects.requireNonNull(failure));
    }
    Object value = tree.get("value");
    if (value == null) {
      return Delivery.NONE;
    }
    if (point == null) {
      return Delivery.of(decoder.decode(value, TypeRef.OBJECT, "the result"));
    }
    String now = point.result();
    String old = before == null ? now : before.result();
    return Delivery.of(
        new Fitting(decoder, values).read(value, old, now, "the result of " + point.key()));
  }
}

package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.durable.DurablePoint.Around;
import dev.coweave.weave.machine.FrameField;
import dev.coweave.weave.machine.Slot;
import dev.coweave.weave.machine.State;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/** Names the points of a durable method and what is live there. */
final class PointReader {
  private final StateMachine machine;
  private final CoroutineMethod method;
  private final MethodNode source;
  private final PointNames names;
  private final Expressions expressions;
  private final Map<String, Integer> keys = new HashMap<>();

  PointReader(StateMachine machine) {
    this.machine = machine;
    this.method = machine.method();
    this.source = method.source();
    this.expressions = new Expressions(method);
    Set<Integer> points =
        method.points().stream().map(SuspensionPoint::index).collect(Collectors.toSet());
    this.names = new PointNames(source.instructions, points, expressions);
  }

  /** The points by state. */
  List<DurablePoint> read() {
    Map<Integer, Integer> indexes = new TreeMap<>();
    Map<Integer, String> calls = new TreeMap<>();
    for (State state : machine.states()) {
      SuspensionPoint p = state.point();
      if (p != null) {
        indexes.put(p.index(), state.id());
        calls.put(p.index(), call(p));
      }
    }
    Surroundings surroundings =
        new Surroundings(source, method.flow(), expressions, indexes, calls);
    return Repeats.mark(machine.states().stream().map(s -> point(s, surroundings)).toList());
  }

  private DurablePoint point(State state, Surroundings surroundings) {
    SuspensionPoint p = state.point();
    if (p == null) {
      return new DurablePoint(
          state, "start", null, "start", false, "V", "", Around.NOTHING, slots(state, 0));
    }
    MethodInsnNode call = p.callee().call();
    String kind = kind(call);
    String name = names.of(p);
    String base = call(p);
    int copies = keys.merge(base, 1, Integer::sum);
    Around around =
        new Around(
            surroundings.loops(p.index()),
            surroundings.handlers(p.index()),
            surroundings.within(p.index()),
            surroundings.next(p.index()));
    return new DurablePoint(
        state,
        kind,
        name,
        copies == 1 ? base : base + "#" + copies,
        false,
        result(p),
        kind.equals("call") ? call.owner.replace('/', '.') + "." + call.name + call.desc : "",
        around,
        slots(state, p.index()));
  }

  private static String kind(MethodInsnNode call) {
    return DurableAbi.isWord(call) ? call.name : "call";
  }

  /** What the source's call is found by: {@code step:charge}, {@code call:pay}, {@code sleep:}. */
  private String call(SuspensionPoint p) {
    MethodInsnNode call = p.callee().call();
    String name = names.of(p);
    return kind(call) + ":" + (name != null ? name : kind(call).equals("call") ? call.name : "");
  }

  /** The type of the delivered result: of a generic call, what it is cast to. */
  private String result(SuspensionPoint p) {
    Type declared = p.callee().returnType();
    int next = method.flow().nextReal(p.index());
    if (next >= 0
        && method.flow().insn(next) instanceof TypeInsnNode cast
        && cast.getOpcode() == Opcodes.CHECKCAST) {
      return Type.getObjectType(cast.desc).getDescriptor();
    }
    return declared.getDescriptor();
  }

  // ---- what is live there

  private List<DurableSlot> slots(State state, int index) {
    List<DurableSlot> result = new ArrayList<>();
    Map<String, Integer> roles = new HashMap<>();
    for (Slot local : state.locals()) {
      FrameField field = local.field();
      if (field != null) {
        LocalVariableNode v = variable(local.index(), index, state.point() == null);
        result.add(
            v == null
                ? temporary("~", local, field, expressions.local(local.index(), index), roles)
                : new DurableSlot(
                    v.name, machine.fields().indexOf(field), v.desc, v.signature, false));
      }
    }
    for (Slot operand : state.stack()) {
      FrameField field = operand.field();
      if (field != null) {
        String how = expressions.operand(operand.index(), index);
        result.add(temporary("operand~", operand, field, how, roles));
      }
    }
    return result;
  }

  /** What has no name in the source is told by its type and by how it came about; among its like by its order. */
  private DurableSlot temporary(
      String prefix, Slot slot, FrameField field, String how, Map<String, Integer> roles) {
    VType type = slot.type();
    String name = prefix + simple(type.toType()) + "=" + how;
    int n = roles.merge(name, 1, Integer::sum);
    return new DurableSlot(
        n == 1 ? name : name + "#" + n,
        machine.fields().indexOf(field),
        type.toType().getDescriptor(),
        null,
        prefix.startsWith("operand"));
  }

  private static String simple(Type type) {
    String name = type.getClassName();
    return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
  }

  private @Nullable LocalVariableNode variable(int slot, int index, boolean atStart) {
    if (source.localVariables == null) {
      return null;
    }
    for (LocalVariableNode v : source.localVariables) {
      int from = source.instructions.indexOf(v.start);
      int to = source.instructions.indexOf(v.end);
      boolean parameter = atStart && method.flow().nextReal(-1) == method.flow().nextReal(from - 1);
      if (v.index == slot && (parameter || (from <= index && index < to))) {
        return v;
      }
    }
    return null;
  }

  /** Whether a class was compiled without the names of locals: not even its constructor's {@code this} has one. */
  static boolean lacksNames(ClassNode c) {
    return c.methods.stream().anyMatch(m -> m.instructions.size() > 0)
        && c.methods.stream().allMatch(m -> m.localVariables == null || m.localVariables.isEmpty());
  }
}

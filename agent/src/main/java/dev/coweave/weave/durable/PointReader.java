package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.FrameField;
import dev.coweave.weave.machine.Slot;
import dev.coweave.weave.machine.State;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.TypeInsnNode;

/** Names the points of a durable method and what is live there. */
final class PointReader {
  private final StateMachine machine;
  private final CoroutineMethod method;
  private final MethodNode source;
  private final PointNames names;
  private final Map<String, Integer> keys = new HashMap<>();

  PointReader(StateMachine machine) {
    this.machine = machine;
    this.method = machine.method();
    this.source = method.source();
    this.names = new PointNames(method);
  }

  /** The points by state. */
  List<DurablePoint> read() {
    List<DurablePoint> points = new ArrayList<>();
    for (State state : machine.states()) {
      points.add(point(state));
    }
    return points;
  }

  private DurablePoint point(State state) {
    SuspensionPoint p = state.point();
    if (p == null) {
      return new DurablePoint(state, "start", null, "start", "V", "", slots(state, 0));
    }
    MethodInsnNode call = p.callee().call();
    String kind = DurableAbi.isWord(call) ? call.name : "call";
    String name = names.of(p);
    String base = kind + ":" + (name != null ? name : kind.equals("call") ? call.name : "");
    int copies = keys.merge(base, 1, Integer::sum);
    return new DurablePoint(
        state,
        kind,
        name,
        copies == 1 ? base : base + "#" + copies,
        result(p),
        around(p.index()),
        slots(state, p.index()));
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

  // ---- what encloses a point

  /** The handlers around an instruction, innermost first, and how many loops. */
  private String around(int index) {
    List<String> handlers = new ArrayList<>();
    for (TryCatchBlockNode b : source.tryCatchBlocks) {
      if (source.instructions.indexOf(b.start) <= index
          && index < source.instructions.indexOf(b.end)) {
        handlers.add(b.type == null ? "any" : b.type.replace('/', '.'));
      }
    }
    return "loops=" + loops(index) + " handlers=" + String.join(",", handlers);
  }

  private int loops(int index) {
    Set<Integer> heads = new HashSet<>();
    for (int i = index; i < method.flow().size(); i++) {
      for (int next : method.flow().successors(i)) {
        if (next <= index && next < i) {
          heads.add(next);
        }
      }
    }
    return heads.size();
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
                ? temporary("~", local, field, roles)
                : new DurableSlot(
                    v.name, machine.fields().indexOf(field), v.desc, v.signature, false));
      }
    }
    for (Slot operand : state.stack()) {
      if (operand.field() != null) {
        result.add(temporary("operand~", operand, operand.field(), roles));
      }
    }
    return result;
  }

  /** What has no name in the source is told by its type, and among its like by its order. */
  private DurableSlot temporary(
      String prefix, Slot slot, FrameField field, Map<String, Integer> roles) {
    VType type = slot.type();
    String name = prefix + simple(type.toType());
    int n = roles.merge(name, 1, Integer::sum);
    return new DurableSlot(
        n == 1 ? name : name + n,
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

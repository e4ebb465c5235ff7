package dev.coweave.weave.machine;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.analysis.SuspensionPoint.Form;
import dev.coweave.weave.bytecode.VType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.MethodInsnNode;

/** Makes the state machine of a method that was read. */
public final class StateMachineBuilder {
  private final CoroutineMethod method;
  private final List<FrameField> fields = new ArrayList<>();
  private final Map<String, FrameField> fieldOfLocal = new HashMap<>();

  private StateMachineBuilder(CoroutineMethod method) {
    this.method = method;
  }

  /**
   * Decides what is saved where.
   *
   * @param method what was read
   * @param frameClass the internal name of the class to make for its frame
   */
  public static StateMachine build(CoroutineMethod method, String frameClass) {
    return new StateMachineBuilder(method).build(frameClass);
  }

  private StateMachine build(String frameClass) {
    List<State> states = new ArrayList<>();
    states.add(
        state(0, null, method.firstLine(), method.parameters(), List.of(), method.liveAtStart()));
    for (SuspensionPoint p : method.points()) {
      if (p.saves()) {
        states.add(state(states.size(), p, p.line(), p.locals(), p.stack(), p.live()));
      }
    }
    Type element = element();
    return new StateMachine(
        method, frameClass, List.copyOf(fields), List.copyOf(states), element, boxings(element));
  }

  private State state(
      int id,
      @Nullable SuspensionPoint point,
      int line,
      List<VType> locals,
      List<VType> stack,
      BitSet live) {
    Set<FrameField> taken = new HashSet<>();
    List<Slot> savedLocals = new ArrayList<>();
    for (int i = 0; i < locals.size(); i++) {
      VType type = locals.get(i);
      if (type.kind() != VType.Kind.TOP && live.get(i)) {
        savedLocals.add(new Slot(i, type, type.isStorable() ? fieldOfLocal(i, type, taken) : null));
      }
    }
    List<Slot> savedStack = new ArrayList<>();
    for (int i = 0; i < stack.size(); i++) {
      VType type = stack.get(i);
      savedStack.add(new Slot(i, type, type.isStorable() ? freeField(type, taken) : null));
    }
    return new State(id, point, line, List.copyOf(savedLocals), List.copyOf(savedStack));
  }

  /** A local keeps its field from state to state where it can. */
  private FrameField fieldOfLocal(int slot, VType type, Set<FrameField> taken) {
    String key = slot + ":" + type;
    FrameField field = fieldOfLocal.get(key);
    if (field == null || !taken.add(field)) {
      field = freeField(type, taken);
      fieldOfLocal.put(key, field);
    }
    return field;
  }

  private FrameField freeField(VType type, Set<FrameField> taken) {
    for (FrameField field : fields) {
      if (field.type().equals(type) && taken.add(field)) {
        return field;
      }
    }
    FrameField field =
        new FrameField(
            type.toType()
                    .getDescriptor()
                    .substring(0, 1)
                    .toLowerCase(java.util.Locale.ROOT)
                    .replace('[', 'l')
                + fields.size(),
            type);
    fields.add(field);
    taken.add(field);
    return field;
  }

  /** The primitive that every yield boxes right before it, if it is the same for all and no callee could yield anything else. */
  private @Nullable Type element() {
    if (!method.kind().isGenerator()) {
      return null;
    }
    Type element = null;
    for (SuspensionPoint p : method.points()) {
      if (method.kind() == Kind.ASYNC_GENERATOR && onlyWaits(p)) {
        continue;
      }
      MethodInsnNode boxing = p.form() == Form.YIELD ? boxingBefore(p) : null;
      if (boxing == null) {
        return null;
      }
      Type boxed = Type.getArgumentTypes(boxing.desc)[0];
      if (element != null && !element.equals(boxed)) {
        return null;
      }
      element = boxed;
    }
    return element;
  }

  /** The calls that box what is yielded, if none of it is boxed in the end. */
  private Set<MethodInsnNode> boxings(@Nullable Type element) {
    Set<MethodInsnNode> boxings = new HashSet<>();
    if (element != null) {
      for (SuspensionPoint p : method.points()) {
        MethodInsnNode boxing = p.form() == Form.YIELD ? boxingBefore(p) : null;
        if (boxing != null) {
          boxings.add(boxing);
        }
      }
    }
    return Set.copyOf(boxings);
  }

  private static boolean onlyWaits(SuspensionPoint p) {
    String name = p.callee().call().owner + "." + p.callee().call().name;
    return p.form() != Form.YIELD && p.callee().isLeaf() && !name.equals(RuntimeAbi.YIELD_ALL);
  }

  /** The call of {@code Long.valueOf(long)} and the like whose result is what is yielded, or null. */
  private static @Nullable MethodInsnNode boxingBefore(SuspensionPoint p) {
    AbstractInsnNode before = p.callee().call().getPrevious();
    // Only a frame would let another path arrive with a value of its own.
    while (before != null && before.getOpcode() < 0 && !(before instanceof FrameNode)) {
      before = before.getPrevious();
    }
    if (before instanceof MethodInsnNode call
        && call.name.equals("valueOf")
        && call.owner.startsWith("java/lang/")) {
      Type[] arguments = Type.getArgumentTypes(call.desc);
      if (arguments.length == 1
          && arguments[0].getSort() <= Type.DOUBLE
          && !call.owner.equals("java/lang/String")) {
        return call;
      }
    }
    return null;
  }
}

package dev.coweave.weave.emit;

import dev.coweave.weave.bytecode.Flow;
import dev.coweave.weave.machine.State;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * The LocalVariableTable of a resume copy. A local that was dead at a suspension point isn't restored. Until it is next assigned its
 * name stands for a slot with a text that says so, and a debugger shows no wrong value.
 */
final class Variables {
  /** What a debugger shows of a local that wasn't kept. */
  static final String NOT_KEPT = "not kept: nothing reads it any more";

  /** A stretch of the source in which a variable may be shown, or is said not to be kept. */
  private record Range(LocalVariableNode variable, boolean kept, int from, int to) {
    /** What no two entries of a table may have in common (JVMS 4.7.13); Kotlin's variables have many ranges. */
    List<Object> key() {
      return List.of(variable.name, kept ? variable.index : -1, from, to);
    }
  }

  private final List<Range> ranges = new ArrayList<>();
  private final Set<List<Object>> keys = new HashSet<>();

  Variables(StateMachine machine) {
    List<LocalVariableNode> variables = machine.method().source().localVariables;
    if (variables == null || variables.isEmpty()) {
      return;
    }
    BitSet[] stale = stale(machine);
    var instructions = machine.method().source().instructions;
    for (LocalVariableNode v : variables) {
      int from = instructions.indexOf(v.start);
      int end = instructions.indexOf(v.end);
      while (from < end) {
        boolean kept = !stale[from].get(v.index);
        int to = from + 1;
        while (to < end && kept != stale[to].get(v.index)) {
          to++;
        }
        if (kept || isUsers(v)) {
          add(machine.method().flow(), v, kept, from, to);
        }
        from = to;
      }
    }
  }

  /** Not the receiver, nor what Kotlin's compiler tells its debugger. */
  private static boolean isUsers(LocalVariableNode v) {
    return !v.name.equals("this") && v.name.indexOf('$') < 0;
  }

  /** Adds a range unless it is empty, or there already: cut where a local is stale, different ranges may become one. */
  private void add(Flow flow, LocalVariableNode v, boolean kept, int from, int to) {
    Range range = new Range(v, kept, real(flow, from), real(flow, to));
    if (range.from < range.to && keys.add(range.key())) {
      ranges.add(range);
    }
  }

  /** Whether some variable is said not to be kept. */
  boolean hasNotKept() {
    return ranges.stream().anyMatch(r -> !r.kept);
  }

  /** The instruction at an index, or the next that has bytes. */
  private static int real(Flow flow, int index) {
    int next = flow.nextReal(index - 1);
    return next < 0 ? flow.size() : next;
  }

  /** The instructions before which a label is needed. */
  SortedSet<Integer> boundaries() {
    SortedSet<Integer> result = new TreeSet<>();
    for (Range r : ranges) {
      result.add(r.from);
      result.add(r.to);
    }
    return result;
  }

  /**
   * The table of a copy whose body has been written.
   *
   * @param notKept the slot of {@link #NOT_KEPT}
   */
  List<LocalVariableNode> in(BodyCopy copy, LabelNode end, int notKept) {
    List<LocalVariableNode> result = new ArrayList<>();
    int size = copy.method.flow().size();
    for (Range r : ranges) {
      LocalVariableNode v = r.variable;
      LabelNode to = r.to >= size ? end : copy.before(r.to);
      LabelNode from = copy.before(r.from);
      result.add(
          r.kept
              ? new LocalVariableNode(v.name, v.desc, v.signature, from, to, copy.slot(v.index))
              : new LocalVariableNode(v.name, "Ljava/lang/String;", null, from, to, notKept));
    }
    return result;
  }

  /** The locals that may have been dead where the activation was saved, before each instruction: a forward data flow. */
  private static BitSet[] stale(StateMachine machine) {
    Flow flow = machine.method().flow();
    Map<AbstractInsnNode, BitSet> dead = new HashMap<>();
    for (State state : machine.states()) {
      BitSet slots = new BitSet();
      slots.set(0, machine.method().source().maxLocals);
      state.locals().forEach(l -> slots.clear(l.index()));
      dead.put(state.point() == null ? null : state.point().callee().call(), slots);
    }
    BitSet[] before = new BitSet[flow.size() + 1];
    for (int i = 0; i < before.length; i++) {
      before[i] = new BitSet();
    }
    before[0].or(dead.get(null));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < flow.size(); i++) {
        BitSet after = (BitSet) before[i].clone();
        AbstractInsnNode insn = flow.insn(i);
        if (dead.containsKey(insn)) {
          after.or(dead.get(insn));
        }
        for (int handler : flow.handlers(i)) {
          changed |= merge(before[handler], after);
        }
        if (insn instanceof VarInsnNode v && v.getOpcode() >= Opcodes.ISTORE) {
          after.clear(v.var);
        }
        for (int next : flow.successors(i)) {
          changed |= merge(before[next], after);
        }
      }
    }
    return before;
  }

  private static boolean merge(BitSet into, BitSet from) {
    int size = into.cardinality();
    into.or(from);
    return into.cardinality() > size;
  }
}

package dev.coweave.weave.analysis;

import dev.coweave.weave.analysis.SuspensionPoint.Form;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.Flow;
import dev.coweave.weave.bytecode.FrameTypes;
import dev.coweave.weave.bytecode.Liveness;
import dev.coweave.weave.bytecode.VType;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** Reads one coroutine method. */
public final class MethodAnalyzer {
  private final Coroutines coroutines;
  private final MethodInfo info;
  private final String owner;
  private final MethodNode method;
  private final Kind kind;
  private final Consumer<BrokenRule> broken;
  private final Flow flow;

  private MethodAnalyzer(
      Coroutines coroutines, MethodInfo info, MethodNode method, Consumer<BrokenRule> broken) {
    this.coroutines = coroutines;
    this.info = info;
    this.owner = info.owner();
    this.method = method;
    this.kind = coroutines.kind(info);
    this.broken = broken;
    this.flow = new Flow(method);
  }

  /**
   * Reads a method that has a body.
   *
   * @param coroutines which calls suspend
   * @param info what its class says of it
   * @param method the method, with expanded frames
   * @param broken told of each rule that the method breaks; if any is, what is returned is not to be used
   */
  public static CoroutineMethod analyze(
      Coroutines coroutines, MethodInfo info, MethodNode method, Consumer<BrokenRule> broken) {
    return new MethodAnalyzer(coroutines, info, method, broken).analyze();
  }

  private CoroutineMethod analyze() {
    if ((method.access & Opcodes.ACC_SYNCHRONIZED) != 0) {
      report(
          Rule.SYNCHRONIZED_METHOD,
          method.instructions.getFirst(),
          "the coroutine is a synchronized method");
    }
    Map<MethodInsnNode, MethodInfo> calls = calls();
    FrameTypes types = new FrameTypes(method, owner, insn -> isTyped(insn, calls));
    Liveness liveness = new Liveness(flow);
    List<SuspensionPoint> points = new ArrayList<>();
    for (int i = 0; i < flow.size(); i++) {
      MethodInfo callee = flow.insn(i) instanceof MethodInsnNode call ? calls.get(call) : null;
      if (callee != null) {
        FrameTypes.At at = types.before(i);
        if (at == null) {
          if (!isReachable(i)) {
            continue;
          }
          report(Rule.NO_STACK_MAP, flow.insn(i), "no frame says which types the locals have here");
          break;
        }
        points.add(point(i, (MethodInsnNode) flow.insn(i), callee, at, liveness));
      }
    }
    return new CoroutineMethod(
        owner,
        kind,
        method,
        flow,
        types,
        liveness,
        List.copyOf(points),
        parameters(),
        liveAtStart(liveness),
        forwards(points));
  }

  /** Default arguments, which Kotlin evaluates in a forwarder, may wait too; so may a bridge's by pattern. */
  private boolean forwards(List<SuspensionPoint> points) {
    return coroutines.isForwarder(info)
        && points.size() == 1
        && !RuntimeAbi.isRuntime(points.get(0).callee().call().owner);
  }

  /** Whether emission needs the types before an instruction. */
  private static boolean isTyped(AbstractInsnNode insn, Map<MethodInsnNode, MethodInfo> calls) {
    return insn.getOpcode() == Opcodes.ARETURN
        || (insn instanceof MethodInsnNode call
            && (calls.containsKey(call) || call.name.equals("<init>")));
  }

  /** The calls that may suspend, in the order of the code; reports those that must not. */
  private Map<MethodInsnNode, MethodInfo> calls() {
    Monitors monitors = new Monitors(flow);
    Map<MethodInsnNode, MethodInfo> calls = new HashMap<>();
    for (int i = 0; i < flow.size(); i++) {
      if (!(flow.insn(i) instanceof MethodInsnNode call)) {
        continue;
      }
      MethodInfo callee = coroutines.callee(call);
      if (callee == null || !isEntered(call, callee, monitors.heldBefore(i))) {
        continue;
      }
      AbstractInsnNode monitor = monitors.heldBefore(i);
      if (monitor != null) {
        report(
            Rule.MONITOR,
            call,
            "suspension at the call of "
                + simpleName(callee)
                + " while holding "
                + (Lines.of(monitor) == 0
                    ? "a monitor"
                    : "the monitor entered at line " + Lines.of(monitor)));
      }
      calls.put(call, callee);
    }
    return calls;
  }

  /** Whether the twin of a callee is to be called. */
  private boolean isEntered(
      MethodInsnNode call, MethodInfo callee, @Nullable AbstractInsnNode monitor) {
    switch (coroutines.status(callee)) {
      case WOVEN -> {
        // A generator method returns at once; only an override of another kind might wait.
        boolean returnsAtOnce = coroutines.kind(callee).isGenerator();
        return !(returnsAtOnce && (monitor != null || !coroutines.isGuarded(call, callee)));
      }
      case UNWOVEN ->
          report(
              Rule.UNWOVEN_DEPENDENCY,
              call,
              "call of " + simpleName(callee) + ", a coroutine that was never woven");
      case OTHER_VERSION ->
          report(
              Rule.OTHER_VERSION,
              call,
              "call of " + simpleName(callee) + ", which was woven by another version of coweave");
      case EXCLUDED -> {}
    }
    return false;
  }

  private SuspensionPoint point(
      int index, MethodInsnNode call, MethodInfo callee, FrameTypes.At at, Liveness liveness) {
    int operands =
        Type.getArgumentTypes(call.desc).length
            + (call.getOpcode() == Opcodes.INVOKESTATIC ? 0 : 1);
    List<VType> stack = at.stack().subList(0, at.stack().size() - operands);
    BitSet live = (BitSet) liveness.before(index + 1).clone();
    for (int handler : flow.handlers(index)) {
      live.or(liveness.before(handler));
    }
    return new SuspensionPoint(
        index,
        Lines.inTraces(call),
        new Callee(call, coroutines.isGuarded(call, callee)),
        form(index, call),
        at.locals(),
        stack,
        live);
  }

  private Form form(int index, MethodInsnNode call) {
    if (kind.isGenerator()) {
      return RuntimeAbi.YIELD.equals(call.owner + "." + call.name) ? Form.YIELD : Form.CALL;
    }
    if (DurableAbi.isDurable(method)) {
      return Form.CALL; // each activation of a run is stored, and shown to who operates it
    }
    int next = flow.nextReal(index);
    boolean returnsOutcome =
        next >= 0
            && flow.insn(next).getOpcode()
                == Type.getReturnType(call.desc).getOpcode(Opcodes.IRETURN)
            && VType.of(Type.getReturnType(call.desc)).kind()
                == VType.of(Type.getReturnType(method.desc)).kind();
    // An async method looks at what it returns, which a dummy isn't.
    return returnsOutcome && kind != Kind.ASYNC && flow.handlers(index).length == 0
        ? Form.TAIL_CALL
        : Form.CALL;
  }

  private boolean isReachable(int index) {
    BitSet seen = new BitSet();
    List<Integer> work = new ArrayList<>(List.of(0));
    while (!work.isEmpty()) {
      int i = work.remove(work.size() - 1);
      if (i == index) {
        return true;
      }
      if (!seen.get(i)) {
        seen.set(i);
        for (int next : flow.successors(i)) {
          work.add(next);
        }
        for (int next : flow.handlers(i)) {
          work.add(next);
        }
      }
    }
    return false;
  }

  private List<VType> parameters() {
    List<VType> result = new ArrayList<>();
    if ((method.access & Opcodes.ACC_STATIC) == 0) {
      result.add(VType.ref(owner));
    }
    for (Type type : Type.getArgumentTypes(method.desc)) {
      result.add(VType.of(type));
      if (type.getSize() == 2) {
        result.add(VType.TOP);
      }
    }
    return result;
  }

  private BitSet liveAtStart(Liveness liveness) {
    BitSet live = (BitSet) liveness.before(0).clone();
    if (DurableAbi.isDurable(method)) {
      live.set(0, parameters().size()); // a run is known by all of its arguments
    }
    live.clear(parameters().size(), Math.max(parameters().size(), live.length()));
    return live;
  }

  private void report(Rule rule, AbstractInsnNode where, String what) {
    broken.accept(
        new BrokenRule(
            rule,
            Lines.name(owner, method.name, method.desc),
            Math.max(Lines.of(where), 0) == 0 ? Lines.first(method) : Lines.of(where),
            what));
  }

  private static String simpleName(MethodInfo m) {
    return m.owner().substring(m.owner().lastIndexOf('/') + 1).replace('$', '.') + "." + m.name();
  }
}

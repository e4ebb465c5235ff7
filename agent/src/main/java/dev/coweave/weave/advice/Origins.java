package dev.coweave.weave.advice;

import dev.coweave.weave.bytecode.Flow;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.VarInsnNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceInterpreter;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * Which instructions the operands of an instruction may come from: ASM's data flow, followed through locals and casts. A parameter comes from a
 * load that stands nowhere, a caught exception from its handler's label.
 */
final class Origins {
  private static final int MAX_DEPTH = 4;

  private final MethodNode method;
  private final Frame<SourceValue>[] frames;

  @SuppressWarnings({"unchecked", "rawtypes"})
  Origins(String owner, MethodNode method, Flow flow) {
    this.method = method;
    Frame[] found;
    try {
      found = new Analyzer<>(new Interpreter()).analyze(owner, method);
    } catch (AnalyzerException | RuntimeException e) {
      found = new Frame[flow.size()]; // code that the JVM won't verify either: nothing is known
    }
    this.frames = found;
  }

  /**
   * An operand.
   *
   * @param index that of the instruction; -1 for one that stands nowhere, which has none
   * @param fromTop 0 is the one on top of the stack
   */
  Set<AbstractInsnNode> operand(int index, int fromTop) {
    Frame<SourceValue> f = index < 0 ? null : frames[index];
    return f == null || f.getStackSize() <= fromTop
        ? Set.of()
        : f.getStack(f.getStackSize() - 1 - fromTop).insns;
  }

  /** The receiver of a call; nothing of a static one. */
  Set<AbstractInsnNode> receiver(Subject.Call call) {
    return call.insn().getOpcode() == Opcodes.INVOKESTATIC
        ? Set.of()
        : operand(call.index(), Type.getArgumentCount(call.insn().desc));
  }

  /** An argument of a call, the first is 0. */
  Set<AbstractInsnNode> argument(Subject.Call call, int number) {
    return operand(call.index(), Type.getArgumentCount(call.insn().desc) - 1 - number);
  }

  int indexOf(AbstractInsnNode insn) {
    return method.instructions.contains(insn) ? method.instructions.indexOf(insn) : -1;
  }

  /** A name for what a value is: two of the same name are the same object, unless it was assigned anew. */
  String place(Set<AbstractInsnNode> origins) {
    return origins.size() == 1 ? place(origins.iterator().next(), MAX_DEPTH) : "?" + hash(origins);
  }

  private String place(AbstractInsnNode origin, int depth) {
    int at = indexOf(origin);
    if (origin instanceof VarInsnNode v && at < 0) {
      return "parameter " + v.var;
    }
    if (origin instanceof FieldInsnNode f && depth > 0) {
      String field = f.owner + "." + f.name;
      return f.getOpcode() == Opcodes.GETSTATIC ? field : field + " of " + below(at, 0, depth);
    }
    if (origin instanceof LdcInsnNode constant) {
      return "constant " + constant.cst;
    }
    if (origin instanceof MethodInsnNode m && depth > 0 && m.getOpcode() != Opcodes.INVOKESTATIC) {
      StringBuilder call = new StringBuilder(m.name);
      for (int k = Type.getArgumentCount(m.desc); k >= 0; k--) { // the receiver first
        call.append(" of ").append(below(at, k, depth));
      }
      return call.toString();
    }
    return "instruction " + at;
  }

  private String below(int index, int fromTop, int depth) {
    Set<AbstractInsnNode> operand = operand(index, fromTop);
    return operand.size() == 1 ? place(operand.iterator().next(), depth - 1) : "?" + hash(operand);
  }

  private int hash(Set<AbstractInsnNode> origins) {
    return origins.stream().mapToInt(this::indexOf).sum();
  }

  private static final class Interpreter extends SourceInterpreter {
    private final Map<Integer, SourceValue> parameters = new HashMap<>();

    Interpreter() {
      super(Opcodes.ASM9);
    }

    @Override
    public SourceValue newParameterValue(boolean isInstance, int local, Type type) {
      return parameters.computeIfAbsent(
          local, l -> new SourceValue(type.getSize(), new VarInsnNode(Opcodes.ALOAD, l)));
    }

    @Override
    public SourceValue newExceptionValue(
        TryCatchBlockNode block, Frame<SourceValue> handlerFrame, Type type) {
      return new SourceValue(1, block.handler);
    }

    @Override
    public SourceValue copyOperation(AbstractInsnNode insn, SourceValue value) {
      return value;
    }

    @Override
    public SourceValue unaryOperation(AbstractInsnNode insn, SourceValue value) {
      return insn.getOpcode() == Opcodes.CHECKCAST ? value : super.unaryOperation(insn, value);
    }

    @Override
    public SourceValue merge(SourceValue a, SourceValue b) {
      if (a.size == b.size && a.insns.containsAll(b.insns)) {
        return a;
      }
      Set<AbstractInsnNode> both = new HashSet<>(a.insns);
      both.addAll(b.insns);
      return new SourceValue(Math.min(a.size, b.size), both);
    }
  }
}

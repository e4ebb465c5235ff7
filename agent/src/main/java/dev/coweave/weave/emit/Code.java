package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.bytecode.VType;
import java.util.List;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.IntInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.LineNumberNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Writes instructions one after the other; each method returns this. Knows instructions, not coroutines. */
final class Code {
  private final InsnList insns;

  /** The line of what is written next, or 0. */
  private int line;

  Code(InsnList insns) {
    this.insns = insns;
  }

  Code add(AbstractInsnNode insn) {
    insns.add(insn);
    if (insn instanceof LineNumberNode number) {
      line = number.line;
    }
    return this;
  }

  /** An instruction without operands. */
  Code op(int... opcodes) {
    for (int opcode : opcodes) {
      add(new InsnNode(opcode));
    }
    return this;
  }

  Code aload(int slot) {
    return add(new VarInsnNode(Opcodes.ALOAD, slot));
  }

  Code astore(int slot) {
    return add(new VarInsnNode(Opcodes.ASTORE, slot));
  }

  Code iload(int slot) {
    return add(new VarInsnNode(Opcodes.ILOAD, slot));
  }

  Code istore(int slot) {
    return add(new VarInsnNode(Opcodes.ISTORE, slot));
  }

  Code load(VType type, int slot) {
    return add(new VarInsnNode(type.toType().getOpcode(Opcodes.ILOAD), slot));
  }

  Code store(VType type, int slot) {
    return add(new VarInsnNode(type.toType().getOpcode(Opcodes.ISTORE), slot));
  }

  Code pop(VType type) {
    return type.kind() == VType.Kind.TOP ? this : op(type.size() == 2 ? Opcodes.POP2 : Opcodes.POP);
  }

  /** Zero or null, as a type's default. */
  Code zero(VType type) {
    return switch (type.kind()) {
      case INT -> op(Opcodes.ICONST_0);
      case LONG -> op(Opcodes.LCONST_0);
      case FLOAT -> op(Opcodes.FCONST_0);
      case DOUBLE -> op(Opcodes.DCONST_0);
      case NULL, REF, UNINITIALIZED -> op(Opcodes.ACONST_NULL);
      case TOP -> this;
    };
  }

  Code constant(int value) {
    if (value >= -1 && value <= 5) {
      return op(Opcodes.ICONST_0 + value);
    } else if (value == (byte) value) {
      return add(new IntInsnNode(Opcodes.BIPUSH, value));
    } else if (value == (short) value) {
      return add(new IntInsnNode(Opcodes.SIPUSH, value));
    }
    return constant((Object) value);
  }

  Code constant(Object value) {
    return add(new LdcInsnNode(value));
  }

  Code type(int opcode, String type) {
    return add(new TypeInsnNode(opcode, type));
  }

  Code cast(Type type) {
    return type.getSort() >= Type.ARRAY && !type.getInternalName().equals("java/lang/Object")
        ? type(Opcodes.CHECKCAST, type.getInternalName())
        : this;
  }

  Code getField(String owner, String name, String desc) {
    return add(new FieldInsnNode(Opcodes.GETFIELD, owner, name, desc));
  }

  Code putField(String owner, String name, String desc) {
    return add(new FieldInsnNode(Opcodes.PUTFIELD, owner, name, desc));
  }

  Code getStatic(String owner, String name, String desc) {
    return add(new FieldInsnNode(Opcodes.GETSTATIC, owner, name, desc));
  }

  /** Reads a field of the runtime; of an object on the stack unless it is static. */
  Code get(RuntimeMember field) {
    return field.kind() == RuntimeMember.Kind.STATIC_FIELD
        ? getStatic(field.owner(), field.member(), field.desc())
        : getField(field.owner(), field.member(), field.desc());
  }

  /** Writes a field of the runtime. */
  Code put(RuntimeMember field) {
    return putField(field.owner(), field.member(), field.desc());
  }

  /** Calls a method of the runtime. */
  Code call(RuntimeMember method) {
    return callOn(method.owner(), method);
  }

  /** Calls a method of the runtime that a class of the weaver's has inherited or overrides. */
  Code callOn(String owner, RuntimeMember method) {
    return switch (method.kind()) {
      case STATIC -> invoke(Opcodes.INVOKESTATIC, owner, method.member(), method.desc(), false);
      case INTERFACE ->
          invoke(Opcodes.INVOKEINTERFACE, owner, method.member(), method.desc(), true);
      default -> virtual(owner, method.member(), method.desc());
    };
  }

  Code invoke(int opcode, String owner, String name, String desc, boolean itf) {
    return add(new MethodInsnNode(opcode, owner, name, desc, itf));
  }

  Code virtual(String owner, String name, String desc) {
    return invoke(Opcodes.INVOKEVIRTUAL, owner, name, desc, false);
  }

  Code jump(int opcode, LabelNode target) {
    return add(new JumpInsnNode(opcode, target));
  }

  Code label(LabelNode label) {
    return add(label);
  }

  /**
   * Puts what comes next, which only jumps reach, under a line, and lets none begin there: the line begins at an instruction that never runs
   * (docs/adr/0036).
   *
   * <pre>t   throw t</pre>
   */
  Code under(int line, List<Object> locals) {
    if (line > 0 && line != this.line) {
      LabelNode never = new LabelNode();
      frame(locals, List.of("java/lang/Throwable")).label(never);
      add(new LineNumberNode(line, never)).op(Opcodes.ATHROW);
    }
    return this;
  }

  Code tableSwitch(LabelNode dflt, List<LabelNode> targets) {
    return add(
        new TableSwitchInsnNode(0, targets.size() - 1, dflt, targets.toArray(new LabelNode[0])));
  }

  Code returns(Type type) {
    return op(type.getOpcode(Opcodes.IRETURN));
  }

  /**
   * A stack map frame; its entries as ASM writes them, one a value. There is at most one at a place: the source's, where paths
   * meet, says less than what was written for the one path before it, and replaces it.
   */
  Code frame(List<Object> locals, List<Object> stack) {
    for (AbstractInsnNode last = insns.getLast();
        last != null && last.getOpcode() < 0;
        last = last.getPrevious()) {
      if (last instanceof FrameNode) {
        insns.remove(last);
        break;
      }
    }
    return add(
        new FrameNode(
            Opcodes.F_NEW, locals.size(), locals.toArray(), stack.size(), stack.toArray()));
  }
}

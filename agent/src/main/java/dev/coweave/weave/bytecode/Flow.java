package dev.coweave.weave.bytecode;

import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/** The control flow of a method, by instruction index. */
public final class Flow {
  private static final int[] NONE = {};

  private final AbstractInsnNode[] insns;
  private final int[][] successors;
  private final int[][] handlers;

  /** Reads a method's flow. */
  public Flow(MethodNode method) {
    InsnList list = method.instructions;
    insns = list.toArray();
    successors = new int[insns.length][];
    for (int i = 0; i < insns.length; i++) {
      successors[i] = successors(list, i);
    }
    handlers = handlers(method);
  }

  /** How many instructions there are, labels, lines and frames included. */
  public int size() {
    return insns.length;
  }

  /** An instruction. */
  public AbstractInsnNode insn(int index) {
    return insns[index];
  }

  /** Where an instruction goes if it throws nothing. */
  public int[] successors(int index) {
    return successors[index];
  }

  /** Where an instruction goes if it throws: the handlers that cover it, innermost first. */
  public int[] handlers(int index) {
    return handlers[index];
  }

  /** The next instruction that does something, or -1. */
  public int nextReal(int index) {
    for (int i = index + 1; i < insns.length; i++) {
      if (insns[i].getOpcode() >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static int[] successors(InsnList list, int i) {
    AbstractInsnNode insn = list.get(i);
    int opcode = insn.getOpcode();
    boolean falls =
        opcode != Opcodes.GOTO
            && opcode != Opcodes.ATHROW
            && !(opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN)
            && opcode != Opcodes.TABLESWITCH
            && opcode != Opcodes.LOOKUPSWITCH
            && i + 1 < list.size();
    List<LabelNode> targets = new ArrayList<>();
    if (insn instanceof JumpInsnNode jump) {
      targets.add(jump.label);
    } else if (insn instanceof TableSwitchInsnNode s) {
      targets.add(s.dflt);
      targets.addAll(s.labels);
    } else if (insn instanceof LookupSwitchInsnNode s) {
      targets.add(s.dflt);
      targets.addAll(s.labels);
    }
    int[] result = new int[targets.size() + (falls ? 1 : 0)];
    for (int k = 0; k < targets.size(); k++) {
      result[k] = list.indexOf(targets.get(k));
    }
    if (falls) {
      result[result.length - 1] = i + 1;
    }
    return result;
  }

  private static int[][] handlers(MethodNode method) {
    int[][] result = new int[method.instructions.size()][];
    java.util.Arrays.fill(result, NONE);
    for (TryCatchBlockNode block : method.tryCatchBlocks) {
      int handler = method.instructions.indexOf(block.handler);
      int end = method.instructions.indexOf(block.end);
      for (int i = method.instructions.indexOf(block.start); i < end; i++) {
        result[i] = java.util.Arrays.copyOf(result[i], result[i].length + 1);
        result[i][result[i].length - 1] = handler;
      }
    }
    return result;
  }
}

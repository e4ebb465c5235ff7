package dev.coweave.weave.bytecode;

import java.util.BitSet;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Which locals may still be read, before each instruction: the classic backward data flow over {@link Flow}. */
public final class Liveness {
  private final BitSet[] liveBefore;

  /** Computes liveness; passes over the method until nothing changes, as many times as loops nest. */
  public Liveness(Flow flow) {
    liveBefore = new BitSet[flow.size()];
    for (int i = 0; i < liveBefore.length; i++) {
      liveBefore[i] = new BitSet();
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = flow.size() - 1; i >= 0; i--) {
        BitSet live = new BitSet();
        for (int next : flow.successors(i)) {
          live.or(liveBefore[next]);
        }
        apply(flow.insn(i), live);
        for (int handler : flow.handlers(i)) {
          live.or(liveBefore[handler]);
        }
        if (!live.equals(liveBefore[i])) {
          liveBefore[i] = live;
          changed = true;
        }
      }
    }
  }

  /** The first slots of the locals that are live before an instruction; not to be changed. */
  public BitSet before(int index) {
    return liveBefore[index];
  }

  private static void apply(AbstractInsnNode insn, BitSet live) {
    if (insn instanceof VarInsnNode v) {
      if (v.getOpcode() >= Opcodes.ISTORE) {
        live.clear(v.var);
      } else {
        live.set(v.var);
      }
    } else if (insn instanceof IincInsnNode i) {
      live.set(i.var);
    }
  }
}

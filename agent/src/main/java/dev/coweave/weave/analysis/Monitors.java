package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.Flow;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;

/** Which monitors a method holds, before each instruction. Structured locking is assumed (JVMS 2.11.10). */
final class Monitors {
  /** Monitors that are held, the innermost first. */
  private record Held(@Nullable AbstractInsnNode enter, @Nullable Held outer) {}

  private static final Held NONE = new Held(null, null);

  private final @Nullable Held[] before;

  Monitors(Flow flow) {
    before = new Held[flow.size()];
    boolean any = false;
    for (int i = 0; i < flow.size(); i++) {
      any |= flow.insn(i).getOpcode() == Opcodes.MONITORENTER;
    }
    if (any) {
      follow(flow);
    }
  }

  private void follow(Flow flow) {
    Deque<Integer> work = new ArrayDeque<>();
    before[0] = NONE;
    work.push(0);
    while (!work.isEmpty()) {
      int i = work.pop();
      Held held = before[i];
      for (int handler : flow.handlers(i)) {
        reach(handler, held, work);
      }
      int opcode = flow.insn(i).getOpcode();
      if (opcode == Opcodes.MONITORENTER) {
        held = new Held(flow.insn(i), held);
      } else if (opcode == Opcodes.MONITOREXIT && held.outer != null) {
        held = held.outer;
      }
      for (int next : flow.successors(i)) {
        reach(next, held, work);
      }
    }
  }

  private void reach(int index, Held held, Deque<Integer> work) {
    if (before[index] == null) {
      before[index] = held;
      work.push(index);
    }
  }

  /** Where the innermost monitor that is held before an instruction was entered, or null if none is. */
  @Nullable AbstractInsnNode heldBefore(int index) {
    Held held = before[index];
    return held == null ? null : held.enter;
  }
}

package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Tasks that are started and dropped: nobody waits for them, and nobody sees how they end. */
final class DroppedTasks {
  private DroppedTasks() {}

  static void check(Subject s) {
    for (Subject.Call call : s.calls) {
      if (startsTask(s, call) && isDropped(s, call.index())) {
        s.tell(
            Rule.DROPPED_TASK, call.index(), "the task that " + call.text() + " starts is dropped");
      }
    }
  }

  /** An async method, {@code Task.start}, or a method of the program's that returns a task; scopes and loops look after what they start. */
  private static boolean startsTask(Subject s, Subject.Call call) {
    if (call.insn().owner.equals(RuntimeAbi.TASK)) {
      return call.insn().name.equals("start");
    }
    Type returned = Type.getReturnType(call.insn().desc);
    if (returned.getSort() != Type.OBJECT
        || call.insn().name.equals("<init>")
        || ClassInfos.isJdk(call.insn().owner)
        || RuntimeAbi.isRuntime(call.insn().owner)
        || !RuntimeAbi.ASYNC_TYPES.contains(returned.getInternalName())) {
      return false;
    }
    MethodInfo m =
        s.coroutines.infos().resolve(call.insn().owner, call.insn().name, call.insn().desc);
    return m != null && s.coroutines.isCoroutine(m) && s.coroutines.kind(m) == Kind.ASYNC;
  }

  /** Whether nobody reads what a call returned; a variable whose name says so is meant to be ignored. */
  static boolean isDropped(Subject s, int call) {
    int next = s.flow.nextReal(call);
    AbstractInsnNode insn = next < 0 ? null : s.flow.insn(next);
    if (insn == null || insn.getOpcode() == Opcodes.POP) {
      return insn != null;
    }
    if (insn.getOpcode() != Opcodes.ASTORE) {
      return false;
    }
    int slot = ((VarInsnNode) insn).var;
    String name = s.variable(next, slot);
    boolean ignored =
        name == null
            || name.startsWith("unused")
            || name.startsWith("ignore")
            || name.startsWith("_");
    return !ignored && !s.liveness().before(next + 1).get(slot);
  }
}

package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Tasks that are started and dropped: nobody waits for them, and nobody sees how they end. */
final class DroppedTasks {
  private DroppedTasks() {}

  static void check(Subject s) {
    for (Subject.Call call : s.calls) {
      MethodInsnNode insn = call.insn();
      if (startsTask(s, insn.owner, insn.name, insn.desc) && isDropped(s, call.index())) {
        tell(s, call.index(), call.text());
      }
    }
    for (int i = 0; i < s.flow.size(); i++) {
      if (s.flow.insn(i) instanceof InvokeDynamicInsnNode indy) {
        checkReference(s, i, indy);
      }
    }
  }

  /** A reference such as {@code forEach(this::save)}, as an interface whose method returns nothing. */
  private static void checkReference(Subject s, int index, InvokeDynamicInsnNode indy) {
    if (PlainLambdas.isLambda(indy) && ((Type) indy.bsmArgs[0]).getDescriptor().endsWith(")V")) {
      Handle to = (Handle) indy.bsmArgs[1];
      if (startsTask(s, to.getOwner(), to.getName(), to.getDesc())) {
        tell(s, index, Subject.simple(to.getOwner()) + "::" + to.getName());
      }
    }
  }

  private static void tell(Subject s, int index, String starts) {
    s.tell(Rule.DROPPED_TASK, index, "the task that " + starts + " starts is dropped");
  }

  /** An async method, {@code Task.start}, or a method of the program's that returns a task; scopes and loops look after what they start. */
  private static boolean startsTask(Subject s, String owner, String name, String desc) {
    if (owner.equals(RuntimeAbi.TASK)) {
      return name.equals("start");
    }
    Type returned = Type.getReturnType(desc);
    if (returned.getSort() != Type.OBJECT
        || name.equals("<init>")
        || ClassInfos.isJdk(owner)
        || RuntimeAbi.isRuntime(owner)
        || !RuntimeAbi.ASYNC_TYPES.contains(returned.getInternalName())) {
      return false;
    }
    MethodInfo m = s.coroutines.infos().resolve(owner, name, desc);
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

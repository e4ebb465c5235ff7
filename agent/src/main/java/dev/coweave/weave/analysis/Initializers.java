package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.function.Consumer;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** Constructors and static initialisers, which can't suspend. */
public final class Initializers {
  private Initializers() {}

  /** Reports each await and yield in a constructor or a static initialiser; other methods are passed over. */
  public static void check(
      Coroutines coroutines, String owner, MethodNode method, Consumer<BrokenRule> broken) {
    if (!method.name.startsWith("<")) {
      return;
    }
    for (AbstractInsnNode insn : method.instructions) {
      MethodInfo callee = insn instanceof MethodInsnNode call ? coroutines.callee(call) : null;
      if (callee != null && RuntimeAbi.isRuntime(callee.owner())) {
        String where = method.name.equals("<init>") ? "constructor" : "static initialiser";
        String simple =
            callee.owner().substring(callee.owner().lastIndexOf('/') + 1) + "." + callee.name();
        broken.accept(
            new BrokenRule(
                Rule.INITIALIZER,
                Lines.name(owner, method.name, method.desc),
                Lines.of(insn),
                "call of " + simple + " in a " + where));
      }
    }
  }
}

package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** Plain methods, lambdas and method references that use the words of coroutines: there a wait blocks the thread, or throws, and a yield throws. */
final class PlainLambdas {
  private static final String FACTORY = "java/lang/invoke/LambdaMetafactory";

  private final Coroutines coroutines;

  /** The interfaces of lambdas, by the names of their bodies. */
  private final Map<String, String> interfaces = new HashMap<>();

  PlainLambdas(ClassNode c, Coroutines coroutines) {
    this.coroutines = coroutines;
    for (MethodNode method : c.methods) {
      for (AbstractInsnNode insn : method.instructions) {
        if (isLambda(insn)) {
          InvokeDynamicInsnNode indy = (InvokeDynamicInsnNode) insn;
          interfaces.putIfAbsent(((Handle) indy.bsmArgs[1]).getName(), interfaceOf(indy));
        }
      }
    }
  }

  /** A plain method or the body of a plain lambda. */
  void checkPlain(Subject s) {
    if (s.method.name.startsWith("<")) {
      return; // an error
    }
    String lambda = s.method.name.contains("lambda$") ? interfaces.get(s.method.name) : null;
    if (lambda != null && !coroutines.infos().isComplete(lambda)) {
      return; // it may be a coroutine's, for all that is known
    }
    String where =
        lambda == null
            ? "a method that is not a @Coroutine"
            : "a lambda of " + Subject.simple(lambda) + ", which is no @Coroutine interface";
    for (Subject.Call call : s.calls) {
      MethodInfo word = word(coroutines.callee(call.insn()));
      if (word != null) {
        s.tell(Rule.PLAIN_WAIT, call.index(), call.text() + " in " + where);
      }
    }
  }

  /** References to the words themselves, such as {@code map(Task::await)}. */
  void checkReferences(Subject s) {
    for (int i = 0; i < s.flow.size(); i++) {
      if (isLambda(s.flow.insn(i))) {
        InvokeDynamicInsnNode indy = (InvokeDynamicInsnNode) s.flow.insn(i);
        Handle to = (Handle) indy.bsmArgs[1];
        MethodInfo m = coroutines.infos().resolve(to.getOwner(), to.getName(), to.getDesc());
        MethodInfo word = word(m != null && coroutines.hasTwin(m) ? m : null);
        if (word != null
            && !isOfCoroutine(coroutines, indy)
            && coroutines.infos().isComplete(interfaceOf(indy))) {
          s.tell(
              Rule.PLAIN_WAIT,
              i,
              Subject.simple(to.getOwner())
                  + "::"
                  + to.getName()
                  + " as a "
                  + Subject.simple(interfaceOf(indy))
                  + ", which is no @Coroutine interface");
        }
      }
    }
  }

  /** Whether a lambda is of an interface whose method is a coroutine. */
  static boolean isOfCoroutine(Coroutines coroutines, InvokeDynamicInsnNode indy) {
    String desc = ((Type) indy.bsmArgs[0]).getDescriptor();
    MethodInfo m = coroutines.infos().resolve(interfaceOf(indy), indy.name, desc);
    return m != null && coroutines.isCoroutine(m);
  }

  /** The runtime's own operations, but for the interfaces of bodies, and {@code close}, which try statements call. */
  private static @Nullable MethodInfo word(@Nullable MethodInfo callee) {
    return callee == null
            || !RuntimeAbi.isRuntime(callee.owner())
            || RuntimeAbi.isBody(callee.owner())
            || callee.name().equals("close")
        ? null
        : callee;
  }

  private static String interfaceOf(InvokeDynamicInsnNode indy) {
    return Type.getReturnType(indy.desc).getInternalName();
  }

  /** Whether an instruction makes a lambda, or a reference to a method. */
  static boolean isLambda(AbstractInsnNode insn) {
    return insn instanceof InvokeDynamicInsnNode indy
        && indy.bsm.getOwner().equals(FACTORY)
        && indy.bsmArgs.length > 2
        && indy.bsmArgs[0] instanceof Type
        && indy.bsmArgs[1] instanceof Handle
        && Type.getReturnType(indy.desc).getSort() == Type.OBJECT;
  }
}

package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * What Groovy looks up when it runs: calls of dynamic code, and closures that become functional interfaces. The Groovy runtime
 * makes them, by plain methods that can't be suspended.
 */
public final class DynamicCalls {
  private static final String INDY = "org/codehaus/groovy/vmplugin/v8/IndyInterface";
  private static final String CALL_SITE = "org/codehaus/groovy/runtime/callsite/CallSite";
  private static final String CLOSURE = "groovy/lang/Closure";

  private DynamicCalls() {}

  /**
   * Reports the first dynamic call of a coroutine, and each closure that is to be a coroutine.
   *
   * @param isCoroutine whether the method is one
   */
  public static void check(
      Coroutines coroutines,
      String owner,
      MethodNode method,
      boolean isCoroutine,
      Consumer<BrokenRule> broken) {
    boolean looking = isCoroutine;
    for (AbstractInsnNode insn : method.instructions) {
      String what = closure(insn, coroutines);
      if (what == null && looking) {
        what = call(insn);
        looking = what == null;
      }
      if (what != null) {
        broken.accept(
            new BrokenRule(
                Rule.DYNAMIC, Lines.name(owner, method.name, method.desc), Lines.of(insn), what));
      }
    }
  }

  /** Of code without {@code CompileStatic} every call is such a site, and every operator. */
  private static @Nullable String call(AbstractInsnNode insn) {
    if (insn instanceof InvokeDynamicInsnNode indy
        && indy.bsm.getOwner().equals(INDY)
        && indy.name.equals("invoke")
        && indy.bsmArgs.length > 0
        && !indy.bsmArgs[0].equals("asType")) {
      return "the coroutine calls '" + indy.bsmArgs[0] + "' dynamically";
    }
    return insn instanceof MethodInsnNode call && call.owner.equals(CALL_SITE)
        ? "the coroutine calls dynamically"
        : null;
  }

  private static @Nullable String closure(AbstractInsnNode insn, Coroutines coroutines) {
    if (!(insn instanceof InvokeDynamicInsnNode indy)
        || !indy.bsm.getOwner().equals(INDY)
        || !indy.desc.startsWith("(L" + CLOSURE + ";)L")) {
      return null;
    }
    Type type = Type.getReturnType(indy.desc);
    ClassInfo c = coroutines.infos().find(type.getInternalName());
    return c != null && c.methods().values().stream().anyMatch(coroutines::isCoroutine)
        ? "a closure is made a " + type.getClassName()
        : null;
  }
}

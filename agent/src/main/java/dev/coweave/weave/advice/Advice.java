package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.LambdaNames;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** Reads the methods of one class, and tells what is probably wrong in them. Not thread-safe. */
public final class Advice {
  private final Coroutines coroutines;
  private final ClassInfo info;
  private final ClassNode node;
  private final LambdaNames names;
  private final Types types;
  private final PlainLambdas lambdas;
  private final Consumer<BrokenRule> broken;

  /** What was told, wherever: javac copies finally blocks, and a class's initialisers into each constructor. */
  private final Set<BrokenRule> told = new HashSet<>();

  /**
   * Advice on a class.
   *
   * @param coroutines which methods and lambda bodies are coroutines
   * @param c the class as it was compiled; not changed
   * @param info the same
   * @param names what a reader calls its methods
   * @param broken told of each rule that is broken
   */
  public Advice(
      Coroutines coroutines,
      ClassNode c,
      ClassInfo info,
      LambdaNames names,
      Consumer<BrokenRule> broken) {
    this.coroutines = coroutines;
    this.info = info;
    this.node = c;
    this.names = names;
    this.types = new Types(coroutines.infos());
    this.lambdas = new PlainLambdas(c, coroutines);
    this.broken = broken;
  }

  /** Reads a method. */
  public void on(MethodNode method) {
    MethodInfo m = info.method(method.name, method.desc);
    if (m == null || method.instructions.size() == 0 || isCompilers(m)) {
      return;
    }
    boolean isCoroutine = coroutines.isCoroutine(m);
    if (isCoroutine && coroutines.isByPattern(m)) {
      return; // its author knows nothing of coroutines
    }
    if (!isCoroutine && !touchesCoroutines(method)) {
      return; // as most methods, which need not be read further
    }
    Subject s = new Subject(coroutines, types, info, node, m, method, names.of(method), this::tell);
    DroppedTasks.check(s);
    OpenScopes.check(s);
    lambdas.checkReferences(s);
    BlockingCalls.checkReferences(s);
    if (isCoroutine) {
      asCoroutine(s);
    } else if (!PlainOverrides.check(s)) {
      lambdas.checkPlain(s);
    }
  }

  /** Whether a method calls or refers to a coroutine, or anything of the runtime. */
  private boolean touchesCoroutines(MethodNode method) {
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof MethodInsnNode call && isCoroutines(call.owner, call.name, call.desc)) {
        return true;
      }
      if (PlainLambdas.isLambda(insn)) {
        Handle to = (Handle) ((InvokeDynamicInsnNode) insn).bsmArgs[1];
        if (isCoroutines(to.getOwner(), to.getName(), to.getDesc())
            || PlainLambdas.isOfCoroutine(coroutines, (InvokeDynamicInsnNode) insn)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isCoroutines(String owner, String name, String desc) {
    if (RuntimeAbi.isRuntime(owner)) {
      return true;
    }
    MethodInfo m = coroutines.infos().resolve(owner, name, desc);
    return m != null && coroutines.isCoroutine(m);
  }

  /** What a coroutine's own code may do wrong. */
  static void asCoroutine(Subject s) {
    ElementTypes.check(s);
    BlockingCalls.check(s);
    HeldLocks.check(s);
    SwallowedCancellation.check(s);
    BusyWaits.check(s);
  }

  /** Bridges and the like, but not the bodies of lambdas. */
  private boolean isCompilers(MethodInfo m) {
    return m.is(Opcodes.ACC_BRIDGE)
        || (m.is(Opcodes.ACC_SYNTHETIC) && !m.name().contains("lambda$"))
        || coroutines.isForwarder(m);
  }

  private void tell(BrokenRule rule) {
    if (told.add(rule.line() == 0 ? rule : rule.in(""))) {
      broken.accept(rule);
    }
  }
}

package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.machine.StateMachine;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** The lambdas of a class that begin runs: each must end with the durable call that is the run. */
final class RunBodies {
  private final Set<String> names = new HashSet<>();

  private RunBodies() {}

  static RunBodies of(ClassNode c) {
    RunBodies result = new RunBodies();
    for (MethodNode method : c.methods) {
      for (AbstractInsnNode insn : method.instructions) {
        if (insn instanceof InvokeDynamicInsnNode indy
            && DurableAbi.RUN_BODIES.contains(Type.getReturnType(indy.desc).getInternalName())
            && indy.bsmArgs.length > 1
            && indy.bsmArgs[1] instanceof Handle body
            && body.getOwner().equals(c.name)) {
          result.names.add(body.getName());
        }
      }
    }
    if (c.interfaces.stream().anyMatch(DurableAbi.RUN_BODIES::contains)) {
      result.names.addAll(List.of("call", "run"));
    }
    return result;
  }

  boolean contain(MethodNode method) {
    return names.contains(method.name);
  }

  /** Only what adapts the result may follow the call. */
  void check(
      StateMachine machine, Predicate<MethodInsnNode> isDurable, Consumer<BrokenRule> broken) {
    CoroutineMethod method = machine.method();
    for (SuspensionPoint p : method.points()) {
      String what =
          !isDurable.test(p.callee().call()) && !isBody(p)
              ? "the lambda that begins a run waits at the call of "
                  + p.callee()
                  + ", which isn't durable"
              : isLast(method, p)
                  ? null
                  : "the lambda that begins a run goes on after the call of " + p.callee();
      if (what != null) {
        broken.accept(new BrokenRule(Rule.RUN_BODY, "", p.line(), what));
      }
    }
    if (method.points().isEmpty()) {
      broken.accept(
          new BrokenRule(
              Rule.RUN_BODY,
              "",
              method.firstLine(),
              "the lambda that begins a run calls no durable method"));
    }
  }

  /** Whether the class of a lambda calls the method that holds the lambda's body. */
  private static boolean isBody(SuspensionPoint p) {
    return p.callee().call().name.contains("lambda$");
  }

  private static boolean isLast(CoroutineMethod method, SuspensionPoint p) {
    int i = method.flow().nextReal(p.index());
    while (i >= 0 && adapts(method.flow().insn(i))) {
      i = method.flow().nextReal(i);
    }
    int opcode = i < 0 ? -1 : method.flow().insn(i).getOpcode();
    return opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN;
  }

  private static boolean adapts(AbstractInsnNode insn) {
    return switch (insn.getOpcode()) {
      case Opcodes.CHECKCAST, Opcodes.POP, Opcodes.POP2, Opcodes.ACONST_NULL -> true;
      case Opcodes.INVOKESTATIC -> ((MethodInsnNode) insn).name.equals("valueOf");
      default -> false;
    };
  }
}

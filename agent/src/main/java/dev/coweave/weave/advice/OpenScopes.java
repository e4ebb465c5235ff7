package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;

/** Scopes that are left without join: closing one cancels the tasks that it has forked. */
final class OpenScopes {
  /** What only looks at a task, or blocks. */
  private static final Set<String> NO_WAIT =
      Set.of("join", "get", "getNow", "isDone", "isCancelled", "isCompletedExceptionally");

  private OpenScopes() {}

  static void check(Subject s) {
    for (Subject.Call call : s.calls) {
      if (call.is(RuntimeAbi.TASK_SCOPE, "open")) {
        check(s, call);
      }
    }
  }

  private static void check(Subject s, Subject.Call open) {
    List<Subject.Call> forks = new ArrayList<>();
    for (Subject.Call call : s.calls) {
      if (call.insn().owner.equals(RuntimeAbi.TASK_SCOPE)
          && s.origins().receiver(call).contains(open.insn())) {
        switch (call.insn().name) {
          case "fork" -> forks.add(call);
          case "close", "toString", "hashCode" -> {}
          default -> {
            return; // joined, cancelled, or looked at otherwise
          }
        }
      }
    }
    boolean waited =
        forks.stream().noneMatch(f -> endsAtOnce(s, f.index()))
            || escapes(s, open.insn(), Set.of())
            || forks.stream().anyMatch(f -> escapes(s, f.insn(), NO_WAIT));
    if (!waited) {
      s.tell(
          Rule.SCOPE_WITHOUT_JOIN,
          forks.get(0).index(),
          "the scope opened at line "
              + s.line(open.insn())
              + " forks tasks, and nothing waits for them before it is closed");
    }
  }

  /** Whether a way leads from a fork to the end of the scope on which nothing waits: else the tasks may be helpers of what it waits for. */
  private static boolean endsAtOnce(Subject s, int fork) {
    BitSet seen = new BitSet();
    Deque<Integer> work = new ArrayDeque<>();
    work.push(fork);
    while (!work.isEmpty()) {
      int i = work.pop();
      AbstractInsnNode insn = s.flow.insn(i);
      boolean closes =
          insn instanceof MethodInsnNode m
              && m.owner.equals(RuntimeAbi.TASK_SCOPE)
              && m.name.equals("close");
      boolean returns = insn.getOpcode() >= Opcodes.IRETURN && insn.getOpcode() <= Opcodes.RETURN;
      if (closes || returns) {
        return true;
      }
      if (!seen.get(i) && s.suspension(i) == null) {
        seen.set(i);
        for (int next : s.flow.successors(i)) {
          work.push(next);
        }
      }
    }
    return false;
  }

  /** Whether a value goes to where this rule doesn't see it: an argument, a field, a lambda, a caller. */
  private static boolean escapes(Subject s, AbstractInsnNode value, Set<String> harmless) {
    for (int i = 0; i < s.flow.size(); i++) {
      AbstractInsnNode insn = s.flow.insn(i);
      int operands =
          switch (insn.getOpcode()) {
            case Opcodes.PUTFIELD,
                Opcodes.PUTSTATIC,
                Opcodes.AASTORE,
                Opcodes.ARETURN,
                Opcodes.ATHROW ->
                1;
            case Opcodes.INVOKEDYNAMIC ->
                Type.getArgumentCount(((InvokeDynamicInsnNode) insn).desc);
            case Opcodes.INVOKEVIRTUAL,
                Opcodes.INVOKEINTERFACE,
                Opcodes.INVOKESPECIAL,
                Opcodes.INVOKESTATIC ->
                Type.getArgumentCount(((MethodInsnNode) insn).desc);
            default -> 0;
          };
      for (int k = 0; k < operands; k++) {
        if (s.origins().operand(i, k).contains(value)) {
          return true;
        }
      }
      if (!harmless.isEmpty()
          && insn instanceof MethodInsnNode call
          && call.getOpcode() != Opcodes.INVOKESTATIC
          && !harmless.contains(call.name)
          && s.origins().operand(i, operands).contains(value)) {
        return true; // awaited, cancelled, or made something else
      }
    }
    return false;
  }
}

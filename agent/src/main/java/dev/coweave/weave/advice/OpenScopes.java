package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

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
    List<Integer> forks = new ArrayList<>();
    for (Subject.Call call : s.calls) {
      if (call.insn().owner.equals(RuntimeAbi.TASK_SCOPE)
          && s.origins().receiver(call).contains(open.insn())) {
        switch (call.insn().name) {
          case "fork" -> forks.add(call.index());
          case "close", "toString", "hashCode" -> {}
          default -> {
            return; // joined, cancelled, or looked at otherwise
          }
        }
      }
    }
    List<Integer> lambdas = forkingLambdas(s, open);
    boolean waited =
        Stream.concat(forks.stream(), lambdas.stream()).noneMatch(f -> endsAtOnce(s, f))
            || escapes(s, open.insn(), Set.of(), lambdas)
            || forks.stream().anyMatch(f -> escapes(s, s.flow.insn(f), NO_WAIT, List.of()));
    if (!waited) {
      s.tell(
          Rule.SCOPE_WITHOUT_JOIN,
          forks.isEmpty() ? lambdas.get(0) : forks.get(0),
          "the scope opened at line "
              + s.line(open.insn())
              + " forks tasks, and nothing waits for them before it is closed");
    }
  }

  /** Lambdas and references that fork a task and drop it, and do nothing else with the scope, as {@code list.forEach(x -> scope.fork(…))}. */
  private static List<Integer> forkingLambdas(Subject s, Subject.Call open) {
    List<Integer> result = new ArrayList<>();
    for (int i = 0; i < s.flow.size(); i++) {
      if (s.flow.insn(i) instanceof InvokeDynamicInsnNode indy
          && PlainLambdas.isLambda(indy)
          && ((Type) indy.bsmArgs[0]).getDescriptor().endsWith(")V")) {
        int captured = Type.getArgumentCount(indy.desc);
        for (int k = 0; k < captured; k++) {
          if (s.origins().operand(i, k).contains(open.insn())
              && onlyForks(s, (Handle) indy.bsmArgs[1], captured - 1 - k)) {
            result.add(i);
          }
        }
      }
    }
    return result;
  }

  /** Whether a method forks by its parameter, and doesn't use it otherwise. */
  private static boolean onlyForks(Subject s, Handle to, int parameter) {
    if (to.getOwner().equals(RuntimeAbi.TASK_SCOPE)) {
      return to.getName().equals("fork");
    }
    MethodNode body = s.lambdaBody(to);
    if (body == null) {
      return false;
    }
    int slot = (body.access & Opcodes.ACC_STATIC) != 0 ? 0 : 1;
    Type[] types = Type.getArgumentTypes(body.desc);
    int first = to.getTag() == Opcodes.H_INVOKESTATIC ? parameter : parameter - 1;
    for (int k = 0; k < first; k++) {
      slot += types[k].getSize();
    }
    int loads = 0;
    int forks = 0;
    for (AbstractInsnNode insn : body.instructions) {
      if (insn instanceof VarInsnNode v && v.var == slot) {
        loads += v.getOpcode() == Opcodes.ALOAD ? 1 : 2;
      } else if (insn instanceof MethodInsnNode m && m.owner.equals(RuntimeAbi.TASK_SCOPE)) {
        AbstractInsnNode next = m.getNext();
        boolean dropped = next != null && next.getOpcode() == Opcodes.POP;
        forks += m.name.equals("fork") && dropped ? 1 : 0;
      }
    }
    return loads == forks;
  }

  /**
   * Whether a way leads from a fork to the end of the scope on which nothing waits, and nothing waits once all is forked: else the tasks may
   * be helpers of what is waited for.
   */
  private static boolean endsAtOnce(Subject s, int fork) {
    BitSet reached = new BitSet();
    boolean ends = reaches(s, fork, true, reached);
    return ends && !waitsLater(s, fork);
  }

  /** Whether something waits from where no way leads to the fork again, such as a loop behind that of the forks. */
  private static boolean waitsLater(Subject s, int fork) {
    BitSet afterFork = new BitSet();
    boolean unused = reaches(s, fork, false, afterFork);
    return afterFork.stream()
        .filter(i -> s.suspension(i) != null)
        .anyMatch(
            wait -> {
              BitSet afterWait = new BitSet();
              boolean alsoUnused = reaches(s, wait, false, afterWait);
              return !afterWait.get(fork);
            });
  }

  /**
   * Follows the ways from an instruction to the end of the scope.
   *
   * @param waits whether a wait ends a way
   * @param seen what the ways lead past
   * @return whether one leads to the end
   */
  private static boolean reaches(Subject s, int from, boolean waits, BitSet seen) {
    boolean ends = false;
    Deque<Integer> work = new ArrayDeque<>();
    work.push(from);
    while (!work.isEmpty()) {
      int i = work.pop();
      AbstractInsnNode insn = s.flow.insn(i);
      boolean closes =
          insn instanceof MethodInsnNode m
              && m.owner.equals(RuntimeAbi.TASK_SCOPE)
              && m.name.equals("close");
      boolean returns = insn.getOpcode() >= Opcodes.IRETURN && insn.getOpcode() <= Opcodes.RETURN;
      if (closes || returns) {
        ends = true;
      } else if (!seen.get(i) && !(waits && s.suspension(i) != null)) {
        seen.set(i);
        for (int next : s.flow.successors(i)) {
          work.push(next);
        }
      }
    }
    return ends;
  }

  /** Whether a value goes to where this rule doesn't see it: an argument, a field, a lambda, a caller. */
  private static boolean escapes(
      Subject s, AbstractInsnNode value, Set<String> harmless, List<Integer> except) {
    for (int i = 0; i < s.flow.size(); i++) {
      AbstractInsnNode insn = s.flow.insn(i);
      boolean isNullCheck = insn instanceof MethodInsnNode m && m.name.equals("requireNonNull");
      if (isNullCheck || except.contains(i)) {
        continue;
      }
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

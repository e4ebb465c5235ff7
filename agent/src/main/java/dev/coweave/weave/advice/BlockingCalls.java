package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.TypeInsnNode;

/** Calls of the JDK that block the thread in a coroutine, and with it all others that run there. */
final class BlockingCalls {
  private static final String FUTURE = "java/util/concurrent/Future";
  private static final int MAX_WRAPPERS = 4;

  /** What waits for a future without blocking, completes it, or asks whether it is done: after that its result may be taken. */
  private static final Set<String> ANSWERS =
      Set.of(
          "await",
          "awaitOrCancel",
          "awaitAll",
          "awaitAny",
          "isDone",
          "isCompletedExceptionally",
          "isCancelled",
          "state",
          "run");

  /** Where many futures have ended, so that this rule can't tell which. */
  private static final Set<String> GATHERINGS =
      Set.of("awaitAll", "awaitAny", "allOf", "anyOf", "select", "selectFairly", "mapAll");

  private BlockingCalls() {}

  static void check(Subject s) {
    for (Subject.Call call : s.calls) {
      BlockingTable.Entry entry = BlockingTable.find(call.insn(), s.types);
      boolean blocks =
          entry != null
              ? !(entry.ofFuture() && isDone(s, call))
              : BlockingTable.reads(call.insn()) && comesFromOutside(s, call);
      if (blocks && s.suspension(call.index()) == null) {
        s.tell(Rule.BLOCKING_CALL, call.index(), call.text() + " blocks the thread of a coroutine");
      }
    }
  }

  /** Whether the result of a future is there: it was waited for before, or a scope was joined. */
  private static boolean isDone(Subject s, Subject.Call call) {
    String place = null;
    for (Subject.Call before : s.calls) {
      String name = before.insn().name;
      if (before.index() >= call.index()) {
        break;
      }
      if (before.is(RuntimeAbi.TASK_SCOPE, "join") || GATHERINGS.contains(name)) {
        return true;
      }
      if (ANSWERS.contains(name)) {
        place = place == null ? s.origins().place(s.origins().receiver(call)) : place;
        if (place.equals(asked(s, before))) {
          return true;
        }
      }
    }
    return s.origins().receiver(call).stream().anyMatch(BlockingCalls::isComplete)
        || isGivenToCoroutine(s, call);
  }

  /** Whether the body of a coroutine was given the future before, as that of a timeout is: it may have awaited it. */
  private static boolean isGivenToCoroutine(Subject s, Subject.Call call) {
    String place = s.origins().place(s.origins().receiver(call));
    for (int i = 0; i < call.index(); i++) {
      if (s.flow.insn(i) instanceof InvokeDynamicInsnNode indy
          && PlainLambdas.isLambda(indy)
          && PlainLambdas.isOfCoroutine(s.coroutines, indy)) {
        for (int k = 0; k < Type.getArgumentCount(indy.desc); k++) {
          if (place.equals(s.origins().place(s.origins().operand(i, k)))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** The future that an answer is about: the receiver, or the first argument. */
  private static String asked(Subject s, Subject.Call answer) {
    return s.origins()
        .place(
            answer.insn().getOpcode() == Opcodes.INVOKESTATIC
                ? s.origins().argument(answer, 0)
                : s.origins().receiver(answer));
  }

  private static boolean isComplete(AbstractInsnNode origin) {
    return origin instanceof MethodInsnNode m
        && Set.of("completedFuture", "failedFuture", "completed", "failed").contains(m.name);
  }

  /** Whether the receiver reads from a socket, a process, a URL or the console, through whatever streams and readers. */
  private static boolean comesFromOutside(Subject s, Subject.Call call) {
    return s.origins().receiver(call).stream().anyMatch(o -> isOutside(s, o, MAX_WRAPPERS));
  }

  private static boolean isOutside(Subject s, AbstractInsnNode origin, int wrappers) {
    if (origin instanceof MethodInsnNode m) {
      return BlockingTable.opens(m, s.types);
    }
    if (origin instanceof FieldInsnNode f) {
      return BlockingTable.isOutside(f);
    }
    if (!(origin instanceof TypeInsnNode n) || wrappers == 0 || !BlockingTable.wraps(n.desc)) {
      return false;
    }
    for (Subject.Call c : s.calls) {
      if (c.insn().name.equals("<init>") && s.origins().receiver(c).contains(origin)) {
        int count = Type.getArgumentCount(c.insn().desc);
        return count > 0
            && s.origins().argument(c, 0).stream().anyMatch(o -> isOutside(s, o, wrappers - 1));
      }
    }
    return false;
  }

  /** Whether a type is a future. */
  static boolean isFuture(String owner, Types types) {
    return types.isSubtype(owner, FUTURE);
  }
}

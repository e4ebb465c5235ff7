package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/** Calls of the JDK that block the thread in a coroutine, and with it all others that run there. */
final class BlockingCalls {
  private static final String STAGE = "java/util/concurrent/CompletionStage";
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

  /** Where the runtime waits for many futures, so that this rule can't tell which. */
  private static final Set<String> GATHERINGS =
      Set.of("awaitAll", "awaitAny", "select", "selectFairly", "mapAll");

  /** What may hold futures. */
  private static final List<String> HOLDERS =
      List.of(RuntimeAbi.TASK_SCOPE, "java/lang/Iterable", "java/util/Iterator", "java/util/Map");

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
      } else if (!blocks) {
        checkWrapper(s, call);
      }
    }
  }

  /** A plain method of the same class, which none overrides, that blocks for something other than a future, for that may be done. */
  private static void checkWrapper(Subject s, Subject.Call call) {
    MethodInsnNode inside = blockingIn(s, s.ownPlain(call.insn()), new HashSet<>());
    if (inside != null) {
      s.tell(
          Rule.BLOCKING_CALL,
          call.index(),
          call.text()
              + " blocks the thread of a coroutine, by "
              + new Subject.Call(0, inside).text()
              + " in line "
              + s.line(inside));
    }
  }

  private static @Nullable MethodInsnNode blockingIn(
      Subject s, @Nullable MethodNode method, Set<MethodNode> seen) {
    if (method == null || !seen.add(method)) {
      return null;
    }
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof MethodInsnNode m) {
        BlockingTable.Entry entry = BlockingTable.find(m, s.types);
        MethodInsnNode inside =
            entry == null ? blockingIn(s, s.ownPlain(m), seen) : entry.ofFuture() ? null : m;
        if (inside != null) {
          return inside;
        }
      }
    }
    return null;
  }

  /** References such as {@code latch::await}, as the bodies of coroutines. */
  static void checkReferences(Subject s) {
    for (int i = 0; i < s.flow.size(); i++) {
      if (s.flow.insn(i) instanceof InvokeDynamicInsnNode indy
          && PlainLambdas.isLambda(indy)
          && PlainLambdas.isOfCoroutine(s.coroutines, indy)) {
        checkReference(s, i, (Handle) indy.bsmArgs[1]);
      }
    }
  }

  private static void checkReference(Subject s, int index, Handle to) {
    MethodInsnNode call =
        new MethodInsnNode(
            Opcodes.INVOKEVIRTUAL, to.getOwner(), to.getName(), to.getDesc(), to.isInterface());
    if (s.coroutines.callee(call) == null && BlockingTable.find(call, s.types) != null) {
      String name = Subject.simple(to.getOwner()) + "::" + to.getName();
      s.tell(Rule.BLOCKING_CALL, index, name + " blocks the thread of a coroutine");
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
      if (gathers(s, before) && !s.origins().receiver(call).contains(before.insn())) {
        return true;
      }
      if (ANSWERS.contains(name)) {
        place = place == null ? s.origins().place(s.origins().receiver(call)) : place;
        if (answers(s, asked(s, before), s.origins().receiver(call), place)) {
          return true;
        }
      }
    }
    return s.origins().receiver(call).stream().anyMatch(BlockingCalls::isComplete)
        || isGivenToCoroutine(s, call);
  }

  /** Whether a call waits for many futures, or makes one of many, which is awaited then. */
  private static boolean gathers(Subject s, Subject.Call call) {
    MethodInsnNode insn = call.insn();
    if (insn.owner.equals("java/util/concurrent/CompletableFuture")) {
      return insn.name.equals("allOf") || insn.name.equals("anyOf");
    }
    return RuntimeAbi.isRuntime(insn.owner)
        ? call.is(RuntimeAbi.TASK_SCOPE, "join") || GATHERINGS.contains(insn.name)
        : s.suspension(call.index()) != null && isGivenMany(s, insn);
  }

  /** Whether a coroutine of the program's is given a scope, or what may hold futures: it may wait for them. */
  private static boolean isGivenMany(Subject s, MethodInsnNode call) {
    for (Type t : Type.getArgumentTypes(call.desc)) {
      boolean many =
          t.getSort() == Type.ARRAY
              ? t.getElementType().getSort() == Type.OBJECT
              : t.getSort() == Type.OBJECT && isHolder(s, t.getInternalName());
      if (many) {
        return true;
      }
    }
    return false;
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
  private static Set<AbstractInsnNode> asked(Subject s, Subject.Call answer) {
    return answer.insn().getOpcode() == Opcodes.INVOKESTATIC
        ? s.origins().argument(answer, 0)
        : s.origins().receiver(answer);
  }

  /** Whether what was asked says that a future is done: it is the same, was made of it, or was each of a collection that it is in, perhaps. */
  private static boolean answers(
      Subject s, Set<AbstractInsnNode> asked, Set<AbstractInsnNode> future, String place) {
    return place.equals(s.origins().place(asked))
        || isMadeOf(s, asked, place, MAX_WRAPPERS)
        || isAnyElement(s, asked, true) && isAnyElement(s, future, false);
  }

  /** Whether a stage is done only after another: {@code f.thenApply(…)} after {@code f}. */
  private static boolean isMadeOf(
      Subject s, Set<AbstractInsnNode> stage, String place, int stages) {
    if (stages == 0 || stage.size() != 1) {
      return false;
    }
    AbstractInsnNode origin = stage.iterator().next();
    int at = s.origins().indexOf(origin);
    if (at < 0
        || !(origin instanceof MethodInsnNode made)
        || made.getOpcode() == Opcodes.INVOKESTATIC
        || made.name.contains("Either")
        || !s.types.isSubtype(made.owner, STAGE)) {
      return false;
    }
    for (int k = Type.getArgumentCount(made.desc); k >= 0; k--) {
      Set<AbstractInsnNode> source = s.origins().operand(at, k);
      if (place.equals(s.origins().place(source)) || isMadeOf(s, source, place, stages - 1)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a value was taken out of a collection or an array.
   *
   * @param each in a loop over all, as far as that is seen: not by a constant
   */
  private static boolean isAnyElement(Subject s, Set<AbstractInsnNode> origins, boolean each) {
    return !origins.isEmpty()
        && origins.stream()
            .allMatch(o -> isElement(s, o) && !(each && isConstant(s, s.origins().indexOf(o))));
  }

  private static boolean isElement(Subject s, AbstractInsnNode origin) {
    return origin.getOpcode() == Opcodes.AALOAD
        || origin instanceof MethodInsnNode m
            && (m.owner.equals("java/util/Map$Entry")
                || isHolder(s, m.owner) && !m.owner.equals(RuntimeAbi.TASK_SCOPE));
  }

  /** Whether the index or key of an access is a constant. */
  private static boolean isConstant(Subject s, int access) {
    AbstractInsnNode insn = access < 0 ? null : s.flow.insn(access);
    boolean hasKey =
        insn instanceof MethodInsnNode m ? Type.getArgumentCount(m.desc) > 0 : insn != null;
    return hasKey
        && s.origins().operand(access, 0).stream()
            .allMatch(
                o ->
                    o.getOpcode() >= Opcodes.ACONST_NULL && o.getOpcode() <= Opcodes.LDC
                        || o instanceof MethodInsnNode box && box.name.equals("valueOf"));
  }

  private static boolean isHolder(Subject s, String type) {
    return HOLDERS.stream().anyMatch(h -> s.types.isSubtype(type, h));
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
}

package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * Handlers that catch what cancels a coroutine, and go on as if nothing were the matter: {@code catch (Throwable t)}, {@code finally} that returns. That
 * of Kotlin's {@code runCatching} makes a {@code Result} of it, which the compiler has inlined as far as it is used at once: what becomes of
 * that is followed too.
 */
final class SwallowedCancellation {
  /** What cancellation is, and what is caught with it. A finally block catches null. */
  private static final Set<String> TOO_MUCH = Set.of("java/lang/Throwable", "java/lang/Error");

  /** What a cancellation is an instance of. */
  private static final Set<String> CANCELLATION =
      Set.of(
          RuntimeAbi.TASK_CANCELLED,
          "java/lang/Error",
          "java/lang/Throwable",
          "java/io/Serializable",
          "java/lang/Object");

  /** What tells a cancellation from failures, other than instanceof. */
  private static final Set<String> INSPECTS = Set.of("getClass", "isCancelled");

  private static final String RESULT = "kotlin/Result";

  /** Of a Result, or of the exception for one: the same thing in another form. */
  private static final Set<String> CARRIES =
      Set.of("createFailure", "constructor-impl", "box-impl", "exceptionOrNull-impl");

  private static final String FAILED = "isFailure-impl";

  private static final String SUCCEEDED = "isSuccess-impl";
  private static final Set<String> ASKS =
      Set.of(FAILED, SUCCEEDED, "toString-impl", "hashCode-impl");

  private static final String CONCATENATION = "java/lang/invoke/StringConcatFactory";

  private final Subject s;
  private final int start;

  /** Where the exception comes from, and what has it inside. */
  private final Set<AbstractInsnNode> carriers = new HashSet<>();

  /** Nulls that stand where it was after it had been asked for, as {@code getOrNull} puts them. */
  private final Set<AbstractInsnNode> replacements = new HashSet<>();

  private final List<Integer> thrownAgain = new ArrayList<>();

  private boolean goesOn;
  private boolean inspected;
  private boolean kept;

  private SwallowedCancellation(Subject s, LabelNode handler) {
    this.s = s;
    this.carriers.add(handler);
    this.start = s.method.instructions.indexOf(handler);
  }

  static void check(Subject s) {
    if (s.method.tryCatchBlocks.isEmpty()) {
      return;
    }
    Set<LabelNode> seen = new HashSet<>();
    s.suspensions().forEach(call -> check(s, call, call.index(), seen));
  }

  /** Looks at the handler that catches what a wait throws at an index, and at those around it that catch what that one throws again. */
  private static void check(Subject s, Subject.Call wait, int thrownAt, Set<LabelNode> seen) {
    TryCatchBlockNode block = handlerOfCancellation(s, thrownAt);
    if (block != null && seen.add(block.handler)) {
      SwallowedCancellation caught = new SwallowedCancellation(s, block.handler);
      caught.follow();
      if (!RuntimeAbi.TASK_CANCELLED.equals(block.type)) {
        caught.tell(wait);
      }
      caught.thrownAgain.forEach(i -> check(s, wait, i, seen));
    }
  }

  /** The first handler that catches what a wait throws when its task is cancelled; it may be made for that. */
  private static @Nullable TryCatchBlockNode handlerOfCancellation(Subject s, int index) {
    for (TryCatchBlockNode block : s.method.tryCatchBlocks) {
      if (s.method.instructions.indexOf(block.start) <= index
          && index < s.method.instructions.indexOf(block.end)) {
        if (block.type == null
            || block.type.equals(RuntimeAbi.TASK_CANCELLED)
            || TOO_MUCH.contains(block.type)) {
          return block;
        }
      }
    }
    return null;
  }

  private void tell(Subject.Call wait) {
    if (goesOn && !kept && (thrownAgain.isEmpty() || !inspected)) {
      int at = s.flow.nextReal(start);
      s.tell(
          Rule.SWALLOWED_CANCELLATION,
          at < 0 ? start : at,
          "what is caught here may be the cancellation of the task, at the call of "
              + wait.text()
              + " in line "
              + s.line(wait.insn())
              + ", and is not thrown again");
    }
  }

  private void follow() {
    Set<Integer> seen = new HashSet<>();
    Deque<Integer> work = new ArrayDeque<>();
    work.push(start);
    while (!work.isEmpty()) {
      int i = work.pop();
      if (!seen.add(i)) {
        goesOn |= i == start;
        continue;
      }
      look(i);
      int opcode = s.flow.insn(i).getOpcode();
      goesOn |= opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN;
      if (isCovered(i)) {
        goesOn = true; // tried again
        continue;
      }
      if (s.flow.insn(i) instanceof MethodInsnNode call && (neverReturns(call) || rethrows(i))) {
        continue;
      }
      int known = branchOfCancellation(i);
      if (known >= 0) {
        noteReplacement(known);
        work.push(known);
        continue;
      }
      for (int next : s.flow.successors(i)) {
        work.push(next);
      }
    }
  }

  /** Where a cancellation goes from a jump by {@code t instanceof X} or the like; -1 if the instruction is none. */
  private int branchOfCancellation(int jump) {
    AbstractInsnNode insn = s.flow.insn(jump);
    Boolean jumps =
        switch (insn.getOpcode()) {
          case Opcodes.IFEQ -> not(answer(jump));
          case Opcodes.IFNE -> answer(jump);
          case Opcodes.IFNULL -> not(isThere(jump));
          case Opcodes.IFNONNULL -> isThere(jump);
          default -> null;
        };
    return jumps == null
        ? -1
        : jumps ? s.method.instructions.indexOf(((JumpInsnNode) insn).label) : jump + 1;
  }

  /** Where a cancellation is known to go there may be a null for it, which joins with what it is where it isn't one. */
  private void noteReplacement(int index) {
    int first = s.flow.nextReal(index - 1);
    if (first >= 0 && s.flow.insn(first).getOpcode() == Opcodes.ACONST_NULL) {
      replacements.add(s.flow.insn(first));
    }
  }

  private static @Nullable Boolean not(@Nullable Boolean answer) {
    return answer == null ? null : !answer;
  }

  /** The answer of a cancellation to the question that a jump is by; null if that isn't known. */
  private @Nullable Boolean answer(int jump) {
    Set<AbstractInsnNode> tested = s.origins().operand(jump, 0);
    AbstractInsnNode test = tested.size() == 1 ? tested.iterator().next() : null;
    if (test == null || !is(s.origins().indexOf(test), 0)) {
      return null;
    }
    if (test.getOpcode() == Opcodes.INSTANCEOF) {
      return CANCELLATION.contains(((TypeInsnNode) test).desc);
    }
    boolean asks = test instanceof MethodInsnNode call && call.owner.equals(RESULT);
    String name = asks ? ((MethodInsnNode) test).name : "";
    return name.equals(FAILED) ? Boolean.TRUE : name.equals(SUCCEEDED) ? Boolean.FALSE : null;
  }

  /** Whether what a jump asks for null is the exception, or a null in place of it; null if it may be something else. */
  private @Nullable Boolean isThere(int jump) {
    Set<AbstractInsnNode> tested = s.origins().operand(jump, 0);
    if (!Collections.disjoint(tested, replacements)) {
      return false;
    }
    return !tested.isEmpty() && carriers.containsAll(tested) ? true : null;
  }

  /** Whether a call throws what is in a Result, as {@code getOrThrow} does. */
  private boolean rethrows(int index) {
    MethodInsnNode call = (MethodInsnNode) s.flow.insn(index);
    return call.owner.equals(RESULT + "Kt") && call.name.equals("throwOnFailure") && is(index, 0);
  }

  /** The end of the program, and of a test that has failed. */
  private static boolean neverReturns(MethodInsnNode call) {
    boolean ends = call.name.equals("exit") || call.name.equals("halt");
    return (ends && Set.of("java/lang/System", "java/lang/Runtime").contains(call.owner))
        || call.name.equals("fail");
  }

  private boolean isCovered(int index) {
    for (int h : s.flow.handlers(index)) {
      if (h == start && s.suspension(index) != null) {
        return true;
      }
    }
    return false;
  }

  /** What an instruction does with the exception. */
  private void look(int i) {
    AbstractInsnNode insn = s.flow.insn(i);
    switch (insn.getOpcode()) {
      case Opcodes.ATHROW -> {
        if (is(i, 0)) {
          thrownAgain.add(i);
        }
      }
      case Opcodes.PUTFIELD, Opcodes.PUTSTATIC, Opcodes.ARETURN -> kept |= is(i, 0);
      case Opcodes.AASTORE ->
          kept |= is(i, 0) && !s.origins().operand(i, 2).stream().allMatch(this::isLogged);
      case Opcodes.INVOKEDYNAMIC -> {
        InvokeDynamicInsnNode indy = (InvokeDynamicInsnNode) insn;
        kept |=
            !indy.bsm.getOwner().equals(CONCATENATION)
                && isAmong(i, Type.getArgumentCount(indy.desc))
                && !isLogged(indy);
      }
      case Opcodes.INVOKEVIRTUAL,
          Opcodes.INVOKEINTERFACE,
          Opcodes.INVOKESPECIAL,
          Opcodes.INVOKESTATIC -> {
        MethodInsnNode call = (MethodInsnNode) insn;
        if (isAmong(i, Type.getArgumentCount(call.desc))) {
          given(i, call);
        }
        inspected |= INSPECTS.contains(call.name);
      }
      default -> {}
    }
  }

  /** A call is given the exception. */
  private void given(int i, MethodInsnNode call) {
    boolean ofResults = call.owner.equals(RESULT) || call.owner.equals(RESULT + "Kt");
    if (ofResults && CARRIES.contains(call.name)) {
      carriers.add(call);
    } else if (rethrows(i)) {
      thrownAgain.add(i);
    } else {
      kept |= !isLogging(call) && !(ofResults && ASKS.contains(call.name));
    }
  }

  /** Whether an array or a lambda, which has the exception, is an argument of what logs and of nothing else. */
  private boolean isLogged(AbstractInsnNode value) {
    boolean logged = false;
    for (Subject.Call call : s.calls) {
      for (int k = 0; k < Type.getArgumentCount(call.insn().desc); k++) {
        if (s.origins().operand(call.index(), k).contains(value)) {
          if (!isLogging(call.insn())) {
            return false;
          }
          logged = true;
        }
      }
    }
    return logged;
  }

  private boolean isAmong(int index, int operands) {
    for (int k = 0; k < operands; k++) {
      if (is(index, k)) {
        return true;
      }
    }
    return false;
  }

  private boolean is(int index, int fromTop) {
    Set<AbstractInsnNode> origins = s.origins().operand(index, fromTop);
    return !Collections.disjoint(origins, carriers) && Collections.disjoint(origins, replacements);
  }

  /** Whether a call only says what has happened. */
  private static boolean isLogging(MethodInsnNode call) {
    String owner = Subject.simple(call.owner).toLowerCase(Locale.ROOT);
    return owner.contains("log")
        || owner.startsWith("print")
        || owner.equals("string")
        || owner.equals("objects")
        || owner.startsWith("stringbu")
        || call.name.startsWith("log")
        || call.name.startsWith("print");
  }
}

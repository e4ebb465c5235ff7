package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/** Handlers that catch what cancels a coroutine, and go on as if nothing were the matter: {@code catch (Throwable t)}, {@code finally} that returns. */
final class SwallowedCancellation {
  /** What cancellation is, and what is caught with it. A finally block catches null. */
  private static final Set<String> TOO_MUCH = Set.of("java/lang/Throwable", "java/lang/Error");

  private static final String CONCATENATION = "java/lang/invoke/StringConcatFactory";

  private final Subject s;
  private final LabelNode handler;
  private final int start;

  private boolean goesOn;
  private boolean rethrown;
  private boolean inspected;
  private boolean kept;

  private SwallowedCancellation(Subject s, LabelNode handler) {
    this.s = s;
    this.handler = handler;
    this.start = s.method.instructions.indexOf(handler);
  }

  static void check(Subject s) {
    if (s.method.tryCatchBlocks.isEmpty()) {
      return;
    }
    Map<LabelNode, Subject.Call> handlers = new LinkedHashMap<>();
    s.suspensions()
        .forEach(
            call -> {
              LabelNode handler = handlerOfCancellation(s, call.index());
              if (handler != null) {
                handlers.putIfAbsent(handler, call);
              }
            });
    handlers.forEach((handler, call) -> new SwallowedCancellation(s, handler).check(call));
  }

  /** The first handler that catches what a wait throws when its task is cancelled; null if one is made for that. */
  private static @Nullable LabelNode handlerOfCancellation(Subject s, int index) {
    for (TryCatchBlockNode block : s.method.tryCatchBlocks) {
      if (s.method.instructions.indexOf(block.start) <= index
          && index < s.method.instructions.indexOf(block.end)) {
        if (block.type == null || TOO_MUCH.contains(block.type)) {
          return block.handler;
        }
        if (block.type.equals(RuntimeAbi.TASK_CANCELLED)) {
          return null;
        }
      }
    }
    return null;
  }

  private void check(Subject.Call wait) {
    follow();
    if (goesOn && !kept && !(rethrown && inspected)) {
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
      if (s.flow.insn(i) instanceof MethodInsnNode call && neverReturns(call)) {
        continue;
      }
      for (int next : s.flow.successors(i)) {
        work.push(next);
      }
    }
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
      case Opcodes.ATHROW -> rethrown |= is(i, 0);
      case Opcodes.INSTANCEOF -> inspected |= is(i, 0);
      case Opcodes.PUTFIELD, Opcodes.PUTSTATIC, Opcodes.AASTORE, Opcodes.ARETURN ->
          kept |= is(i, 0);
      case Opcodes.INVOKEDYNAMIC -> {
        InvokeDynamicInsnNode indy = (InvokeDynamicInsnNode) insn;
        kept |=
            !indy.bsm.getOwner().equals(CONCATENATION)
                && isAmong(i, Type.getArgumentCount(indy.desc));
      }
      case Opcodes.INVOKEVIRTUAL,
          Opcodes.INVOKEINTERFACE,
          Opcodes.INVOKESPECIAL,
          Opcodes.INVOKESTATIC -> {
        MethodInsnNode call = (MethodInsnNode) insn;
        kept |= !isLogging(call) && isAmong(i, Type.getArgumentCount(call.desc));
      }
      default -> {}
    }
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
    return s.origins().operand(index, fromTop).contains(handler);
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

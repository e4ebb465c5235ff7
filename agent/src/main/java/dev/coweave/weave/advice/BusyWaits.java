package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.ClassInfos;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;

/**
 * Loops that wait for something without letting others run: they only look, again and again, at what nobody can change meanwhile, for the loop's
 * thread, and its next tick, is theirs.
 */
final class BusyWaits {
  /** What looks and changes nothing, or only what others change. */
  private static final Set<String> LOOKS =
      Set.of(
          "get",
          "getPlain",
          "getAcquire",
          "getOpaque",
          "getNow",
          "compareAndSet",
          "weakCompareAndSet",
          "weakCompareAndSetPlain",
          "weakCompareAndSetAcquire",
          "weakCompareAndSetVolatile",
          "getAndSet",
          "onSpinWait",
          "yield",
          "interrupted",
          "nanoTime",
          "currentTimeMillis",
          "now",
          "currentThread",
          "current",
          "size",
          "peek",
          "contains",
          "containsKey",
          "tryLock",
          "tryAcquire",
          "sum",
          "equals",
          "ready",
          "available",
          "exists",
          "booleanValue",
          "intValue",
          "longValue",
          "compareTo",
          "ordinal",
          "toMillis",
          "between",
          "state",
          "valueOf",
          "completedFuture",
          "completedStage",
          "completed");

  private static final Pattern LOOKS_TOO =
      Pattern.compile(
          "(is|has|are|was|can)[A-Z](?!ext).*|get[A-Z].*"
              + "|ready|done|finished|completed|closed|open|stopped|running|started|arrived");

  /** Calls that might look so, and step on. */
  private static final Pattern STEPS =
      Pattern.compile("getAnd[AIDU].*|getNext.*|hasNext.*|hasMore.*");

  private static final int NEAR = 4;

  private final Subject s;
  private final int head;
  private final BitSet body;

  private BusyWaits(Subject s, int head, BitSet body) {
    this.s = s;
    this.head = head;
    this.body = body;
  }

  static void check(Subject s) {
    for (BusyWaits loop : loops(s)) {
      if (loop.onlyLooks()) {
        loop.tell();
      }
    }
  }

  /** The natural loops, one for each jump back: an inner loop may begin where the outer one does. */
  private static List<BusyWaits> loops(Subject s) {
    List<BusyWaits> result = new ArrayList<>();
    if (!jumpsBack(s)) {
      return result;
    }
    Map<Integer, Set<Integer>> predecessors = new HashMap<>();
    for (int i = 0; i < s.flow.size(); i++) {
      for (int next : s.flow.successors(i)) {
        predecessors.computeIfAbsent(next, n -> new HashSet<>()).add(i);
      }
    }
    for (int i = 0; i < s.flow.size(); i++) {
      for (int next : s.flow.successors(i)) {
        if (next <= i) {
          result.add(new BusyWaits(s, next, body(i, next, predecessors)));
        }
      }
    }
    return result;
  }

  private static boolean jumpsBack(Subject s) {
    for (int i = 0; i < s.flow.size(); i++) {
      for (int next : s.flow.successors(i)) {
        if (next <= i) {
          return true;
        }
      }
    }
    return false;
  }

  private static BitSet body(int from, int head, Map<Integer, Set<Integer>> predecessors) {
    BitSet body = new BitSet();
    body.set(head);
    Deque<Integer> work = new ArrayDeque<>();
    work.push(from);
    while (!work.isEmpty()) {
      int i = work.pop();
      if (!body.get(i)) {
        body.set(i);
        predecessors.getOrDefault(i, Set.of()).forEach(work::push);
      }
    }
    return body;
  }

  private boolean onlyLooks() {
    for (int i = body.nextSetBit(0); i >= 0; i = body.nextSetBit(i + 1)) {
      if (!isHarmless(i)) {
        return false;
      }
    }
    return !entersFromHandlers();
  }

  /** What a handler leads to isn't followed. */
  private boolean entersFromHandlers() {
    for (int i = body.nextSetBit(0); i >= 0; i = body.nextSetBit(i + 1)) {
      for (int handler : s.flow.handlers(i)) {
        if (body.get(handler)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isHarmless(int i) {
    AbstractInsnNode insn = s.flow.insn(i);
    int opcode = insn.getOpcode();
    if (insn instanceof MethodInsnNode call) {
      return looks(i, call);
    }
    boolean isStore = opcode >= Opcodes.ISTORE && opcode <= Opcodes.ASTORE;
    if (isStore) {
      return s.origins().operand(i, 0).stream().allMatch(this::isLook);
    }
    return switch (opcode) {
      case Opcodes.IINC,
          Opcodes.PUTFIELD,
          Opcodes.PUTSTATIC,
          Opcodes.NEW,
          Opcodes.MONITORENTER,
          Opcodes.MONITOREXIT,
          Opcodes.INVOKEDYNAMIC,
          Opcodes.ATHROW ->
          false;
      default -> opcode < Opcodes.IASTORE || opcode > Opcodes.SASTORE;
    };
  }

  /** Whether a local's value is what a call has just seen: then the loop doesn't step from one thing to the next. */
  private boolean isLook(AbstractInsnNode origin) {
    int at = s.origins().indexOf(origin);
    return origin instanceof MethodInsnNode call
        && at >= 0
        && looks(at, call)
        && !comesFrom(at, call, NEAR);
  }

  /** Whether a call is of what it has returned before, as {@code c = c.getSuperclass()} or {@code c = parents.get(c)}: that steps on. */
  private boolean comesFrom(int index, AbstractInsnNode earlier, int depth) {
    if (depth == 0) {
      return true; // that far isn't followed
    }
    int operands =
        s.flow.insn(index) instanceof MethodInsnNode call
            ? Type.getArgumentCount(call.desc) + (call.getOpcode() == Opcodes.INVOKESTATIC ? 0 : 1)
            : 0;
    for (int k = 0; k < operands; k++) {
      for (AbstractInsnNode o : s.origins().operand(index, k)) {
        int at = s.origins().indexOf(o);
        if (o == earlier || (at >= 0 && comesFrom(at, earlier, depth - 1))) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean looks(int index, MethodInsnNode call) {
    if (s.suspension(index) != null) {
      return isAwaitOfCompleted(index);
    }
    if (STEPS.matcher(call.name).matches()) {
      return false;
    }
    if (call.name.equals("poll")) {
      return goesOnWithNull(index);
    }
    if (call.name.contains("ompareAndSet")) {
      return expectsConstant(index);
    }
    if (reads(call)) {
      return false;
    }
    boolean isPrimitive = Type.getReturnType(call.desc).getSort() < Type.ARRAY;
    boolean asks = LOOKS_TOO.matcher(call.name).matches() && call.desc.startsWith("()");
    return ClassInfos.isJdk(call.owner)
        ? asks
            || LOOKS.contains(call.name)
            || call.name.startsWith("isBefore")
            || call.name.startsWith("isAfter")
        : (asks && isPrimitive) || (isRuntimes(call) && LOOKS.contains(call.name));
  }

  /** Whether a get takes the next from where others stand: a buffer's, or what a program supplies. */
  private static boolean reads(MethodInsnNode call) {
    boolean ofBuffer = call.owner.startsWith("java/nio/") && call.owner.endsWith("Buffer");
    boolean isSupplied =
        call.owner.startsWith("java/util/function/") && !call.name.equals("getAsBoolean");
    return isSupplied || (ofBuffer && call.name.startsWith("get"));
  }

  /** Whether it waits for one certain value, as who takes a lock does; else it tries again with what it has read, and some thread succeeds. */
  private boolean expectsConstant(int compareAndSet) {
    return s.origins().operand(compareAndSet, 1).stream()
        .mapToInt(AbstractInsnNode::getOpcode)
        .allMatch(o -> o > Opcodes.NOP && o <= Opcodes.LDC || o == Opcodes.GETSTATIC);
  }

  private static boolean isRuntimes(MethodInsnNode call) {
    return RuntimeAbi.WAITING_PACKAGES.stream().anyMatch(call.owner::startsWith);
  }

  /** Such an await doesn't let others run each time. */
  private boolean isAwaitOfCompleted(int index) {
    MethodInsnNode call = (MethodInsnNode) s.flow.insn(index);
    return call.owner.equals(RuntimeAbi.TASK)
        && call.name.equals("await")
        && !s.origins().operand(index, 0).isEmpty()
        && s.origins().operand(index, 0).stream()
            .allMatch(o -> o instanceof MethodInsnNode m && m.name.startsWith("completed"));
  }

  /** Whether the loop goes on while a queue is empty, and not while it has elements, which it would drain. */
  private boolean goesOnWithNull(int poll) {
    int i = s.flow.nextReal(poll);
    for (int n = 0; i >= 0 && n < NEAR; n++, i = s.flow.nextReal(i)) {
      int opcode = s.flow.insn(i).getOpcode();
      if (opcode == Opcodes.IFNULL || opcode == Opcodes.IFNONNULL) {
        int target = s.method.instructions.indexOf(((JumpInsnNode) s.flow.insn(i)).label);
        return body.get(target) == (opcode == Opcodes.IFNULL);
      }
    }
    return false;
  }

  private void tell() {
    int first = head;
    while (first + 1 < s.flow.size() && s.flow.insn(first).getOpcode() < 0) {
      first++;
    }
    s.tell(Rule.BUSY_WAIT, first, "the loop waits without letting others run");
  }
}

package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;

/** Locks of the JDK that are held across a wait: a thread owns them, and the coroutine may go on in another. */
final class HeldLocks {
  private static final String LOCK = "java/util/concurrent/locks/Lock";
  private static final String STAMPED = "java/util/concurrent/locks/StampedLock";

  private static final Set<String> ACQUIRES =
      Set.of(
          "lock",
          "lockInterruptibly",
          "writeLock",
          "readLock",
          "writeLockInterruptibly",
          "readLockInterruptibly");

  private final Subject s;

  /** Where locks are acquired and released, by index, and which. */
  private final Map<Integer, String> acquired = new LinkedHashMap<>();

  private final Map<Integer, String> released = new LinkedHashMap<>();

  /** The acquiring calls whose locks may be held before an instruction. */
  private final @Nullable Set<Integer>[] held;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private HeldLocks(Subject s) {
    this.s = s;
    this.held = new Set[s.flow.size()];
  }

  static void check(Subject s) {
    boolean any = s.calls.stream().anyMatch(c -> isAcquire(s, c.insn()) || isTry(s, c.insn()));
    if (any) {
      new HeldLocks(s).check();
    }
  }

  private void check() {
    for (Subject.Call call : s.calls) {
      if (isAcquire(s, call.insn()) || isTry(s, call.insn())) {
        acquired.put(call.index(), placeOf(call));
      } else if (isRelease(call.insn())) {
        released.put(call.index(), placeOf(call));
      }
    }
    follow();
    s.suspensions().forEach(this::checkAt);
  }

  private void checkAt(Subject.Call wait) {
    Set<Integer> locks = held[wait.index()];
    if (locks != null && !locks.isEmpty()) {
      AbstractInsnNode lock = s.flow.insn(locks.iterator().next());
      s.tell(
          Rule.LOCK_ACROSS_WAIT,
          wait.index(),
          "suspension at the call of "
              + wait.text()
              + " while holding the lock acquired at line "
              + s.line(lock));
    }
  }

  private String placeOf(Subject.Call call) {
    return s.origins().place(s.origins().receiver(call));
  }

  private static boolean isAcquire(Subject s, MethodInsnNode call) {
    return ACQUIRES.contains(call.name) && isLock(s, call);
  }

  private static boolean isTry(Subject s, MethodInsnNode call) {
    return call.name.startsWith("try")
        && (call.desc.endsWith(")Z")
            ? call.name.equals("tryLock")
            : call.name.equals("tryWriteLock") || call.name.equals("tryReadLock"))
        && isLock(s, call);
  }

  private static boolean isLock(Subject s, MethodInsnNode call) {
    return call.name.endsWith("ock") || call.name.endsWith("Interruptibly")
        ? call.owner.equals(STAMPED)
            || (call.name.contains("lock") || call.name.equals("tryLock"))
                && s.types.isSubtype(call.owner, LOCK)
        : false;
  }

  private static boolean isRelease(MethodInsnNode call) {
    return call.name.startsWith("unlock")
        || (call.owner.equals(STAMPED) && call.name.startsWith("tryUnlock"));
  }

  // ---- the flow of what is held

  private void follow() {
    Deque<Integer> work = new ArrayDeque<>();
    held[0] = Set.of();
    work.push(0);
    while (!work.isEmpty()) {
      int i = work.pop();
      Set<Integer> before = held[i];
      Set<Integer> after = after(i, before == null ? Set.of() : before);
      // A lock that couldn't be acquired isn't held; one whose release throws is given up.
      Set<Integer> thrown = released.containsKey(i) ? after : before;
      for (int handler : s.flow.handlers(i)) {
        reach(handler, thrown == null ? Set.of() : thrown, work);
      }
      int failed = failureOf(i);
      for (int next : s.flow.successors(i)) {
        reach(next, next == failed ? withoutTry(i, after) : after, work);
      }
    }
  }

  private void reach(int index, Set<Integer> locks, Deque<Integer> work) {
    Set<Integer> known = held[index];
    if (known == null || !known.containsAll(locks)) {
      Set<Integer> all = new TreeSet<>(locks);
      if (known != null) {
        all.addAll(known);
      }
      held[index] = all;
      work.push(index);
    }
  }

  private Set<Integer> after(int index, Set<Integer> before) {
    String lock = acquired.get(index);
    if (lock != null) {
      boolean isTried = ((MethodInsnNode) s.flow.insn(index)).name.startsWith("try");
      if (isTried && !isTested(index)) {
        return before; // what becomes of the answer isn't followed
      }
      Set<Integer> more = new TreeSet<>(before);
      more.add(index);
      return more;
    }
    String given = released.get(index);
    if (given == null) {
      return before;
    }
    Set<Integer> less = new TreeSet<>(before);
    // What can't be told apart counts as released.
    if (!less.removeIf(a -> given.equals(acquired.get(a)))) {
      less.clear();
    }
    return less;
  }

  private boolean isTested(int tried) {
    for (int i = tried + 1; i < s.flow.size(); i++) {
      if (tests(i, tried)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an instruction jumps by what a call of tryLock or the like has said, be it kept in a local meanwhile. */
  private boolean tests(int index, int tried) {
    int opcode = s.flow.insn(index).getOpcode();
    if (opcode != Opcodes.IFEQ && opcode != Opcodes.IFNE) {
      return false;
    }
    Set<AbstractInsnNode> answer = Set.of(s.flow.insn(tried));
    Set<AbstractInsnNode> tested = s.origins().operand(index, 0);
    return tested.equals(answer)
        || tested.stream().anyMatch(o -> o.getOpcode() == Opcodes.LCMP && compares(o, answer));
  }

  /** Whether a stamp is compared with 0, which says that the lock wasn't acquired. */
  private boolean compares(AbstractInsnNode lcmp, Set<AbstractInsnNode> stamp) {
    int at = s.origins().indexOf(lcmp);
    return isZero(at, 0) && s.origins().operand(at, 1).equals(stamp)
        || isZero(at, 1) && s.origins().operand(at, 0).equals(stamp);
  }

  private boolean isZero(int index, int fromTop) {
    return s.origins().operand(index, fromTop).stream()
        .allMatch(o -> o.getOpcode() == Opcodes.LCONST_0);
  }

  /** Where a test of tryLock's answer goes if it is false, or -1. */
  private int failureOf(int test) {
    int tried = tryBefore(test);
    if (tried < 0) {
      return -1;
    }
    int target = s.method.instructions.indexOf(((JumpInsnNode) s.flow.insn(test)).label);
    return s.flow.insn(test).getOpcode() == Opcodes.IFEQ ? target : test + 1;
  }

  private int tryBefore(int test) {
    for (int tried : acquired.keySet()) {
      if (tests(test, tried)
          && s.flow.insn(tried) instanceof MethodInsnNode m
          && m.name.startsWith("try")) {
        return tried;
      }
    }
    return -1;
  }

  private Set<Integer> withoutTry(int test, Set<Integer> locks) {
    Set<Integer> less = new TreeSet<>(locks);
    less.remove(tryBefore(test));
    return less;
  }
}

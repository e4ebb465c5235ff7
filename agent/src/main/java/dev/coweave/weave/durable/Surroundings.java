package dev.coweave.weave.durable;

import dev.coweave.weave.bytecode.Flow;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * What lies around the points of a method: loops, handlers, and the points that come next. Of the flow alone, so that compilers that lay out
 * the same source otherwise are told the same.
 */
final class Surroundings {
  private final MethodNode source;
  private final Flow flow;
  private final Expressions expressions;

  /** The points, by the indexes of their instructions, with the ids of their states. */
  private final Map<Integer, Integer> points;

  /** What the copies of each have in common. */
  private final Map<Integer, String> calls;

  private final int[][] before;
  private final Map<Integer, BitSet> without = new TreeMap<>();

  Surroundings(
      MethodNode source,
      Flow flow,
      Expressions expressions,
      Map<Integer, Integer> points,
      Map<Integer, String> calls) {
    this.source = source;
    this.flow = flow;
    this.expressions = expressions;
    this.points = points;
    this.calls = calls;
    this.before = reversed();
  }

  private int[] after(int i) {
    int[] normal = flow.successors(i);
    int[] thrown = flow.handlers(i);
    int[] all = java.util.Arrays.copyOf(normal, normal.length + thrown.length);
    System.arraycopy(thrown, 0, all, normal.length, thrown.length);
    return all;
  }

  private int[][] reversed() {
    List<List<Integer>> lists = new ArrayList<>();
    for (int i = 0; i < flow.size(); i++) {
      lists.add(new ArrayList<>());
    }
    BitSet live = reach(0, this::after, all());
    for (int i = live.nextSetBit(0); i >= 0; i = live.nextSetBit(i + 1)) {
      for (int next : after(i)) {
        lists.get(next).add(i);
      }
    }
    return lists.stream()
        .map(l -> l.stream().mapToInt(Integer::intValue).toArray())
        .toArray(int[][]::new);
  }

  private BitSet all() {
    BitSet all = new BitSet();
    all.set(0, flow.size());
    return all;
  }

  /** What is reached from a place, itself included, within what is allowed. */
  private static BitSet reach(int from, IntFunction<int[]> edges, BitSet allowed) {
    BitSet seen = new BitSet();
    List<Integer> open = new ArrayList<>(List.of(from));
    while (!open.isEmpty()) {
      int i = open.remove(open.size() - 1);
      if (allowed.get(i) && !seen.get(i)) {
        seen.set(i);
        for (int next : edges.apply(i)) {
          open.add(next);
        }
      }
    }
    return seen;
  }

  // ---- loops

  /**
   * The loops around a point, outermost first: {@code where:what decides when it ends}. A loop is what leads back to the point; without the
   * places where it is entered, what still does is the next loop inside.
   */
  List<String> loops(int point) {
    List<String> loops = new ArrayList<>();
    BitSet allowed = all();
    while (true) {
      BitSet loop = reach(point, this::after, allowed);
      loop.and(reach(point, i -> before[i], allowed));
      TreeSet<Integer> heads = heads(loop);
      if (loop.cardinality() < 2 || heads.isEmpty() || heads.contains(point)) {
        return loops;
      }
      loops.add(heads.first() + ":" + decides(heads.first(), loop));
      allowed = loop;
      heads.forEach(allowed::clear);
    }
  }

  private TreeSet<Integer> heads(BitSet loop) {
    TreeSet<Integer> heads = new TreeSet<>();
    for (int i = loop.nextSetBit(0); i >= 0; i = loop.nextSetBit(i + 1)) {
      for (int from : before[i]) {
        if (!loop.get(from)) {
          heads.add(i);
        }
      }
    }
    return heads;
  }

  /** The variables that change in the loop, or that it keeps, which its first test reads: {@code i}, {@code iterator(orders)}. */
  private String decides(int head, BitSet loop) {
    TreeSet<String> names = new TreeSet<>();
    for (int i = head; i >= 0; i = i + 1 < flow.size() ? i + 1 : -1) {
      AbstractInsnNode insn = flow.insn(i);
      if (insn instanceof VarInsnNode v && v.getOpcode() <= Opcodes.ALOAD) {
        LocalVariableNode named = expressions.variable(v.var, i);
        if (named == null) {
          names.add(expressions.local(v.var, i));
        } else if (isWritten(v.var, loop)) {
          names.add(named.name);
        }
      }
      int[] next = flow.successors(i);
      if (next.length != 1 || next[0] != i + 1 || points.containsKey(i)) {
        boolean leaves = next.length == 2 && !(loop.get(next[0]) && loop.get(next[1]));
        return leaves ? String.join(",", names) : "";
      }
    }
    return "";
  }

  private boolean isWritten(int slot, BitSet loop) {
    return loop.stream()
        .mapToObj(flow::insn)
        .anyMatch(
            insn ->
                (insn instanceof IincInsnNode inc && inc.var == slot)
                    || (insn instanceof VarInsnNode v
                        && v.var == slot
                        && v.getOpcode() >= Opcodes.ISTORE));
  }

  // ---- handlers

  /** The handlers that take what is thrown at a point, innermost first, each with {@code !} if it holds a point. */
  List<String> handlers(int point) {
    List<String> result = new ArrayList<>();
    for (TryCatchBlockNode b : source.tryCatchBlocks) {
      if (source.instructions.indexOf(b.start) <= point
          && point < source.instructions.indexOf(b.end)) {
        int handler = source.instructions.indexOf(b.handler);
        result.add(type(b) + (holds(handler, b.type != null) ? "!" : ""));
      }
    }
    return result;
  }

  /** Whether a handler holds a point; a catch, one that isn't the copy of a finally. */
  private boolean holds(int handler, boolean isCatch) {
    return points.keySet().stream()
        .anyMatch(p -> isWithin(p, handler) && !(isCatch && hasCopyOutside(p, handler)));
  }

  private boolean hasCopyOutside(int point, int handler) {
    String call = calls.get(point);
    return calls.entrySet().stream()
        .anyMatch(e -> e.getValue().equals(call) && !isWithin(e.getKey(), handler));
  }

  /** The handlers that a point lies in, outermost first. */
  List<String> within(int point) {
    Map<Integer, TreeSet<String>> types = new TreeMap<>();
    for (TryCatchBlockNode b : source.tryCatchBlocks) {
      int handler = source.instructions.indexOf(b.handler);
      if (isWithin(point, handler)) {
        types.computeIfAbsent(handler, h -> new TreeSet<>()).add(type(b));
      }
    }
    return types.values().stream().map(t -> String.join("|", t)).toList();
  }

  private static String type(TryCatchBlockNode b) {
    return b.type == null ? "any" : b.type.replace('/', '.');
  }

  /** Whether only what enters a handler gets to a point. */
  private boolean isWithin(int point, int handler) {
    BitSet reached =
        without.computeIfAbsent(
            handler,
            h -> {
              BitSet allowed = all();
              allowed.clear(h);
              return reach(0, this::after, allowed);
            });
    return !reached.get(point);
  }

  // ---- what comes next

  /** The states of the points that come next if nothing is thrown; also {@code return}, {@code throw}. */
  List<String> next(int point) {
    TreeSet<String> next = new TreeSet<>();
    BitSet seen = new BitSet();
    List<Integer> open = new ArrayList<>();
    for (int i : flow.successors(point)) {
      open.add(i);
    }
    while (!open.isEmpty()) {
      int i = open.remove(open.size() - 1);
      if (seen.get(i)) {
        continue;
      }
      seen.set(i);
      Integer state = points.get(i);
      int opcode = flow.insn(i).getOpcode();
      if (state != null) {
        next.add(state.toString());
      } else if (opcode == Opcodes.ATHROW) {
        next.add("throw");
      } else if (opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) {
        next.add("return");
      } else {
        for (int n : flow.successors(i)) {
          open.add(n);
        }
      }
    }
    return List.copyOf(next);
  }
}

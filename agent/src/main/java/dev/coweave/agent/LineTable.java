package dev.coweave.agent;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LineNumberNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.util.Textifier;
import org.objectweb.asm.util.TraceMethodVisitor;

/** A method's source lines, and beside each the states that stand there and the instructions of two woven methods. Not thread-safe. */
final class LineTable {
  private static final int SOURCE = 44;
  private static final int STATES = 10;
  private static final int CODE = 56;

  private final List<String> source;

  /** By line; what belongs to none is under 0. */
  private final Map<Integer, Row> rows = new TreeMap<>();

  private boolean hasSecond;

  private static final class Row {
    final List<String> states = new ArrayList<>();
    final List<List<String>> code = List.of(new ArrayList<>(), new ArrayList<>());

    int height() {
      return Math.max(Math.max(1, states.size()), Math.max(code.get(0).size(), code.get(1).size()));
    }
  }

  LineTable(List<String> source) {
    this.source = source;
  }

  void state(int line, String text) {
    row(line).states.add(text);
  }

  /**
   * Adds the instructions of a method.
   *
   * @param column 0 or 1
   */
  void code(int column, MethodNode method) {
    hasSecond |= column == 1;
    Set<LabelNode> targets = targets(method);
    Textifier text = new Textifier();
    TraceMethodVisitor printer = new TraceMethodVisitor(text);
    int line = 0;
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof LineNumberNode l) {
        line = l.line;
      }
      boolean isShown =
          insn instanceof LabelNode label ? targets.contains(label) : insn.getOpcode() >= 0;
      if (isShown) {
        text.text.clear();
        insn.accept(printer);
        for (Object part : text.text) {
          part.toString()
              .lines()
              .map(s -> insn instanceof LabelNode ? s.strip() + ":" : "  " + simple(s.strip()))
              .forEach(row(line).code.get(column)::add);
        }
      }
    }
  }

  /** Classes without their packages: who reads it knows them. */
  private static String simple(String instruction) {
    return instruction.replaceAll("([a-z_][\\w]*/)+(?=[A-Z])", "");
  }

  private Row row(int line) {
    return rows.computeIfAbsent(line, l -> new Row());
  }

  /** The labels that something jumps to. */
  private static Set<LabelNode> targets(MethodNode method) {
    Set<LabelNode> targets = new HashSet<>();
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof JumpInsnNode jump) {
        targets.add(jump.label);
      } else if (insn instanceof TableSwitchInsnNode s) {
        targets.add(s.dflt);
        targets.addAll(s.labels);
      } else if (insn instanceof LookupSwitchInsnNode s) {
        targets.add(s.dflt);
        targets.addAll(s.labels);
      }
    }
    method.tryCatchBlocks.forEach(b -> targets.add(b.handler));
    return targets;
  }

  /**
   * The table.
   *
   * @param first the title of the first method's column
   */
  String toString(String first) {
    StringBuilder text = new StringBuilder();
    line(text, "  line", "", first, hasSecond ? "resume copy" : "");
    rows.forEach(
        (line, row) -> {
          for (int i = 0; i < row.height(); i++) {
            line(
                text,
                i == 0 ? numbered(line) : "",
                at(row.states, i),
                at(row.code.get(0), i),
                at(row.code.get(1), i));
          }
        });
    return text.toString();
  }

  private String numbered(int line) {
    String code = line > 0 && line <= source.size() ? source.get(line - 1) : "";
    return "%6s  %s".formatted(line == 0 ? "" : "" + line, code.strip());
  }

  private static String at(List<String> list, int i) {
    return i < list.size() ? list.get(i) : "";
  }

  private static void line(StringBuilder text, String source, String state, String a, String b) {
    String row =
        fit(source, SOURCE)
            + " | "
            + fit(state, STATES)
            + " | "
            + (b.isEmpty() ? a : fit(a, CODE) + " | " + b);
    text.append(row.stripTrailing()).append('\n');
  }

  private static String fit(String s, int width) {
    return s.length() > width
        ? s.substring(0, width - 1) + "…"
        : s + " ".repeat(width - s.length());
  }
}

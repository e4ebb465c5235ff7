package dev.coweave.weave.machine;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.bytecode.VType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodInsnNode;

/**
 * Prints a state machine as a table, one row a state:
 *
 * <pre>
 *   suspending app.A.sum(int): int
 *     frame app.A$$sum: i0 int, i1 int
 *     state  line  at            locals            operands
 *     0      4     start         n in i0
 *     1      6     call A.later  t in i0           int in i1
 * </pre>
 */
final class MachineText {
  private final StateMachine machine;
  private final CoroutineMethod method;

  MachineText(StateMachine machine) {
    this.machine = machine;
    this.method = machine.method();
  }

  @Override
  public String toString() {
    String returns = simple(Type.getReturnType(method.source().desc));
    String fields =
        machine.fields().stream()
            .map(f -> f.name() + " " + simple(f.type().toType()))
            .collect(Collectors.joining(", "));
    Type element = machine.element();
    return kind(method)
        + " "
        + Lines.name(method.owner(), method.source().name, method.source().desc)
        + ": "
        + returns
        + "\n"
        + "  frame "
        + machine.frameClass().replace('/', '.')
        + ": "
        + (fields.isEmpty() ? "empty" : fields)
        + "\n"
        + (element == null ? "" : "  element " + element.getClassName() + "\n")
        + table();
  }

  static String kind(CoroutineMethod method) {
    return method.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** What of it matters to an activation that is parked: neither lines nor where classes' names would be shortened. */
  String shape() {
    List<String> parts = new ArrayList<>(List.of(method.kind() + " " + machine.element()));
    machine.fields().forEach(f -> parts.add(f.name() + " " + f.desc()));
    for (State s : machine.states()) {
      SuspensionPoint point = s.point();
      if (point != null) {
        MethodInsnNode call = point.callee().call();
        parts.add(point.form() + " " + call.owner + "." + call.name + call.desc);
      }
      s.locals().forEach(l -> parts.add(l.index() + " " + text(name(l.index(), point), l)));
      s.stack().forEach(o -> parts.add(text("operand", o)));
    }
    return String.join("\n", parts);
  }

  private String table() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("state", "line", "at", "locals", "operands"));
    for (State s : machine.states()) {
      String locals =
          s.locals().stream()
              .map(l -> text(name(l.index(), s.point()), l))
              .collect(Collectors.joining("   "));
      String operands =
          s.stack().stream()
              .map(o -> text(simple(o.type().toType()), o))
              .collect(Collectors.joining("   "));
      rows.add(List.of("" + s.id(), "" + s.line(), at(s.point()), locals, operands));
    }
    int[] widths =
        IntStream.range(0, 5)
            .map(i -> rows.stream().mapToInt(r -> r.get(i).length()).max().orElse(0))
            .toArray();
    return rows.stream().map(r -> row(r, widths)).collect(Collectors.joining());
  }

  private static String row(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      line.append("  ").append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length()));
    }
    return line.toString().stripTrailing() + "\n";
  }

  private static String at(@Nullable SuspensionPoint point) {
    return point == null
        ? "start"
        : point.form().name().toLowerCase(Locale.ROOT) + " " + point.callee();
  }

  private static String text(String name, Slot slot) {
    if (slot.field() != null) {
      return name + " in " + slot.field().name();
    }
    return slot.type().kind() == VType.Kind.NULL
        ? name + " null"
        : "new " + simple(slot.type().toFrame().toString());
  }

  /** What the source calls a local, if the class file tells. */
  private String name(int slot, @Nullable SuspensionPoint point) {
    InsnList instructions = method.source().instructions;
    int at = point == null ? 0 : point.index();
    List<LocalVariableNode> variables = method.source().localVariables;
    if (variables != null) {
      for (LocalVariableNode v : variables) {
        if (v.index == slot
            && instructions.indexOf(v.start) <= at
            && at < instructions.indexOf(v.end)) {
          return v.name;
        }
      }
    }
    return "#" + slot;
  }

  private static String simple(Type type) {
    return simple(type.getClassName());
  }

  private static String simple(String className) {
    return className.substring(
        Math.max(className.lastIndexOf('.'), className.lastIndexOf('/')) + 1);
  }
}

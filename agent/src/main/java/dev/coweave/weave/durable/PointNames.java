package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.SuspensionPoint;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * The names that the source gives to durable points: the string constants that are their calls' first arguments, or that of the {@code
 * Durable.at} before them.
 */
final class PointNames {
  private final InsnList instructions;
  private final Set<Integer> points;
  private final Expressions expressions;

  /**
   * The names in a method.
   *
   * @param points the indexes of its durable points
   */
  PointNames(InsnList instructions, Set<Integer> points, Expressions expressions) {
    this.instructions = instructions;
    this.points = points;
    this.expressions = expressions;
  }

  /** The name of a point, or null if it has none, or none that is known now. */
  @Nullable String of(SuspensionPoint point) {
    MethodInsnNode call = point.callee().call();
    if (DurableAbi.isWord(call)
        && DurableAbi.MAY_NAME.contains(call.name)
        && call.desc.startsWith("(Ljava/lang/String;")) {
      return constant(point.index(), Type.getArgumentCount(call.desc));
    }
    return before(point.index());
  }

  /** What {@code Durable.at} says, if no other point stands in between. */
  private @Nullable String before(int point) {
    for (int i = point - 1; i >= 0 && !points.contains(i); i--) {
      if (instructions.get(i) instanceof MethodInsnNode call && DurableAbi.isName(call)) {
        return constant(i, 1);
      }
    }
    return null;
  }

  /** A call's first argument, if it is a string constant. */
  private @Nullable String constant(int index, int arguments) {
    Frame<SourceValue> at = expressions.at(index);
    if (at == null) {
      return null;
    }
    Set<AbstractInsnNode> pushed = at.getStack(at.getStackSize() - arguments).insns;
    return pushed.size() == 1
            && pushed.iterator().next() instanceof LdcInsnNode constant
            && constant.cst instanceof String name
        ? name
        : null;
  }
}

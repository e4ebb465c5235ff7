package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.SuspensionPoint;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceValue;

/** The names that the source gives to durable points: the string constants that are their calls' first arguments. */
final class PointNames {
  private final Expressions expressions;

  PointNames(Expressions expressions) {
    this.expressions = expressions;
  }

  /** The name of a point, or null if it has none, or none that is known now. */
  @Nullable String of(SuspensionPoint point) {
    MethodInsnNode call = point.callee().call();
    Type[] arguments = Type.getArgumentTypes(call.desc);
    if (!DurableAbi.isWord(call)
        || arguments.length == 0
        || !arguments[0].getDescriptor().equals("Ljava/lang/String;")
        || (!DurableAbi.NAMED.contains(call.name) && !call.name.equals("sleep"))) {
      return null;
    }
    Frame<SourceValue> at = expressions.at(point.index());
    if (at == null) {
      return null;
    }
    Set<AbstractInsnNode> pushed = at.getStack(at.getStackSize() - arguments.length).insns;
    return pushed.size() == 1
            && pushed.iterator().next() instanceof LdcInsnNode constant
            && constant.cst instanceof String name
        ? name
        : null;
  }
}

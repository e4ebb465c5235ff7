package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.DurableAbi;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Puts the runtime's own iterators, which can be stored, in place of those that a durable method asks collections for. A for-each is
 * compiled to such a call, whose result lies in a local without a name.
 *
 * <pre>
 *   …, iterable    iterable.iterator()                 →    DurableLink.iterator(iterable)
 *   …, iterator
 * </pre>
 */
final class Iterations {
  private static final String ITERATOR_DESC = "()Ljava/util/Iterator;";

  private Iterations() {}

  /** Rewrites a method as it was compiled. */
  static void rewrite(MethodNode method) {
    for (AbstractInsnNode insn : method.instructions.toArray()) {
      if (insn instanceof MethodInsnNode call
          && call.name.equals("iterator")
          && call.desc.equals(ITERATOR_DESC)
          && call.getOpcode() != Opcodes.INVOKESTATIC
          && (isCollection(call.owner) || isForEach(call))) {
        method.instructions.set(
            call,
            new MethodInsnNode(
                Opcodes.INVOKESTATIC,
                DurableAbi.LINK,
                DurableAbi.ITERATOR,
                "(Ljava/lang/Iterable;)Ljava/util/Iterator;",
                false));
      }
    }
  }

  private static boolean isCollection(String owner) {
    return owner.equals("java/lang/Iterable")
        || (owner.startsWith("java/util/")
            && owner.indexOf('/', "java/util/".length()) < 0
            && !owner.startsWith("java/util/PrimitiveIterator")
            && !owner.startsWith("java/util/Scanner"));
  }

  /** Whether the iterator goes to a local and is asked for its next: of a class of the user's, the one sign that it is an Iterable. */
  private static boolean isForEach(MethodInsnNode call) {
    AbstractInsnNode store = nextReal(call);
    AbstractInsnNode load = store == null ? null : nextReal(store);
    AbstractInsnNode hasNext = load == null ? null : nextReal(load);
    return store instanceof VarInsnNode s
        && s.getOpcode() == Opcodes.ASTORE
        && load instanceof VarInsnNode l
        && l.var == s.var
        && hasNext instanceof MethodInsnNode m
        && m.name.equals("hasNext")
        && m.desc.equals(Type.getMethodDescriptor(Type.BOOLEAN_TYPE));
  }

  private static AbstractInsnNode nextReal(AbstractInsnNode insn) {
    AbstractInsnNode next = insn.getNext();
    while (next != null && next.getOpcode() < 0) {
      next = next.getNext();
    }
    return next;
  }
}

package dev.coweave.weave.emit;

import dev.coweave.weave.bytecode.FrameTypes;
import dev.coweave.weave.bytecode.VType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * Objects whose constructor's arguments suspend: {@code new Foo(await(x))}. An uninitialised object can't be kept in a field
 * (JVMS 4.10.1.4), so the resume copy has null in its place until the arguments are there:
 *
 * <pre>
 *   NEW Foo; DUP; …; INVOKESPECIAL Foo.&lt;init&gt;   becomes   NEW Foo; POP; ACONST_NULL; DUP; …; arguments to temporaries;
 *                                                         POP; POP; NEW Foo; DUP; temporaries; INVOKESPECIAL Foo.&lt;init&gt;
 * </pre>
 *
 * <p>The first {@code NEW} stays so that the class is initialised before the arguments are evaluated.
 */
final class UninitializedObjects {
  private final BodyCopy copy;
  private final Code code;
  private final Set<TypeInsnNode> creations;

  UninitializedObjects(BodyCopy copy, Code code, Set<TypeInsnNode> creations) {
    this.copy = copy;
    this.code = code;
    this.creations = creations;
  }

  /** Writes the {@code NEW}. */
  void create(TypeInsnNode creation) {
    code.type(Opcodes.NEW, creation.desc).op(Opcodes.POP, Opcodes.ACONST_NULL);
  }

  /** Writes the call of the constructor, if it is of such an object. */
  boolean initialize(MethodInsnNode call, FrameTypes.@Nullable At at) {
    if (at == null) {
      return false;
    }
    Type[] arguments = Type.getArgumentTypes(call.desc);
    List<VType> stack = at.stack().subList(0, at.stack().size() - arguments.length);
    TypeInsnNode creation = stack.get(stack.size() - 1).creation();
    if (creation == null || !creations.contains(creation)) {
      return false;
    }
    int[] slots = copy.spill(arguments);
    int lowest = 0;
    while (stack.get(lowest).creation() != creation) {
      lowest++;
    }
    List<Integer> localCopies = new ArrayList<>();
    for (int i = 0; i < at.locals().size(); i++) {
      if (at.locals().get(i).creation() == creation) {
        localCopies.add(i);
      }
    }
    if (localCopies.isEmpty() && lowest == stack.size() - 2) {
      code.op(Opcodes.POP, Opcodes.POP);
      construct(creation, call, arguments, slots);
    } else {
      anywhere(creation, call, arguments, slots, stack.subList(lowest, stack.size()), localCopies);
    }
    return true;
  }

  /** The object may be in any number of operands and locals: all get the new one. */
  private void anywhere(
      TypeInsnNode creation,
      MethodInsnNode call,
      Type[] arguments,
      int[] slots,
      List<VType> operands,
      List<Integer> localCopies) {
    int next = copy.temporariesAfter(arguments);
    int[] kept = new int[operands.size()];
    for (int i = operands.size() - 1; i >= 0; i--) {
      VType type = operands.get(i);
      if (type.creation() == creation) {
        code.op(Opcodes.POP);
      } else {
        kept[i] = next;
        next += type.size();
        code.store(type, kept[i]);
      }
    }
    construct(creation, call, arguments, slots);
    code.astore(next);
    for (int local : localCopies) {
      code.aload(next).astore(copy.slot(local));
    }
    for (int i = 0; i < operands.size() - 1; i++) {
      if (operands.get(i).creation() == creation) {
        code.aload(next);
      } else {
        code.load(operands.get(i), kept[i]);
      }
    }
  }

  private void construct(
      TypeInsnNode creation, MethodInsnNode call, Type[] arguments, int[] slots) {
    code.type(Opcodes.NEW, creation.desc).op(Opcodes.DUP);
    copy.unspill(arguments, slots);
    code.invoke(Opcodes.INVOKESPECIAL, call.owner, "<init>", call.desc, false);
  }

  /** The {@code NEW} that a label of an uninitialised type refers to. */
  static @Nullable TypeInsnNode creationAt(LabelNode label) {
    AbstractInsnNode insn = label;
    while (insn != null && insn.getOpcode() < 0) {
      insn = insn.getNext();
    }
    return insn instanceof TypeInsnNode type && type.getOpcode() == Opcodes.NEW ? type : null;
  }
}

package dev.coweave.weave.emit;

import dev.coweave.weave.bytecode.FrameTypes;
import dev.coweave.weave.bytecode.FrameTypes.At;
import dev.coweave.weave.bytecode.VType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.CodeSizeEvaluator;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * Conditional jumps over more than 32 KB, which have no instruction (JVMS 4.7.3, 6.5):
 *
 * <pre>
 *   IFEQ far     becomes     IFNE near; GOTO far; near: frame
 * </pre>
 *
 * <p>ASM does the same, but forgets the class of an object in the frames that it inserts if the object's constructor had a conditional
 * argument: {@code new Foo(c ? a : b)}. It is left to make a goto_w of the GOTO, which needs no frame.
 */
final class FarJumps {
  private final MethodNode method;
  private final InsnList insns;

  private FarJumps(MethodNode method) {
    this.method = method;
    this.insns = method.instructions;
  }

  /** Rewrites a method's far jumps. Its frames must be expanded. */
  static void rewrite(String owner, MethodNode method) {
    // In a constructor the frames would need uninitializedThis; nothing there is woven, so nothing
    // there gets farther.
    if (!method.name.equals("<init>") && sizeOf(method) > Short.MAX_VALUE) {
      new FarJumps(method).rewrite(owner);
    }
  }

  private static int sizeOf(MethodNode method) {
    CodeSizeEvaluator size = new CodeSizeEvaluator(null);
    method.accept((MethodVisitor) size);
    return size.getMaxSize();
  }

  private void rewrite(String owner) {
    List<JumpInsnNode> far = far();
    Map<AbstractInsnNode, JumpInsnNode> after = new HashMap<>();
    for (JumpInsnNode jump : far) {
      AbstractInsnNode next = jump.getNext();
      while (next != null && next.getOpcode() < 0 && !(next instanceof FrameNode)) {
        next = next.getNext();
      }
      if (next != null && next.getOpcode() >= 0) {
        after.put(next, jump);
      }
    }
    FrameTypes types = new FrameTypes(method, owner, after::containsKey);
    Map<JumpInsnNode, At> frames = new HashMap<>();
    after.forEach(
        (next, jump) -> {
          At at = types.before(insns.indexOf(next));
          if (at != null) {
            frames.put(jump, at);
          }
        });
    for (JumpInsnNode jump : far) {
      LabelNode near = new LabelNode();
      InsnList written = new InsnList();
      Code code =
          new Code(written)
              .jump(opposite(jump.getOpcode()), near)
              .jump(Opcodes.GOTO, jump.label)
              .label(near);
      At at = frames.get(jump);
      if (at != null) {
        code.frame(locals(at), at.stack().stream().map(this::entry).toList());
      }
      insns.insert(jump, written);
      insns.remove(jump);
    }
  }

  /** Those that may be too long: how long they are is known when they are written. Each is moved by what it becomes, up to 8 bytes. */
  private List<JumpInsnNode> far() {
    int[] offsets = new int[insns.size()];
    CodeSizeEvaluator size = new CodeSizeEvaluator(null);
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = size.getMaxSize();
      insns.get(i).accept(size);
    }
    List<JumpInsnNode> far = new ArrayList<>();
    for (AbstractInsnNode insn : insns) {
      if (insn instanceof JumpInsnNode jump
          && jump.getOpcode() != Opcodes.GOTO
          && Math.abs(offsets[insns.indexOf(jump.label)] - offsets[insns.indexOf(jump)])
              > Short.MAX_VALUE - 8) {
        far.add(jump);
      }
    }
    return far;
  }

  private static int opposite(int opcode) {
    return opcode >= Opcodes.IFNULL ? opcode ^ 1 : ((opcode + 1) ^ 1) - 1;
  }

  private List<Object> locals(At at) {
    List<Object> result = new ArrayList<>();
    for (int slot = 0; slot < at.locals().size(); slot += at.locals().get(slot).size()) {
      result.add(entry(at.locals().get(slot)));
    }
    return result;
  }

  private Object entry(VType type) {
    TypeInsnNode creation = type.creation();
    if (creation == null) {
      return type.toFrame();
    }
    AbstractInsnNode before = creation.getPrevious();
    LabelNode label = before instanceof LabelNode l ? l : new LabelNode();
    if (label != before) {
      insns.insertBefore(creation, label);
    }
    return label;
  }
}

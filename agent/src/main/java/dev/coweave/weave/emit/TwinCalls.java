package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.analysis.TwinDesc;
import dev.coweave.weave.bytecode.VType;
import java.util.Map;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;

/** The calls of a copied body that go from twin to twin, and the guard before those whose receiver may be of a class that isn't woven (docs/adr/0001). */
final class TwinCalls {
  private final BodyCopy copy;
  private final Code code;

  TwinCalls(BodyCopy copy) {
    this.copy = copy;
    this.code = copy.code;
  }

  /**
   * Calls a callee's twin; its operands are on the stack.
   *
   * <pre>
   *                                   …, receiver, a1 … an
   *   an … a1 to temporaries          …, receiver              if the receiver must be looked at
   *   if (class of receiver is not the class that was woven) goto plain
   *   temporaries                     …, receiver, a1 … an
   *   c.depth = depth; c              …, receiver, a1 … an, c
   *   call the twin; goto done        …, result
   * plain:                            …, receiver
   *   temporaries; call the method    …, result
   * done:                             …, result
   * </pre>
   */
  void call(SuspensionPoint point) {
    MethodInsnNode call = point.callee().call();
    if (!point.callee().guarded()) {
      enterTwin(call);
      return;
    }
    CopyFrames frames = copy.frames;
    LabelNode plain = new LabelNode();
    LabelNode done = new LabelNode();
    Type[] arguments = point.callee().argumentTypes();
    int[] slots = copy.spill(arguments);
    guard(call, plain);
    copy.unspill(arguments, slots);
    enterTwin(call);
    code.jump(Opcodes.GOTO, done);
    code.label(plain)
        .frame(frames.locals(point, arguments, slots), frames.stack(point, VType.ref(call.owner)));
    copy.unspill(arguments, slots);
    code.add(call.clone(Map.of()));
    code.label(done)
        .frame(frames.locals(point), frames.stack(point, VType.of(point.callee().returnType())));
  }

  private void guard(MethodInsnNode call, LabelNode plain) {
    code.op(Opcodes.DUP);
    if (!call.itf) {
      code.add(new LdcInsnNode(Type.getObjectType(call.owner)));
      runtimeTest(RuntimeMember.MAY_ENTER, plain);
      return;
    }
    // The receiver is asked in line, so that the JIT knows what classes come here.
    runtimeTest(RuntimeMember.MAY_ANSWER, plain);
    code.op(Opcodes.DUP, Opcodes.DUP).type(Opcodes.CHECKCAST, RuntimeAbi.WOVEN);
    code.call(RuntimeMember.WOVEN_CLASS);
    code.op(Opcodes.SWAP)
        .virtual("java/lang/Object", "getClass", "()Ljava/lang/Class;")
        .jump(Opcodes.IF_ACMPNE, plain);
  }

  private void runtimeTest(RuntimeMember test, LabelNode otherwise) {
    code.call(test).jump(Opcodes.IFEQ, otherwise);
  }

  private void enterTwin(MethodInsnNode call) {
    code.aload(copy.c);
    if (!copy.method.isLeaf()) {
      code.op(Opcodes.DUP);
      copy.depth();
      code.put(RuntimeMember.DEPTH);
    }
    code.invoke(call.getOpcode(), call.owner, call.name, TwinDesc.of(call.desc), call.itf);
  }
}

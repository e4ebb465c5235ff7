package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.StateMachine;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Writes the frame of a coroutine method.
 *
 * <pre>
 *   final class Service$$fetch extends Frame {
 *     URI l0; int i1; …
 *     public void resume(Continuation c) { c.give(Service.fetch(this, c)); }
 *     public String trace() { return "com.acme.Service|fetch|Service.java|12,14,17"; }
 *     static final String coweave$trace = "com.acme.Service|fetch|Service.java|12,14,17";
 *   }
 * </pre>
 */
final class FrameClassEmitter {
  private static final int ACCESS = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;

  private static final int TRACE_ACCESS =
      Opcodes.ACC_STATIC | Opcodes.ACC_FINAL | Opcodes.ACC_SYNTHETIC;

  private FrameClassEmitter() {}

  static ClassNode emit(StateMachine machine, ClassNode owner) {
    ClassNode frame = classOf(machine, owner, RuntimeAbi.FRAME);
    MethodNode init = method(frame, 0, "<init>", "()V");
    new Code(init.instructions)
        .aload(0)
        .invoke(Opcodes.INVOKESPECIAL, RuntimeAbi.FRAME, "<init>", "()V", false)
        .op(Opcodes.RETURN);
    resume(machine, frame, (owner.access & Opcodes.ACC_INTERFACE) != 0);
    trace(machine, frame, owner.sourceFile);
    return frame;
  }

  static void trace(StateMachine machine, ClassNode frame, @Nullable String sourceFile) {
    String text = trace(machine, sourceFile);
    MethodNode trace = method(frame, Opcodes.ACC_PUBLIC, RuntimeMember.TRACE);
    new Code(trace.instructions).constant(text).op(Opcodes.ARETURN);
    frame.fields.add(
        new FieldNode(TRACE_ACCESS, StateMachine.TRACE_FIELD, "Ljava/lang/String;", null, text));
  }

  /** A class with the machine's fields. */
  static ClassNode classOf(StateMachine machine, ClassNode owner, String superName) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    c.version = owner.version & 0xffff;
    c.access = ACCESS;
    c.name = machine.frameClass();
    c.superName = superName;
    machine.fields().forEach(f -> c.fields.add(new FieldNode(0, f.name(), f.desc(), null, null)));
    return c;
  }

  /** Overrides a method of the runtime. */
  static MethodNode method(ClassNode c, int access, RuntimeMember overridden) {
    return method(c, access, overridden.member(), overridden.desc());
  }

  static MethodNode method(ClassNode c, int access, String name, String desc) {
    MethodNode m = new MethodNode(Opcodes.ASM9, access, name, desc, null, null);
    c.methods.add(m);
    return m;
  }

  private static void resume(StateMachine machine, ClassNode frame, boolean ownerIsInterface) {
    CoroutineMethod method = machine.method();
    VType result = VType.of(Type.getReturnType(method.source().desc));
    Code code = new Code(method(frame, Opcodes.ACC_PUBLIC, RuntimeMember.RESUME).instructions);
    if (result.kind() != VType.Kind.TOP) {
      code.aload(1);
    }
    code.aload(0)
        .aload(1)
        .invoke(
            Opcodes.INVOKESTATIC,
            method.owner(),
            method.source().name,
            machine.resumeDesc(),
            ownerIsInterface);
    if (result.kind() != VType.Kind.TOP) {
      String given =
          result.kind() == VType.Kind.REF ? "Ljava/lang/Object;" : result.toType().getDescriptor();
      code.call(RuntimeMember.give(given));
    }
    code.op(Opcodes.RETURN);
  }

  private static String trace(StateMachine machine, @Nullable String file) {
    CoroutineMethod method = machine.method();
    String lines =
        machine.states().stream()
            .map(s -> String.valueOf(s.line()))
            .collect(Collectors.joining(","));
    return method.place() + "|" + (file == null ? "" : file) + "|" + lines;
  }
}

package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.FrameField;
import dev.coweave.weave.machine.StateMachine;
import java.util.List;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Writes what a durable method needs beyond any other coroutine.
 *
 * <pre>
 *   final class Orders$$order extends Frame implements DurableFrame {
 *     public Object coweave$get(int field) { switch (field) { case 0: return l0; case 1: return Integer.valueOf(i1); … } }
 *     public void coweave$set(int field, Object value) { switch (field) { case 0: l0 = (String) value; return; … } }
 *     public DurableFrame coweave$fresh() { return new Orders$$order(); }
 *     public String coweave$describe() { return "durable\t1\n…"; }
 *   }
 *   class Orders {
 *     public static synthetic DurableFrame[] coweave$durable() { return new DurableFrame[] {new Orders$$order(), …}; }
 *   }
 * </pre>
 */
final class DurableEmitter {
  /** Constants are at most 65,535 bytes (JVMS 4.4.7); a character takes three at most. */
  private static final int PIECE = 20_000;

  private DurableEmitter() {}

  /** Lets a frame be written and read. */
  static void frame(ClassNode frame, StateMachine machine, String text) {
    frame.interfaces.add(DurableAbi.FRAME);
    get(frame, machine.fields());
    set(frame, machine.fields());
    MethodNode fresh =
        method(frame, Opcodes.ACC_PUBLIC, DurableAbi.FRESH, "()L" + DurableAbi.FRAME + ";");
    fresh.visitTypeInsn(Opcodes.NEW, frame.name);
    fresh.visitInsn(Opcodes.DUP);
    fresh.visitMethodInsn(Opcodes.INVOKESPECIAL, frame.name, "<init>", "()V", false);
    fresh.visitInsn(Opcodes.ARETURN);
    MethodNode m = method(frame, Opcodes.ACC_PUBLIC, DurableAbi.DESCRIBE, "()Ljava/lang/String;");
    m.visitLdcInsn(text.substring(0, Math.min(PIECE, text.length())));
    for (int at = PIECE; at < text.length(); at += PIECE) {
      m.visitLdcInsn(text.substring(at, Math.min(text.length(), at + PIECE)));
      m.visitMethodInsn(
          Opcodes.INVOKEVIRTUAL,
          "java/lang/String",
          "concat",
          "(Ljava/lang/String;)Ljava/lang/String;",
          false);
    }
    m.visitInsn(Opcodes.ARETURN);
  }

  private static void get(ClassNode frame, List<FrameField> fields) {
    MethodNode m = method(frame, Opcodes.ACC_PUBLIC, DurableAbi.GET, "(I)Ljava/lang/Object;");
    each(
        m,
        frame,
        fields,
        f -> {
          m.visitVarInsn(Opcodes.ALOAD, 0);
          m.visitFieldInsn(Opcodes.GETFIELD, frame.name, f.name(), f.desc());
          String box = box(f.type());
          if (!box.isEmpty()) {
            m.visitMethodInsn(
                Opcodes.INVOKESTATIC, box, "valueOf", "(" + f.desc() + ")L" + box + ";", false);
          }
          m.visitInsn(Opcodes.ARETURN);
        });
    m.visitInsn(Opcodes.ACONST_NULL);
    m.visitInsn(Opcodes.ARETURN);
  }

  private static void set(ClassNode frame, List<FrameField> fields) {
    MethodNode m = method(frame, Opcodes.ACC_PUBLIC, DurableAbi.SET, "(ILjava/lang/Object;)V");
    each(
        m,
        frame,
        fields,
        f -> {
          m.visitVarInsn(Opcodes.ALOAD, 0);
          m.visitVarInsn(Opcodes.ALOAD, 2);
          String box = box(f.type());
          if (!box.isEmpty()) {
            m.visitTypeInsn(Opcodes.CHECKCAST, box);
            m.visitMethodInsn(
                Opcodes.INVOKEVIRTUAL,
                box,
                f.type().toType().getClassName() + "Value",
                "()" + f.desc(),
                false);
          } else if (!f.desc().equals("Ljava/lang/Object;")) {
            m.visitTypeInsn(Opcodes.CHECKCAST, f.type().toType().getInternalName());
          }
          m.visitFieldInsn(Opcodes.PUTFIELD, frame.name, f.name(), f.desc());
          m.visitInsn(Opcodes.RETURN);
        });
    m.visitInsn(Opcodes.RETURN);
  }

  private interface Case {
    void write(FrameField field);
  }

  /** <pre>switch (field) { case 0: …; case 1: …; }</pre> */
  private static void each(MethodVisitor m, ClassNode frame, List<FrameField> fields, Case body) {
    if (fields.isEmpty()) {
      return;
    }
    Label[] cases = new Label[fields.size()];
    for (int i = 0; i < cases.length; i++) {
      cases[i] = new Label();
    }
    Label none = new Label();
    m.visitVarInsn(Opcodes.ILOAD, 1);
    m.visitTableSwitchInsn(0, cases.length - 1, none, cases);
    for (int i = 0; i < cases.length; i++) {
      at(m, frame, cases[i]);
      body.write(fields.get(i));
    }
    at(m, frame, none);
  }

  private static void at(MethodVisitor m, ClassNode frame, Label label) {
    MethodNode node = (MethodNode) m;
    m.visitLabel(label);
    Object[] locals = locals(frame, node.desc);
    m.visitFrame(Opcodes.F_FULL, locals.length, locals, 0, new Object[0]);
  }

  private static Object[] locals(ClassNode frame, String desc) {
    Type[] arguments = Type.getArgumentTypes(desc);
    Object[] result = new Object[arguments.length + 1];
    result[0] = frame.name;
    for (int i = 0; i < arguments.length; i++) {
      result[i + 1] = VType.of(arguments[i]).toFrame();
    }
    return result;
  }

  private static String box(VType type) {
    return switch (type.kind()) {
      case INT -> "java/lang/Integer";
      case LONG -> "java/lang/Long";
      case FLOAT -> "java/lang/Float";
      case DOUBLE -> "java/lang/Double";
      case TOP, NULL, REF, UNINITIALIZED -> "";
    };
  }

  /** Gives a class the method that makes a fresh frame of each of its durable methods. */
  static void frames(ClassNode owner, List<String> frames) {
    String desc = "()[L" + DurableAbi.FRAME + ";";
    int access = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC;
    MethodNode m = method(owner, access, DurableAbi.FRAMES, desc);
    m.visitIntInsn(Opcodes.SIPUSH, frames.size());
    m.visitTypeInsn(Opcodes.ANEWARRAY, DurableAbi.FRAME);
    for (int i = 0; i < frames.size(); i++) {
      m.visitInsn(Opcodes.DUP);
      m.visitIntInsn(Opcodes.SIPUSH, i);
      m.visitTypeInsn(Opcodes.NEW, frames.get(i));
      m.visitInsn(Opcodes.DUP);
      m.visitMethodInsn(Opcodes.INVOKESPECIAL, frames.get(i), "<init>", "()V", false);
      m.visitInsn(Opcodes.AASTORE);
    }
    m.visitInsn(Opcodes.ARETURN);
  }

  /** Lets the twin ask whether it may be entered here: it may in a run, and by the lambda that begins one. */
  static void enter(MethodNode twin, int continuation) {
    InsnList ask = new InsnList();
    ask.add(new VarInsnNode(Opcodes.ALOAD, continuation));
    ask.add(
        new MethodInsnNode(
            Opcodes.INVOKESTATIC,
            DurableAbi.LINK,
            DurableAbi.ENTER,
            "(" + RuntimeAbi.CONTINUATION_DESC + ")V",
            false));
    twin.instructions.insert(ask);
  }

  private static MethodNode method(ClassNode c, int access, String name, String desc) {
    MethodNode m = new MethodNode(Opcodes.ASM9, access, name, desc, null, null);
    c.methods.add(m);
    return m;
  }
}

package dev.coweave.javac;

import dev.coweave.weave.Options;
import dev.coweave.weave.Weaver;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Loads the weaver while javac, which uses one processor, still parses: that takes a third of the time of a first look. */
final class WarmUp implements Runnable {
  private static final String EXAMPLE = "example/Example";
  private static final String DESCRIPTOR = "(Ljava/lang/Object;)Ljava/lang/Object;";

  private WarmUp() {}

  /** Begins, on a thread of its own, which ends by itself. */
  static void begin() {
    if (Runtime.getRuntime().availableProcessors() > 1) {
      Thread t = new Thread(new WarmUp(), "coweave-warm-up");
      t.setDaemon(true);
      t.start();
    }
  }

  @Override
  public void run() {
    try {
      new Weaver(name -> null, Options.BUILD.withDry(true).withVerify(false)).weave(example());
    } catch (RuntimeException | LinkageError e) {
      // Then the look itself says what is wrong.
    }
  }

  /** A class with one coroutine, which calls itself in a loop. */
  private static byte[] example() {
    ClassWriter c = new ClassWriter(ClassWriter.COMPUTE_FRAMES);
    c.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, EXAMPLE, null, "java/lang/Object", null);
    MethodVisitor m = c.visitMethod(Opcodes.ACC_STATIC, "f", DESCRIPTOR, null, null);
    m.visitAnnotation("Ldev/coweave/Coroutine;", true).visitEnd();
    m.visitCode();
    Label again = new Label();
    m.visitLabel(again);
    m.visitVarInsn(Opcodes.ALOAD, 0);
    m.visitMethodInsn(Opcodes.INVOKESTATIC, EXAMPLE, "f", DESCRIPTOR, false);
    m.visitJumpInsn(Opcodes.IFNULL, again);
    m.visitVarInsn(Opcodes.ALOAD, 0);
    m.visitInsn(Opcodes.ARETURN);
    m.visitMaxs(0, 0);
    m.visitEnd();
    c.visitEnd();
    return c.toByteArray();
  }
}

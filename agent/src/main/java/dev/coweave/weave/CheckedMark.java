package dev.coweave.weave;

import org.objectweb.asm.Attribute;
import org.objectweb.asm.ByteVector;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;

/**
 * The mark of a class whose advice was told by the compiler, where {@code @SuppressWarnings} was seen: it isn't told again when the class is woven.
 * A class of which there was nothing to tell bears none.
 */
public final class CheckedMark {
  private static final String TYPE = "dev.coweave.Checked";

  private CheckedMark() {}

  /**
   * Marks a class.
   *
   * @param classFile its bytes, which are not changed
   * @return the same with an attribute that JVMs pass over (JVMS 4.7.1)
   */
  public static byte[] on(byte[] classFile) {
    ClassReader reader = new ClassReader(classFile);
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public void visitEnd() {
            visitAttribute(new Mark());
            super.visitEnd();
          }
        },
        0);
    return writer.toByteArray();
  }

  /** Takes the mark off a class that is woven now, and tells whether it was there. */
  static boolean takeFrom(ClassNode c) {
    return c.attrs != null && c.attrs.removeIf(a -> a.type.equals(TYPE));
  }

  private static final class Mark extends Attribute {
    Mark() {
      super(TYPE);
    }

    @Override
    protected ByteVector write(
        ClassWriter writer, byte[] code, int codeLength, int maxStack, int maxLocals) {
      return new ByteVector();
    }
  }
}

package dev.coweave.weave;

import dev.coweave.weave.bytecode.ConstantPool;
import java.util.List;
import org.objectweb.asm.Attribute;
import org.objectweb.asm.ByteVector;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/**
 * An empty attribute on the class files that were made for woven classes, so that a later run knows which files in a directory
 * are its own. JVMs ignore attributes that they don't know (JVMS 4.7.1), and other tools keep them.
 */
final class CompanionMark {
  private static final String NAME = "CoweaveCompanion";

  private CompanionMark() {}

  /** Whether a class file bears the mark. */
  static boolean isOn(byte[] classFile) {
    return ConstantPool.contains(classFile, List.of(NAME)) && isClassFile(classFile);
  }

  /** The class file with the mark. */
  static byte[] on(byte[] classFile) {
    ClassReader reader = new ClassReader(classFile);
    // Made from the reader, the writer copies all methods as they are.
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public void visitEnd() {
            super.visitAttribute(new Mark());
            super.visitEnd();
          }
        },
        0);
    return writer.toByteArray();
  }

  /** The look into the constant pool says yes to a corrupt file. */
  private static boolean isClassFile(byte[] bytes) {
    try {
      return new ClassReader(bytes).getItemCount() > 0;
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static final class Mark extends Attribute {
    Mark() {
      super(NAME);
    }

    @Override
    protected ByteVector write(
        ClassWriter writer, byte[] code, int codeLength, int maxStack, int maxLocals) {
      return new ByteVector();
    }
  }
}

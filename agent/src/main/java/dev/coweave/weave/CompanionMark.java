package dev.coweave.weave;

import dev.coweave.weave.bytecode.ConstantPool;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Attribute;
import org.objectweb.asm.ByteVector;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.Opcodes;

/**
 * An attribute on the class files that were made for woven classes, so that a later run knows which files in a directory are its
 * own, and an agent which {@linkplain WeaveResult#shapes shape} they have. JVMs ignore attributes that they don't know (JVMS 4.7.1),
 * and other tools keep them.
 */
public final class CompanionMark {
  private static final String NAME = "CoweaveCompanion";

  private CompanionMark() {}

  /** Whether a class file bears the mark; a corrupt one doesn't. */
  static boolean isOn(byte[] classFile) {
    return shapeIn(classFile) != null;
  }

  /** The shape in the mark of a class file, or null if it bears none. */
  public static @Nullable Integer shapeIn(byte[] classFile) {
    // That look says yes to a corrupt file too.
    if (!ConstantPool.contains(classFile, List.of(NAME))) {
      return null;
    }
    try {
      return read(new ClassReader(classFile)).shape;
    } catch (RuntimeException e) {
      return null;
    }
  }

  private static Mark read(ClassReader reader) {
    Mark mark = new Mark(null);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public void visitAttribute(Attribute attribute) {
            mark.shape = attribute instanceof Mark read ? read.shape : mark.shape;
          }
        },
        new Attribute[] {mark},
        ClassReader.SKIP_CODE);
    return mark;
  }

  /** The class file with the mark. */
  static byte[] on(byte[] classFile, int shape) {
    ClassReader reader = new ClassReader(classFile);
    // Made from the reader, the writer copies all methods as they are.
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public void visitEnd() {
            super.visitAttribute(new Mark(shape));
            super.visitEnd();
          }
        },
        0);
    return writer.toByteArray();
  }

  private static final class Mark extends Attribute {
    @Nullable Integer shape;

    Mark(@Nullable Integer shape) {
      super(NAME);
      this.shape = shape;
    }

    @Override
    protected Attribute read(
        ClassReader reader,
        int offset,
        int length,
        char[] buffer,
        int codeOffset,
        Label @Nullable [] labels) {
      return new Mark(length == Integer.BYTES ? reader.readInt(offset) : null);
    }

    @Override
    protected ByteVector write(
        ClassWriter writer, byte[] code, int codeLength, int maxStack, int maxLocals) {
      return new ByteVector().putInt(Objects.requireNonNull(shape));
    }
  }
}

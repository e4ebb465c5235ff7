package dev.coweave.weave.bytecode;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.BasicVerifier;
import org.objectweb.asm.util.CheckClassAdapter;

/** Checks a class without loading any: its structure, and that each instruction finds operands of the right sizes and sorts. */
public final class Verification {
  private Verification() {}

  /**
   * Hides the flags of a class that have no meaning, as ACC_STATIC: some compilers set them, ASM refuses them, and a JVM
   * ignores them (JVMS 4.1).
   */
  private static final class KnownFlags extends ClassVisitor {
    private static final int KNOWN =
        Opcodes.ACC_PUBLIC
            | Opcodes.ACC_FINAL
            | Opcodes.ACC_SUPER
            | Opcodes.ACC_INTERFACE
            | Opcodes.ACC_ABSTRACT
            | Opcodes.ACC_SYNTHETIC
            | Opcodes.ACC_ANNOTATION
            | Opcodes.ACC_ENUM
            | Opcodes.ACC_MODULE
            | Opcodes.ACC_RECORD
            | Opcodes.ACC_DEPRECATED;

    KnownFlags(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        @Nullable String signature,
        @Nullable String superName,
        String @Nullable [] interfaces) {
      super.visit(version, access & KNOWN, name, signature, superName, interfaces);
    }
  }

  /**
   * Checks a class.
   *
   * @return what is wrong with it, or null
   */
  public static @Nullable String check(byte[] classFile) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    try {
      new ClassReader(classFile)
          .accept(new KnownFlags(new CheckClassAdapter(Opcodes.ASM9, c, false) {}), 0);
      for (MethodNode m : c.methods) {
        new Analyzer<>(new BasicVerifier()).analyze(c.name, m);
      }
      return null;
    } catch (AnalyzerException | RuntimeException | AssertionError e) {
      return e.toString();
    }
  }
}

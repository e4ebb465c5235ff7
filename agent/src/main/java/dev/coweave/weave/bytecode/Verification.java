package dev.coweave.weave.bytecode;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
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
   * Checks a class.
   *
   * @return what is wrong with it, or null
   */
  public static @Nullable String check(byte[] classFile) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    try {
      new ClassReader(classFile).accept(new CheckClassAdapter(Opcodes.ASM9, c, false) {}, 0);
      for (MethodNode m : c.methods) {
        new Analyzer<>(new BasicVerifier()).analyze(c.name, m);
      }
      return null;
    } catch (AnalyzerException | RuntimeException e) {
      return e.toString();
    }
  }
}

package dev.coweave.weave.bytecode;

import java.lang.invoke.LambdaMetafactory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.BasicValue;
import org.objectweb.asm.tree.analysis.BasicVerifier;
import org.objectweb.asm.tree.analysis.Frame;
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

  /**
   * Checks a class more closely, as it came from a compiler: its StackMapTables (JVMS 4.10.1), too.
   *
   * @param classFile of version 50 or newer; an older one has no such tables
   * @return what is wrong with it, or null
   */
  public static @Nullable String checkWithFrames(byte[] classFile) {
    String error = check(classFile);
    if (error != null) {
      return error;
    }
    try {
      ClassNode c = new ClassNode(Opcodes.ASM9);
      new ClassReader(classFile).accept(c, ClassReader.EXPAND_FRAMES);
      ClassWriter copy = new ClassWriter(0); // what can't be copied isn't whole
      c.accept(copy);
      byte[] unused = copy.toByteArray();
      for (MethodNode m : c.methods) {
        for (AbstractInsnNode insn : m.instructions) {
          if (insn instanceof InvokeDynamicInsnNode indy && !isLinkable(indy)) {
            return m.name + m.desc + ": LambdaMetafactory gets arguments of wrong types";
          }
        }
        var unusedTypes = new FrameTypes(m, c.name, insn -> true); // loads from what is no array
        Frame<BasicValue>[] frames = new Analyzer<>(new BasicVerifier()).analyze(c.name, m);
        for (int i = 0; i < frames.length; i++) {
          if (frames[i] != null
              && m.instructions.get(i) instanceof FrameNode declared
              && !fits(declared, frames[i])) {
            return m.name + m.desc + ": a frame of its StackMapTable doesn't fit the code";
          }
        }
      }
      return null;
    } catch (AnalyzerException | RuntimeException | AssertionError e) {
      return e.toString();
    }
  }

  /** Whether the JDK's factories of lambdas get what they take. */
  private static boolean isLinkable(InvokeDynamicInsnNode indy) {
    Object[] args = indy.bsmArgs;
    if (!indy.bsm.getOwner().equals("java/lang/invoke/LambdaMetafactory")) {
      return true;
    }
    return args.length > 2
        && isMethodType(args[0])
        && args[1] instanceof Handle
        && isMethodType(args[2])
        && (indy.bsm.getName().equals("altMetafactory") ? endsWell(args) : args.length == 3)
        && Type.getReturnType(indy.desc).getSort() == Type.OBJECT;
  }

  /** What {@code altMetafactory} takes beside these: flags, and after a number each further interfaces and further types, as the flags say. */
  private static boolean endsWell(Object[] args) {
    if (args.length < 4 || !(args[3] instanceof Integer flags)) {
      return false;
    }
    int at = 4;
    for (int flag : new int[] {LambdaMetafactory.FLAG_MARKERS, LambdaMetafactory.FLAG_BRIDGES}) {
      if ((flags & flag) != 0) {
        if (at >= args.length
            || !(args[at] instanceof Integer n)
            || n < 0
            || n >= args.length - at) {
          return false;
        }
        boolean methods = flag == LambdaMetafactory.FLAG_BRIDGES;
        if (!Arrays.stream(args, at + 1, at + 1 + n)
            .allMatch(a -> a instanceof Type t && (t.getSort() == Type.METHOD) == methods)) {
          return false;
        }
        at += n + 1;
      }
    }
    return true;
  }

  private static boolean isMethodType(Object constant) {
    return constant instanceof Type t && t.getSort() == Type.METHOD;
  }

  /** Whether the code leaves what a frame declares: as many operands, and values of those sorts. */
  private static boolean fits(FrameNode declared, Frame<BasicValue> actual) {
    if (declared.stack.size() != actual.getStackSize()) {
      return false;
    }
    for (int i = 0; i < declared.stack.size(); i++) {
      if (!fits(declared.stack.get(i), actual.getStack(i))) {
        return false;
      }
    }
    int slot = 0;
    for (Object local : declared.local) {
      if (slot >= actual.getLocals() || !fits(local, actual.getLocal(slot))) {
        return false;
      }
      slot += local == Opcodes.LONG || local == Opcodes.DOUBLE ? 2 : 1;
    }
    return true;
  }

  private static boolean fits(Object declared, BasicValue actual) {
    if (declared == Opcodes.TOP) {
      return true;
    }
    if (declared == Opcodes.INTEGER) {
      return actual == BasicValue.INT_VALUE;
    }
    if (declared == Opcodes.LONG) {
      return actual == BasicValue.LONG_VALUE;
    }
    if (declared == Opcodes.FLOAT) {
      return actual == BasicValue.FLOAT_VALUE;
    }
    if (declared == Opcodes.DOUBLE) {
      return actual == BasicValue.DOUBLE_VALUE;
    }
    return actual.isReference();
  }
}

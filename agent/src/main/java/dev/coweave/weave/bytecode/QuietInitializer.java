package dev.coweave.weave.bytecode;

import java.util.Arrays;
import java.util.Set;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * A static initialiser of which no program can tell when it runs: it only sets the class's own fields to constants and to lambdas that capture
 * nothing. It reads nothing, calls nothing of anybody else, and names no class that may be missing. Its lambdas' bodies are its own, so
 * that linking them loads and initialises nothing else.
 */
public final class QuietInitializer {
  private static final String FACTORY = "java/lang/invoke/LambdaMetafactory";

  /** Packages of {@code java.base}. Other modules may be missing from a run-time image. */
  private static final Set<String> PRESENT =
      Set.of(
          "java/io",
          "java/lang",
          "java/math",
          "java/time",
          "java/util",
          "java/util/concurrent",
          "java/util/function",
          "java/util/stream");

  private final String owner;

  private QuietInitializer(String owner) {
    this.owner = owner;
  }

  /** Whether a class, as it was compiled, has such an initialiser or none. */
  public static boolean isQuiet(ClassNode c) {
    QuietInitializer reader = new QuietInitializer(c.name);
    for (MethodNode method : c.methods) {
      if (method.name.equals("<clinit>") && !reader.isQuiet(method)) {
        return false;
      }
    }
    return true;
  }

  private boolean isQuiet(MethodNode initializer) {
    for (AbstractInsnNode insn : initializer.instructions) {
      if (!isQuiet(insn)) {
        return false;
      }
    }
    return true;
  }

  private boolean isQuiet(AbstractInsnNode insn) {
    int opcode = insn.getOpcode();
    if (opcode < 0) {
      return true; // a label, a line or a stack map
    }
    if (opcode <= Opcodes.SIPUSH || opcode == Opcodes.RETURN) {
      return true; // ACONST_NULL and the numbers lie below
    }
    if (insn instanceof LdcInsnNode constant) {
      return constant.cst instanceof Number || constant.cst instanceof String;
    }
    if (insn instanceof FieldInsnNode field) {
      return opcode == Opcodes.PUTSTATIC && field.owner.equals(owner);
    }
    return insn instanceof InvokeDynamicInsnNode lambda && isQuiet(lambda);
  }

  private boolean isQuiet(InvokeDynamicInsnNode lambda) {
    return lambda.bsm.getOwner().equals(FACTORY)
        && Type.getArgumentCount(lambda.desc) == 0
        && isPresent(Type.getType(lambda.desc))
        && Arrays.stream(lambda.bsmArgs).allMatch(this::isQuietArgument);
  }

  private boolean isQuietArgument(Object argument) {
    if (argument instanceof Handle body) {
      return body.getOwner().equals(owner) && isPresent(Type.getType(body.getDesc()));
    }
    return argument instanceof Integer || (argument instanceof Type type && isPresent(type));
  }

  private boolean isPresent(Type type) {
    return switch (type.getSort()) {
      case Type.METHOD ->
          isPresent(type.getReturnType())
              && Arrays.stream(type.getArgumentTypes()).allMatch(this::isPresent);
      case Type.ARRAY -> isPresent(type.getElementType());
      case Type.OBJECT -> isPresent(type.getInternalName());
      default -> true;
    };
  }

  private boolean isPresent(String name) {
    int slash = name.lastIndexOf('/');
    return name.equals(owner) || (slash > 0 && PRESENT.contains(name.substring(0, slash)));
  }
}

package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.InlinedLine;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.LineNumberNode;
import org.objectweb.asm.tree.MethodNode;

/** Where things are in the source, as a reader knows it. */
public final class Lines {
  private Lines() {}

  /** The line of an instruction, or 0; of one that was inlined, the caller's. */
  public static int of(AbstractInsnNode insn) {
    LineNumberNode line = before(insn);
    return line == null ? 0 : shown(line);
  }

  /** The line that traces have for an instruction, or 0. */
  public static int inTraces(AbstractInsnNode insn) {
    LineNumberNode line = before(insn);
    return line == null ? 0 : line.line;
  }

  private static @Nullable LineNumberNode before(AbstractInsnNode insn) {
    for (AbstractInsnNode i = insn; i != null; i = i.getPrevious()) {
      if (i instanceof LineNumberNode line) {
        return line;
      }
    }
    return null;
  }

  private static int shown(LineNumberNode line) {
    return line instanceof InlinedLine inlined ? inlined.caller() : line.line;
  }

  /** The line of a method's first instruction, or 0. */
  public static int first(MethodNode method) {
    for (AbstractInsnNode i = method.instructions.getFirst(); i != null; i = i.getNext()) {
      if (i instanceof LineNumberNode line) {
        return shown(line);
      }
    }
    return 0;
  }

  /** A method as {@code com.acme.Service.fetch(URI, int)}. */
  public static String name(String owner, String method, String desc) {
    return owner.replace('/', '.') + "." + simpleName(method, desc);
  }

  /** A method as {@code fetch(URI, int)}. */
  public static String simpleName(String method, String desc) {
    String parameters =
        Arrays.stream(Type.getArgumentTypes(desc))
            .map(t -> simple(t.getClassName()))
            .collect(Collectors.joining(", "));
    return method + "(" + parameters + ")";
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }
}

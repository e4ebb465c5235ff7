package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.CoroutineMethod;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.IntInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceInterpreter;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * Tells in words how a value came about: {@code iterator(orders)}, {@code total+get(prices)}. By it a value without a name in the source is
 * found again in other code: the operand of an expression, what a loop or a {@code finally} keeps. Two values of one method that came about
 * otherwise are never taken for each other.
 */
final class Expressions {
  private static final int MAX_DEPTH = 6;

  /** What is longer is told by its beginning and a digest. */
  private static final int MAX_LENGTH = 40;

  private final CoroutineMethod method;
  private final MethodNode source;
  private @Nullable Frame<SourceValue> @Nullable [] frames;

  Expressions(CoroutineMethod method) {
    this.method = method;
    this.source = method.source();
  }

  /** Where the values before an instruction come from; null if it isn't reached. */
  @Nullable Frame<SourceValue> at(int index) {
    if (frames == null) {
      try {
        frames = new Analyzer<>(new SourceInterpreter()).analyze(method.owner(), source);
      } catch (AnalyzerException e) {
        throw new IllegalStateException(e);
      }
    }
    return frames[index];
  }

  /** The local in a slot, as it came about. */
  String local(int slot, int index) {
    Frame<SourceValue> f = at(index);
    return f == null ? "" : brief(of(f.getLocal(slot), 0));
  }

  /** An operand, counted from the bottom of the stack, as it came about. */
  String operand(int place, int index) {
    Frame<SourceValue> f = at(index);
    return f == null ? "" : brief(of(f.getStack(place), 0));
  }

  private static String brief(String text) {
    if (text.length() <= MAX_LENGTH) {
      return text;
    }
    UUID digest = UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8));
    return text.substring(0, MAX_LENGTH / 2) + "~" + digest.toString().substring(0, 13);
  }

  /** The source's variable in a slot, where an instruction stands or where its value was just stored. */
  @Nullable LocalVariableNode variable(int slot, int index) {
    if (source.localVariables == null) {
      return null;
    }
    for (LocalVariableNode v : source.localVariables) {
      if (v.index == slot
          && source.instructions.indexOf(v.start) <= index
          && index < source.instructions.indexOf(v.end)) {
        return v;
      }
    }
    return null;
  }

  private String of(SourceValue value, int depth) {
    if (depth > MAX_DEPTH) {
      return "…";
    }
    TreeSet<String> ways = new TreeSet<>();
    value.insns.forEach(insn -> ways.add(of(insn, depth + 1)));
    return ways.isEmpty() ? "thrown" : String.join("|", ways);
  }

  private String of(AbstractInsnNode insn, int depth) {
    int index = source.instructions.indexOf(insn);
    Frame<SourceValue> f = at(index);
    if (f == null) {
      return "";
    }
    if (insn instanceof VarInsnNode v && v.getOpcode() <= Opcodes.ALOAD) {
      LocalVariableNode named = variable(v.var, index);
      return named != null ? named.name : of(f.getLocal(v.var), depth);
    } else if (insn instanceof IincInsnNode i) {
      LocalVariableNode named = variable(i.var, index);
      return (named == null ? "" : named.name) + "+" + i.incr;
    } else if (insn instanceof LdcInsnNode l) {
      return l.cst instanceof String s ? "'" + s + "'" : String.valueOf(l.cst);
    } else if (insn instanceof MethodInsnNode m) {
      boolean isStatic = m.getOpcode() == Opcodes.INVOKESTATIC;
      return m.name + arguments(f, m.desc, isStatic ? 0 : 1, depth);
    } else if (insn instanceof InvokeDynamicInsnNode d) {
      return d.name + constants(d) + arguments(f, d.desc, 0, depth);
    } else if (insn instanceof FieldInsnNode field) {
      return field.getOpcode() == Opcodes.GETSTATIC
          ? field.owner.substring(field.owner.lastIndexOf('/') + 1) + "." + field.name
          : top(f, 1, depth) + "." + field.name;
    } else if (insn instanceof TypeInsnNode t && t.getOpcode() == Opcodes.NEW) {
      return "new " + t.desc.substring(t.desc.lastIndexOf('/') + 1);
    } else if (insn instanceof IntInsnNode i && i.getOpcode() != Opcodes.NEWARRAY) {
      return String.valueOf(i.operand);
    }
    return operation(insn.getOpcode(), f, depth);
  }

  /** The strings of a concatenation; the names of lambdas have numbers that say nothing. */
  private static String constants(InvokeDynamicInsnNode d) {
    return String.join(
        "",
        Arrays.stream(d.bsmArgs).filter(String.class::isInstance).map(a -> "'" + a + "'").toList());
  }

  private String operation(int opcode, Frame<SourceValue> f, int depth) {
    boolean stores = opcode >= Opcodes.ISTORE && opcode <= Opcodes.ASTORE;
    if (stores || opcode == Opcodes.CHECKCAST || opcode == Opcodes.DUP) {
      return top(f, 1, depth);
    }
    if (opcode >= Opcodes.ACONST_NULL && opcode <= Opcodes.DCONST_1) {
      return "const" + opcode;
    }
    boolean two =
        (opcode >= Opcodes.IALOAD && opcode <= Opcodes.SALOAD)
            || (opcode >= Opcodes.IADD && opcode <= Opcodes.DREM)
            || (opcode >= Opcodes.ISHL && opcode <= Opcodes.LXOR)
            || (opcode >= Opcodes.LCMP && opcode <= Opcodes.DCMPG);
    return "op" + opcode + "(" + (two ? top(f, 2, depth) + "," : "") + top(f, 1, depth) + ")";
  }

  /** The n-th operand from the top, or nothing. */
  private String top(Frame<SourceValue> f, int n, int depth) {
    return f.getStackSize() < n ? "" : of(f.getStack(f.getStackSize() - n), depth);
  }

  private String arguments(Frame<SourceValue> f, String desc, int receiver, int depth) {
    int count = Type.getArgumentTypes(desc).length + receiver;
    List<String> arguments = new ArrayList<>();
    for (int i = count; i > 0; i--) {
      arguments.add(top(f, i, depth));
    }
    return "(" + String.join(",", arguments) + ")";
  }
}

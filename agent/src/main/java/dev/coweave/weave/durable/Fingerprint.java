package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.DurableAbi;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.Handle;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.IntInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.LineNumberNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.MultiANewArrayInsnNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * A digest of a method's name, instructions and points. Two versions of a method with the same fingerprint do the same, so an activation of one can go on
 * in the other. Lines and the numbers in the names of lambdas don't count: an edit elsewhere in the file changes both.
 */
final class Fingerprint {
  private final Map<LabelNode, Integer> labels = new HashMap<>();
  private final Map<String, Integer> lambdas = new HashMap<>();
  private final StringBuilder text = new StringBuilder();

  private Fingerprint() {}

  /** The fingerprint of a method: 16 hexadecimal digits. */
  static String of(String owner, MethodNode method, List<DurablePoint> points) {
    Fingerprint f = new Fingerprint();
    // Which calls wait is not in the method's own code alone.
    points.forEach(p -> f.text.append(p.key()).append(p.callee()).append('\n'));
    f.text.append(owner).append(' ').append(DurableAbi.nameOf(method)).append('\n');
    f.number(method);
    for (AbstractInsnNode insn : method.instructions) {
      f.add(insn);
    }
    for (TryCatchBlockNode b : method.tryCatchBlocks) {
      f.text.append(
          f.label(b.start) + " " + f.label(b.end) + " " + f.label(b.handler) + " " + b.type);
    }
    return digest(f.text.toString());
  }

  /** Numbers the labels that code refers to, in their order; those of lines don't count. */
  private void number(MethodNode method) {
    Set<LabelNode> used = new HashSet<>();
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof JumpInsnNode j) {
        used.add(j.label);
      } else if (insn instanceof TableSwitchInsnNode s) {
        used.add(s.dflt);
        used.addAll(s.labels);
      } else if (insn instanceof LookupSwitchInsnNode s) {
        used.add(s.dflt);
        used.addAll(s.labels);
      }
    }
    for (TryCatchBlockNode b : method.tryCatchBlocks) {
      used.addAll(List.of(b.start, b.end, b.handler));
    }
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof LabelNode label && used.contains(label)) {
        labels.put(label, labels.size());
      }
    }
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each JVM has SHA-256", e);
    }
  }

  private String label(LabelNode label) {
    return "L" + labels.get(label);
  }

  /** The body of a lambda, by its order in the method. */
  private String handle(Handle h) {
    String name =
        h.getName().contains("lambda$")
            ? "lambda" + lambdas.computeIfAbsent(h.getName(), n -> lambdas.size())
            : h.getName();
    return h.getTag() + h.getOwner() + "." + name + h.getDesc();
  }

  private void add(AbstractInsnNode insn) {
    if (insn instanceof LineNumberNode || insn instanceof FrameNode) {
      return;
    }
    if (insn instanceof LabelNode label) {
      if (labels.containsKey(label)) {
        text.append(label(label)).append(":\n");
      }
      return;
    }
    text.append(insn.getOpcode()).append(' ').append(operands(insn)).append('\n');
  }

  private String operands(AbstractInsnNode insn) {
    if (insn instanceof VarInsnNode v) {
      return "" + v.var;
    } else if (insn instanceof IincInsnNode i) {
      return i.var + " " + i.incr;
    } else if (insn instanceof IntInsnNode i) {
      return "" + i.operand;
    } else if (insn instanceof LdcInsnNode l) {
      return l.cst.getClass().getSimpleName() + " " + l.cst;
    } else if (insn instanceof TypeInsnNode t) {
      return t.desc;
    } else if (insn instanceof FieldInsnNode f) {
      return f.owner + "." + f.name + " " + f.desc;
    } else if (insn instanceof MethodInsnNode m) {
      return m.owner + "." + m.name + m.desc;
    } else if (insn instanceof InvokeDynamicInsnNode d) {
      return d.name
          + d.desc
          + d.bsm.getName()
          + Arrays.stream(d.bsmArgs).map(this::argument).toList();
    } else if (insn instanceof JumpInsnNode j) {
      return label(j.label);
    } else if (insn instanceof TableSwitchInsnNode s) {
      return s.min + " " + label(s.dflt) + s.labels.stream().map(this::label).toList();
    } else if (insn instanceof LookupSwitchInsnNode s) {
      return s.keys + " " + label(s.dflt) + s.labels.stream().map(this::label).toList();
    } else if (insn instanceof MultiANewArrayInsnNode a) {
      return a.desc + a.dims;
    }
    return "";
  }

  private String argument(Object argument) {
    return argument instanceof Handle h ? handle(h) : String.valueOf(argument);
  }
}

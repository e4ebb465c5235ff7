package dev.coweave.weave;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.FieldNode;
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
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;
import org.objectweb.asm.util.Printer;

/**
 * A class file as text that a person can read: no package names, no frames, and labels that say what they are for. What the weaver
 * writes has shapes that tell: the cases of the switch on the state, the jumps at their ends (to inside the call that suspended), the
 * jumps after a test of {@code suspended} (to where the activation is saved), the handlers.
 */
final class BytecodeText {
  private final StringBuilder out = new StringBuilder();
  private final Map<LabelNode, String> labels = new HashMap<>();
  private int others;

  private BytecodeText() {}

  /** The class, with its synthetic members. */
  static String of(byte[] classFile) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    new ClassReader(classFile).accept(c, 0);
    StringBuilder text =
        new StringBuilder(access(c.access & ~Opcodes.ACC_SUPER, true))
            .append("class ")
            .append(simple(c.name));
    text.append(" extends ").append(simple(c.superName));
    if (!c.interfaces.isEmpty()) {
      text.append(" implements ")
          .append(
              c.interfaces.stream().map(BytecodeText::simple).collect(Collectors.joining(", ")));
    }
    text.append("\n");
    for (FieldNode f : c.fields) {
      text.append("  ")
          .append(access(f.access, false))
          .append(type(f.desc))
          .append(" ")
          .append(f.name);
      text.append(f.value == null ? "\n" : " = " + f.value + "\n");
    }
    for (MethodNode m : c.methods) {
      text.append("\n").append(of(m));
    }
    return text.toString();
  }

  private static String of(MethodNode m) {
    BytecodeText text = new BytecodeText();
    text.out
        .append("  ")
        .append(access(m.access, false))
        .append(type(Type.getReturnType(m.desc).getDescriptor()))
        .append(" ");
    text.out.append(m.name).append(arguments(m.desc)).append("\n");
    text.label(m);
    for (AbstractInsnNode insn : m.instructions) {
      text.print(insn, m);
    }
    for (TryCatchBlockNode b : m.tryCatchBlocks) {
      text.line(
          "try "
              + text.name(b.start)
              + " to "
              + text.name(b.end)
              + " catch "
              + (b.type == null ? "any" : simple(b.type))
              + " at "
              + text.name(b.handler));
    }
    return text.out.toString();
  }

  // ---- labels

  private void label(MethodNode m) {
    List<AbstractInsnNode> insns = new ArrayList<>();
    m.instructions.forEach(
        insn -> {
          if (insn.getOpcode() >= 0 || insn instanceof LabelNode) {
            insns.add(insn);
          }
        });
    int saves = 0;
    String block = "";
    for (int i = 0; i < insns.size(); i++) {
      AbstractInsnNode insn = insns.get(i);
      AbstractInsnNode before = before(insns, i);
      if (insn instanceof LabelNode label && labels.containsKey(label)) {
        block = labels.get(label);
      } else if (insn instanceof TableSwitchInsnNode s && reads(before, "state", "coweave$state")) {
        for (int k = 0; k < s.labels.size(); k++) {
          labels.put(s.labels.get(k), "case" + k);
        }
      } else if (insn instanceof JumpInsnNode jump) {
        int opcode = insn.getOpcode();
        if (reads(before, "suspended")) {
          labels.put(jump.label, opcode == Opcodes.IFEQ ? "done" : "save" + ++saves);
        } else if (reads(before, "UNWIND_ALL")) {
          labels.put(jump.label, "body");
        } else if (reads(before, "depth", "MAX_DEPTH")) {
          labels.put(jump.label, "unwind");
        } else if (opcode == Opcodes.GOTO && block.startsWith("case")) {
          labels.put(jump.label, block.equals("case0") ? "start" : block.replace("case", "in"));
        } else if (opcode == Opcodes.GOTO && block.startsWith("save")) {
          labels.put(jump.label, "saved");
        } else if (opcode == Opcodes.GOTO
            && before instanceof JumpInsnNode test
            && labels.getOrDefault(test.label, "").startsWith("save")) {
          labels.put(jump.label, labels.get(test.label).replace("save", "after"));
        }
      }
    }
    int handlers = 0;
    int ranges = 0;
    for (TryCatchBlockNode b : m.tryCatchBlocks) {
      if (labels.putIfAbsent(b.handler, "catch" + (handlers + 1)) == null) {
        handlers++;
      }
      ranges++;
      labels.putIfAbsent(b.start, "from" + ranges);
      labels.putIfAbsent(b.end, "to" + ranges);
    }
    for (AbstractInsnNode insn : insns) {
      for (LabelNode target : targets(insn)) {
        if (!labels.containsKey(target)) {
          labels.put(target, "L" + ++others);
        }
      }
    }
  }

  private static List<LabelNode> targets(AbstractInsnNode insn) {
    List<LabelNode> result = new ArrayList<>();
    if (insn instanceof JumpInsnNode jump) {
      result.add(jump.label);
    } else if (insn instanceof LookupSwitchInsnNode s) {
      result.addAll(s.labels);
      result.add(s.dflt);
    } else if (insn instanceof TableSwitchInsnNode s) {
      result.addAll(s.labels);
      result.add(s.dflt);
    }
    return result;
  }

  private static boolean reads(AbstractInsnNode insn, String... fields) {
    return insn instanceof FieldInsnNode f && List.of(fields).contains(f.name);
  }

  /** The real instruction before one. */
  private static AbstractInsnNode before(List<AbstractInsnNode> insns, int i) {
    for (int k = i - 1; k >= 0; k--) {
      if (insns.get(k).getOpcode() >= 0) {
        return insns.get(k);
      }
    }
    return null;
  }

  private String name(LabelNode label) {
    return labels.getOrDefault(label, "?");
  }

  // ---- instructions

  private void line(String text) {
    out.append("    ").append(text).append("\n");
  }

  private void print(AbstractInsnNode insn, MethodNode m) {
    if (insn instanceof LabelNode label) {
      if (labels.containsKey(label)) {
        out.append("   ").append(name(label)).append(":\n");
      }
    } else if (insn instanceof LineNumberNode l) {
      line("// line " + l.line);
    } else if (insn.getOpcode() >= 0 && !(insn instanceof FrameNode)) {
      line(
          (Printer.OPCODES[insn.getOpcode()].toLowerCase(java.util.Locale.ROOT)
                  + " "
                  + operand(insn, m))
              .stripTrailing());
    }
  }

  private String operand(AbstractInsnNode insn, MethodNode m) {
    if (insn instanceof VarInsnNode v) {
      return v.var + variable(m, v.var, insn);
    } else if (insn instanceof IincInsnNode i) {
      return i.var + variable(m, i.var, insn) + " by " + i.incr;
    } else if (insn instanceof IntInsnNode i) {
      return "" + i.operand;
    } else if (insn instanceof LdcInsnNode l) {
      return l.cst instanceof String s
          ? s.length() > 60 ? "\"…\"" : "\"" + s + "\""
          : l.cst instanceof Type t ? type(t.getDescriptor()) + ".class" : "" + l.cst;
    } else if (insn instanceof TypeInsnNode t) {
      return simple(t.desc);
    } else if (insn instanceof JumpInsnNode j) {
      return name(j.label);
    } else if (insn instanceof FieldInsnNode f) {
      return simple(f.owner) + "." + f.name;
    } else if (insn instanceof MethodInsnNode c) {
      return simple(c.owner) + "." + c.name + arguments(c.desc);
    } else if (insn instanceof InvokeDynamicInsnNode d) {
      return d.name + arguments(d.desc) + " by " + simple(d.bsm.getOwner()) + "." + d.bsm.getName();
    } else if (insn instanceof TableSwitchInsnNode s) {
      return s.labels.stream().map(this::name).collect(Collectors.joining(" "))
          + " else "
          + name(s.dflt);
    } else if (insn instanceof LookupSwitchInsnNode s) {
      return s.labels.stream().map(this::name).collect(Collectors.joining(" "))
          + " else "
          + name(s.dflt);
    }
    return "";
  }

  private static String variable(MethodNode m, int slot, AbstractInsnNode at) {
    int index = m.instructions.indexOf(at);
    if (m.localVariables != null) {
      for (var v : m.localVariables) {
        // A variable's range begins after the store that gives it its first value.
        int start = m.instructions.indexOf(v.start);
        if (v.index == slot && start <= index + 2 && index < m.instructions.indexOf(v.end)) {
          return " " + v.name;
        }
      }
    }
    return "";
  }

  // ---- names

  private static String access(int access, boolean isClass) {
    StringBuilder s = new StringBuilder();
    String[] names = {"public", "private", "protected", "static", "final", "abstract", "synthetic"};
    int[] flags = {
      Opcodes.ACC_PUBLIC,
      Opcodes.ACC_PRIVATE,
      Opcodes.ACC_PROTECTED,
      Opcodes.ACC_STATIC,
      Opcodes.ACC_FINAL,
      Opcodes.ACC_ABSTRACT,
      Opcodes.ACC_SYNTHETIC
    };
    for (int i = 0; i < flags.length; i++) {
      if ((access & flags[i]) != 0) {
        s.append(names[i]).append(' ');
      }
    }
    return s.toString();
  }

  private static String arguments(String desc) {
    return List.of(Type.getArgumentTypes(desc)).stream()
        .map(t -> type(t.getDescriptor()))
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static String type(String desc) {
    return simple(Type.getType(desc).getClassName());
  }

  private static String simple(String name) {
    return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('.')) + 1);
  }
}

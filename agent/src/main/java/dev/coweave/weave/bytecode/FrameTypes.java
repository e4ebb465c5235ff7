package dev.coweave.weave.bytecode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.AnalyzerAdapter;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * The verifier's types of locals and operands before chosen instructions. They are read from the StackMapTable that the
 * compiler wrote and followed from there instruction by instruction (JVMS 4.10.1), so that no class is ever loaded to find a
 * common superclass.
 */
public final class FrameTypes {
  /**
   * The types at one place, by slot: the second slot of a long or double is {@link VType#TOP}.
   *
   * @param locals by slot; may be shorter than the method's locals
   * @param stack from the bottom, one entry a value
   */
  public record At(List<VType> locals, List<VType> stack) {}

  private final Map<Integer, At> types = new HashMap<>();

  /**
   * Follows a method.
   *
   * @param method its frames must be expanded
   * @param owner the class's internal name
   * @param wanted which instructions to note
   */
  public FrameTypes(
      MethodNode method, String owner, java.util.function.Predicate<AbstractInsnNode> wanted) {
    AnalyzerAdapter adapter =
        new AnalyzerAdapter(Opcodes.ASM9, owner, method.access, method.name, method.desc, null) {};
    Map<Label, TypeInsnNode> news = new HashMap<>();
    List<Label> pending = new ArrayList<>();
    int index = 0;
    for (AbstractInsnNode insn = method.instructions.getFirst();
        insn != null;
        insn = insn.getNext(), index++) {
      if (insn instanceof LabelNode label) {
        pending.add(label.getLabel());
      }
      if (insn.getOpcode() >= 0) {
        if (adapter.locals != null && wanted.test(insn)) {
          types.put(
              index,
              new At(
                  types(adapter.locals, adapter, news, true),
                  types(adapter.stack, adapter, news, false)));
        }
        if (insn.getOpcode() == Opcodes.NEW) {
          for (Label label : pending) {
            news.put(label, (TypeInsnNode) insn);
          }
        }
        pending.clear();
      }
      insn.accept(adapter);
      if (insn.getOpcode() == Opcodes.NEW && adapter.stack != null) {
        news.put((Label) adapter.stack.get(adapter.stack.size() - 1), (TypeInsnNode) insn);
      }
    }
  }

  /** The types before a wanted instruction; null if no frame says how it is reached. */
  public @Nullable At before(int index) {
    return types.get(index);
  }

  private static List<VType> types(
      List<Object> from, AnalyzerAdapter adapter, Map<Label, TypeInsnNode> news, boolean bySlot) {
    List<VType> result = new ArrayList<>(from.size());
    for (int i = 0; i < from.size(); i++) {
      VType type = VType.of(from.get(i), news);
      result.add(type);
      if (type.size() == 2) {
        i++;
        if (bySlot) {
          result.add(VType.TOP);
        }
      }
    }
    return result;
  }
}

package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.bytecode.VType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.FrameNode;

/**
 * The StackMapTable of a copied body (JVMS 4.7.4): the compiler's own frames with c and x put in, and those at suspension points, from the types that the analysis
 * found there.
 */
final class CopyFrames {
  private final BodyCopy copy;

  CopyFrames(BodyCopy copy) {
    this.copy = copy;
  }

  // ---- the compiler's

  List<Object> locals(int index, FrameNode frame) {
    List<Object> result = new ArrayList<>();
    int slot = 0;
    for (Object local : frame.local) {
      if (slot == copy.c) {
        addOwn(result);
      }
      int size = local == Opcodes.LONG || local == Opcodes.DOUBLE ? 2 : 1;
      if (copy.hasLocal(copy.method.liveness().before(index), slot)) {
        result.add(copy.frameEntry(local));
      } else {
        result.addAll(Collections.nCopies(size, Opcodes.TOP));
      }
      slot += size;
    }
    for (; slot < copy.c; slot++) {
      result.add(Opcodes.TOP);
    }
    if (slot == copy.c) {
      addOwn(result);
    }
    return result;
  }

  private void addOwn(List<Object> locals) {
    locals.add(RuntimeAbi.CONTINUATION);
    locals.add(copy.xType().toFrame());
  }

  List<Object> operands(FrameNode frame) {
    List<Object> result = new ArrayList<>();
    frame.stack.forEach(entry -> result.add(copy.frameEntry(entry)));
    return result;
  }

  // ---- at suspension points

  /** The locals at a suspension point, as entries of a frame. */
  List<Object> locals(SuspensionPoint point) {
    return locals(point, new Type[0], new int[0]);
  }

  /**
   * The locals at a suspension point that are live, as entries of a frame: all that is needed where it is saved. With the dead ones the
   * frames of a method with many variables would be larger than its code.
   */
  List<Object> liveLocals(SuspensionPoint point) {
    return entries(bySlot(point, point.live()::get));
  }

  private List<VType> bySlot(SuspensionPoint point, IntPredicate has) {
    List<VType> bySlot = new ArrayList<>();
    for (int i = 0; i < point.locals().size(); i++) {
      if (has.test(i)) {
        put(bySlot, copy.slot(i), point.locals().get(i));
      }
    }
    put(bySlot, copy.c, VType.ref(RuntimeAbi.CONTINUATION));
    put(bySlot, copy.x, copy.xType());
    return bySlot;
  }

  /** The locals at a suspension point while operands are in temporaries. */
  List<Object> locals(SuspensionPoint point, Type[] spilled, int[] slots) {
    List<VType> bySlot = bySlot(point, i -> copy.hasLocal(point.live(), i));
    for (int i = 0; i < spilled.length; i++) {
      put(bySlot, slots[i], VType.of(spilled[i]));
    }
    return entries(bySlot);
  }

  /** Locals of which only c and x are known. */
  List<Object> ownLocals(VType typeOfX) {
    List<VType> bySlot = new ArrayList<>();
    put(bySlot, copy.c, VType.ref(RuntimeAbi.CONTINUATION));
    put(bySlot, copy.x, typeOfX);
    return entries(bySlot);
  }

  private List<Object> entries(List<VType> bySlot) {
    List<Object> result = new ArrayList<>();
    for (int i = 0; i < bySlot.size(); i += bySlot.get(i).size()) {
      result.add(copy.frameEntry(bySlot.get(i)));
    }
    return result;
  }

  private static void put(List<VType> bySlot, int slot, VType type) {
    if (type.kind() == VType.Kind.TOP) {
      return;
    }
    while (bySlot.size() < slot + type.size()) {
      bySlot.add(VType.TOP);
    }
    bySlot.set(slot, type);
  }

  /** The operands below a suspension point's call and one above them, as entries of a frame. */
  List<Object> stack(SuspensionPoint point, VType above) {
    List<Object> result = new ArrayList<>();
    point.stack().forEach(t -> result.add(copy.frameEntry(t)));
    if (above.kind() != VType.Kind.TOP) {
      result.add(copy.frameEntry(above));
    }
    return result;
  }
}

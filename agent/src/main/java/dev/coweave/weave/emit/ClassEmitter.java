package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.machine.ClassPlan;
import dev.coweave.weave.machine.PlannedStamp;
import dev.coweave.weave.machine.PlannedTwin;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldNode;
import org.objectweb.asm.tree.MethodNode;

/** Writes what the weaver adds to a class, and the classes that it adds beside it. */
public final class ClassEmitter {
  private final ClassNode c;
  private final boolean itf;
  private final Map<String, ClassNode> companions = new LinkedHashMap<>();

  /**
   * Writes into a class.
   *
   * @param c the class as it was compiled; changed
   */
  public ClassEmitter(ClassNode c) {
    this.c = c;
    this.itf = (c.access & Opcodes.ACC_INTERFACE) != 0;
  }

  /** The frames and generators that were written, by internal name. */
  public Map<String, ClassNode> companions() {
    return companions;
  }

  /**
   * Writes what a plan says, but for the classes of lambdas, which are woven like any other.
   *
   * @param plan the plan of this class
   */
  public void emit(ClassPlan plan) {
    plan.machines().forEach(this::coroutine);
    plan.twins().forEach(this::twin);
    PlannedStamp stamp = plan.stamp();
    if (stamp != null) {
      stamp(stamp);
    }
  }

  /** Writes a twin that has no body of the user's. */
  public void twin(PlannedTwin twin) {
    c.methods.add(
        twin.forwards()
            ? EntryEmitter.forwarder(c.name, itf, twin.plain())
            : TwinEmitter.signature(twin.plain(), 0));
  }

  /** Writes a coroutine: its twin, its resume copy, its frame or generator, and the entry in place of its body. A forwarder's body stays: it calls its target's entry. */
  private void coroutine(StateMachine machine) {
    MethodNode method = machine.method().source();
    List<MethodNode> added = new ArrayList<>();
    ClassNode companion;
    if (machine.method().kind().isGenerator()) {
      companion = GeneratorClassEmitter.emit(machine, c);
    } else {
      companion = FrameClassEmitter.emit(machine, c);
      added.add(TwinEmitter.emit(machine, c.sourceFile));
    }
    // First: a debugger that takes the first location of a line, as jdb does, stops after waits,
    // too.
    added.add(0, ResumeEmitter.emit(machine, itf, c.sourceFile));
    if (!machine.method().forwarder()) {
      EntryEmitter.emit(machine, method, itf);
    }
    if (machine.method().kind().isGenerator()) {
      added.add(EntryEmitter.forwarder(c.name, itf, method));
    }
    c.methods.addAll(added);
    companions.put(companion.name, companion);
  }

  private void stamp(PlannedStamp planned) {
    AnnotationNode stamp = new AnnotationNode(RuntimeAbi.STAMP_DESC);
    stamp.values = new ArrayList<>(List.of(RuntimeAbi.STAMP_ABI, RuntimeAbi.VERSION));
    if (c.invisibleAnnotations == null) {
      c.invisibleAnnotations = new ArrayList<>();
    }
    c.invisibleAnnotations.add(stamp);
    if (planned.answers()) {
      if (!c.interfaces.contains(RuntimeAbi.WOVEN)) {
        c.interfaces.add(RuntimeAbi.WOVEN);
      }
      MethodNode own =
          FrameClassEmitter.method(
              c, Opcodes.ACC_PUBLIC | Opcodes.ACC_SYNTHETIC, RuntimeMember.WOVEN_CLASS);
      new Code(own.instructions).constant((Object) Type.getObjectType(c.name)).op(Opcodes.ARETURN);
    }
    if (planned.marked()) {
      constant(RuntimeAbi.WOVEN_MARK, "Z", null);
    }
    if (planned.serialVersionUid() != null) {
      constant("serialVersionUID", "J", planned.serialVersionUid());
    }
    if ((c.access & Opcodes.ACC_INTERFACE) == 0) {
      refuseToBeHidden();
    }
  }

  /**
   * <pre>private static Owner coweave$cannotBeHidden() { return (Owner) null; }</pre>
   *
   * <p>Never called. In a hidden class that is made of these bytes (JVMS 5.3.5, {@code Lookup.defineHiddenClass}) the cast is to the hidden class and the
   * return type is the one of that name: the verifier refuses it. Else the frames, which know the class by its name, would go on in that.
   */
  private void refuseToBeHidden() {
    MethodNode m =
        new MethodNode(
            Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC,
            "coweave$cannotBeHidden",
            "()L" + c.name + ";",
            null,
            null);
    new Code(m.instructions)
        .op(Opcodes.ACONST_NULL)
        .type(Opcodes.CHECKCAST, c.name)
        .op(Opcodes.ARETURN);
    c.methods.add(m);
  }

  private void constant(String name, String desc, @Nullable Object value) {
    int access =
        Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_FINAL | Opcodes.ACC_SYNTHETIC;
    c.fields.add(new FieldNode(access, name, desc, null, value));
  }

  /** A class as bytes. Its frames are all there; only the sizes of stack and locals are computed, which needs no other class. */
  public static byte[] write(ClassNode c) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    // Where jumps become too long ASM reads the class once more; its limits are meant for hostile
    // classes, not for large ones.
    writer.setComputeLimits(Integer.MAX_VALUE, Long.MAX_VALUE);
    c.methods.forEach(m -> FarJumps.rewrite(c.name, m));
    c.accept(writer);
    return writer.toByteArray();
  }
}

package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.Inheritance;
import dev.coweave.weave.analysis.LambdaSite;
import dev.coweave.weave.analysis.Lambdas;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.machine.StateMachine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** Writes what the weaver adds to a class, and the classes that it adds beside it. */
public final class ClassEmitter {
  /** Constants are at most 65,535 bytes (JVMS 4.4.7); a byte takes two at most. */
  private static final int PIECE = 32_000;

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

  /** The twin of an abstract method is abstract too. */
  public void abstractTwin(MethodNode method) {
    c.methods.add(TwinEmitter.signature(method, 0));
  }

  /** Gives a method a twin that calls it. */
  public void forwarder(MethodNode method) {
    c.methods.add(EntryEmitter.forwarder(c.name, itf, method));
  }

  /** Gives an inherited method a twin that calls it. */
  public void forwarder(MethodInfo inherited) {
    int access = inherited.access() & (Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED);
    forwarder(new MethodNode(Opcodes.ASM9, access, inherited.name(), inherited.desc(), null, null));
  }

  /** Writes a coroutine: its twin, its resume copy, its frame or generator, and the entry in place of its body. A forwarder's body stays: it calls its target's entry. */
  public void coroutine(StateMachine machine, MethodNode method) {
    List<MethodNode> added = new ArrayList<>();
    ClassNode companion;
    if (machine.method().kind().isGenerator()) {
      companion = GeneratorClassEmitter.emit(machine, c);
    } else {
      companion = FrameClassEmitter.emit(machine, c);
      added.add(TwinEmitter.emit(machine, c.sourceFile));
    }
    added.add(ResumeEmitter.emit(machine, itf, c.sourceFile));
    if (!machine.method().forwarder()) {
      EntryEmitter.emit(machine, method, itf);
    }
    if (machine.method().kind().isGenerator()) {
      added.add(EntryEmitter.forwarder(c.name, itf, method));
    }
    c.methods.addAll(added);
    companions.put(companion.name, companion);
  }

  /**
   * Replaces the places where coroutine lambdas are made.
   *
   * @param names gives a free name to the class of a lambda
   * @param weave weaves the plain class of a lambda
   * @param asClasses whether lambdas become classes beside this one; else their bytes go into this one
   */
  public void lambdas(
      Lambdas lambdas,
      LambdaBodies bodies,
      Supplier<String> names,
      UnaryOperator<ClassNode> weave,
      boolean asClasses) {
    Map<String, ClassNode> classes = new HashMap<>();
    Map<InvokeDynamicInsnNode, LambdaSite> sites = new HashMap<>();
    lambdas.sites().forEach(s -> sites.put(s.indy(), s));
    for (MethodNode method : c.methods) {
      for (AbstractInsnNode insn : method.instructions.toArray()) {
        LambdaSite site = insn instanceof InvokeDynamicInsnNode indy ? sites.get(indy) : null;
        if (site != null) {
          ClassNode lambda =
              classes.computeIfAbsent(
                  site.key(),
                  k ->
                      weave.apply(
                          LambdaClassEmitter.emit(site, bodies.target(site), names.get(), c)));
          method.instructions.set(insn, asClasses ? direct(site, lambda) : embedded(site, lambda));
        }
      }
    }
    if (asClasses) {
      classes.values().forEach(l -> companions.put(l.name, l));
    }
  }

  private static AbstractInsnNode direct(LambdaSite site, ClassNode lambda) {
    return new MethodInsnNode(
        Opcodes.INVOKESTATIC, lambda.name, LambdaClassEmitter.CREATE, site.indy().desc, false);
  }

  private static AbstractInsnNode embedded(LambdaSite site, ClassNode lambda) {
    RuntimeMember link = RuntimeMember.LAMBDA_LINK;
    Handle bootstrap =
        new Handle(Opcodes.H_INVOKESTATIC, link.owner(), link.member(), link.desc(), false);
    List<Object> arguments = new ArrayList<>(List.of(lambda.name.replace('/', '.')));
    String bytes = new String(write(lambda), StandardCharsets.ISO_8859_1);
    for (int at = 0; at < bytes.length(); at += PIECE) {
      arguments.add(bytes.substring(at, Math.min(bytes.length(), at + PIECE)));
    }
    return new InvokeDynamicInsnNode(
        LambdaClassEmitter.CREATE, site.indy().desc, bootstrap, arguments.toArray());
  }

  /**
   * Marks the class as woven.
   *
   * @param inheritance what it inherits
   * @param serialVersionUid its default serialVersionUID before weaving, or null
   */
  public void stamp(Inheritance inheritance, @Nullable Long serialVersionUid) {
    AnnotationNode stamp = new AnnotationNode(RuntimeAbi.STAMP_DESC);
    stamp.values = new ArrayList<>(List.of(RuntimeAbi.STAMP_ABI, RuntimeAbi.VERSION));
    if (c.invisibleAnnotations == null) {
      c.invisibleAnnotations = new ArrayList<>();
    }
    c.invisibleAnnotations.add(stamp);
    inheritance.forwarders().forEach(this::forwarder);
    if (inheritance.stamped()) {
      if (!c.interfaces.contains(RuntimeAbi.WOVEN)) {
        c.interfaces.add(RuntimeAbi.WOVEN);
      }
      MethodNode own =
          FrameClassEmitter.method(
              c, Opcodes.ACC_PUBLIC | Opcodes.ACC_SYNTHETIC, RuntimeMember.WOVEN_CLASS);
      new Code(own.instructions).constant((Object) Type.getObjectType(c.name)).op(Opcodes.ARETURN);
      if (!"java/lang/Object".equals(c.superName)) {
        constant(RuntimeAbi.WOVEN_MARK, "Z", null);
      }
    }
    if (serialVersionUid != null) {
      constant("serialVersionUID", "J", serialVersionUid);
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

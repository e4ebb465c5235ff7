package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.LambdaSite;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.PlannedLambda;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.FieldNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Writes the class of a coroutine lambda, as a compiler without {@code invokedynamic} would: plain, with an annotated method,
 * and woven after that like any other class. Where only default methods of the interface are coroutines, its method is plain.
 *
 * <pre>
 *   final class Service$$Lambda$0 implements CoroutineCallable {
 *     final Service c0; final int c1;                                       // what it captures
 *     Service$$Lambda$0(Service c0, int c1) { … }
 *     static CoroutineCallable create(Service c0, int c1) { return new Service$$Lambda$0(c0, c1); }
 *     {@literal @}Coroutine public Object call() { return Service.lambda$0(c0, c1); }
 *   }
 * </pre>
 */
final class LambdaClassEmitter {
  /** The static method that makes a lambda of what it captures. */
  static final String CREATE = "create";

  /** The field that holds the only lambda of those that capture nothing. */
  private static final String INSTANCE = "INSTANCE";

  private final LambdaSite site;
  private final Handle target;
  private final ClassNode owner;
  private final ClassNode c = new ClassNode(Opcodes.ASM9);
  private final Type[] captured;

  private LambdaClassEmitter(PlannedLambda lambda, ClassNode owner) {
    this.site = lambda.site();
    this.target = lambda.target();
    this.owner = owner;
    this.captured = site.captured();
    c.version = owner.version & 0xffff;
    c.access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
    c.name = lambda.className();
    c.superName = "java/lang/Object";
    c.sourceFile = owner.sourceFile;
  }

  /**
   * The class of a lambda.
   *
   * @param owner the class that makes it
   */
  static ClassNode emit(PlannedLambda lambda, ClassNode owner) {
    LambdaClassEmitter emitter = new LambdaClassEmitter(lambda, owner);
    emitter.create();
    for (String desc : emitter.interfaces()) {
      emitter.method(desc);
    }
    if (emitter.c.interfaces.contains("java/io/Serializable")) {
      emitter.writeReplace(owner.name);
    }
    return emitter.c;
  }

  /** Adds the interfaces, and returns the descriptors under which the method is to be found. */
  private Set<String> interfaces() {
    Set<String> interfaces = new LinkedHashSet<>(List.of(site.interfaceName()));
    if (site.isSerializable()) {
      interfaces.add("java/io/Serializable");
    }
    interfaces.addAll(site.markers());
    c.interfaces.addAll(interfaces);
    Set<String> descs = new LinkedHashSet<>(List.of(site.methodDesc()));
    descs.addAll(site.bridges());
    return descs;
  }

  private void create() {
    String init = Type.getMethodDescriptor(Type.VOID_TYPE, captured);
    Code constructor = code(0, "<init>", init);
    Code create = code(Opcodes.ACC_STATIC, CREATE, site.indy().desc);
    constructor.aload(0).invoke(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
    if (captured.length == 0) {
      constructor.op(Opcodes.RETURN);
      createOnce(create);
      return;
    }
    create.type(Opcodes.NEW, c.name).op(Opcodes.DUP);
    int slot = 0;
    for (int i = 0; i < captured.length; i++) {
      c.fields.add(
          new FieldNode(Opcodes.ACC_FINAL, "c" + i, captured[i].getDescriptor(), null, null));
      constructor
          .aload(0)
          .load(VType.of(captured[i]), slot + 1)
          .putField(c.name, "c" + i, captured[i].getDescriptor());
      create.load(VType.of(captured[i]), slot);
      slot += captured[i].getSize();
    }
    constructor.op(Opcodes.RETURN);
    create.invoke(Opcodes.INVOKESPECIAL, c.name, "<init>", init, false).op(Opcodes.ARETURN);
  }

  /** As the JDK's: one that captures nothing is the same object at each evaluation. */
  private void createOnce(Code create) {
    String desc = Type.getObjectType(c.name).getDescriptor();
    c.fields.add(new FieldNode(Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, INSTANCE, desc, null, null));
    code(Opcodes.ACC_STATIC, "<clinit>", "()V")
        .type(Opcodes.NEW, c.name)
        .op(Opcodes.DUP)
        .invoke(Opcodes.INVOKESPECIAL, c.name, "<init>", "()V", false)
        .add(new FieldInsnNode(Opcodes.PUTSTATIC, c.name, INSTANCE, desc))
        .op(Opcodes.RETURN);
    if (site.interfaceName().equals(owner.name)) {
      createWhileInitialised(create, desc);
    }
    create.getStatic(c.name, INSTANCE, desc).op(Opcodes.ARETURN);
  }

  /**
   * Whoever initialises the lambda's class by its name initialises its interface first, if that has a default method (JVMS 5.5); and that may
   * make the lambda for a constant of its own before INSTANCE is set.
   */
  private void createWhileInitialised(Code create, String desc) {
    LabelNode isSet = new LabelNode();
    create.getStatic(c.name, INSTANCE, desc).jump(Opcodes.IFNONNULL, isSet);
    create.type(Opcodes.NEW, c.name).op(Opcodes.DUP);
    create.invoke(Opcodes.INVOKESPECIAL, c.name, "<init>", "()V", false).op(Opcodes.ARETURN);
    create.label(isSet).frame(List.of(), List.of());
  }

  private Code code(int access, String name, String desc) {
    return new Code(FrameClassEmitter.method(c, access, name, desc).instructions);
  }

  /** The interface's method: what is captured and its own arguments, adapted, go to the implementation. */
  private void method(String desc) {
    MethodNode method = FrameClassEmitter.method(c, Opcodes.ACC_PUBLIC, site.indy().name, desc);
    method.exceptions = new ArrayList<>(List.of("java/lang/Exception"));
    if (site.suspends()) {
      method.visibleAnnotations =
          new ArrayList<>(List.of(new AnnotationNode(RuntimeAbi.COROUTINE_DESC)));
    }
    Code code = new Code(method.instructions);
    boolean creates = target.getTag() == Opcodes.H_NEWINVOKESPECIAL;
    if (creates) {
      code.type(Opcodes.NEW, target.getOwner()).op(Opcodes.DUP);
    }
    List<Type> wanted = new ArrayList<>();
    if (!creates && target.getTag() != Opcodes.H_INVOKESTATIC) {
      wanted.add(Type.getObjectType(target.getOwner()));
    }
    wanted.addAll(List.of(Type.getArgumentTypes(target.getDesc())));
    int next = 0;
    for (int i = 0; i < captured.length; i++) {
      code.aload(0).getField(c.name, "c" + i, captured[i].getDescriptor());
      Adaptation.convert(code, captured[i], captured[i], wanted.get(next++));
    }
    Type[] given = Type.getArgumentTypes(desc);
    Type[] instantiated = Type.getArgumentTypes(site.instantiatedDesc());
    int slot = 1;
    for (int i = 0; i < given.length; i++) {
      code.load(VType.of(given[i]), slot);
      slot += given[i].getSize();
      Adaptation.convert(code, given[i], instantiated[i], wanted.get(next++));
    }
    code.invoke(
        opcode(), target.getOwner(), target.getName(), target.getDesc(), target.isInterface());
    Type result =
        creates ? Type.getObjectType(target.getOwner()) : Type.getReturnType(target.getDesc());
    Adaptation.convertResult(code, result, Type.getReturnType(desc));
    code.returns(Type.getReturnType(desc));
  }

  private int opcode() {
    return switch (target.getTag()) {
      case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
      case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
      case Opcodes.H_NEWINVOKESPECIAL -> Opcodes.INVOKESPECIAL;
      default -> Opcodes.INVOKEVIRTUAL;
    };
  }

  /** As the JDK's lambdas do: serialized as what the compiler's $deserializeLambda$ makes it from again. */
  private void writeReplace(String owner) {
    Handle implementation = site.implementation();
    Code code =
        code(Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL, "writeReplace", "()Ljava/lang/Object;");
    code.type(Opcodes.NEW, "java/lang/invoke/SerializedLambda").op(Opcodes.DUP);
    code.constant((Object) Type.getObjectType(owner))
        .constant((Object) site.interfaceName())
        .constant((Object) site.indy().name);
    code.constant((Object) site.methodDesc()).constant(implementation.getTag());
    code.constant((Object) implementation.getOwner())
        .constant((Object) implementation.getName())
        .constant((Object) implementation.getDesc());
    code.constant((Object) site.instantiatedDesc())
        .constant(captured.length)
        .type(Opcodes.ANEWARRAY, "java/lang/Object");
    for (int i = 0; i < captured.length; i++) {
      code.op(Opcodes.DUP)
          .constant(i)
          .aload(0)
          .getField(c.name, "c" + i, captured[i].getDescriptor());
      Adaptation.convertResult(code, captured[i], Type.getObjectType("java/lang/Object"));
      code.op(Opcodes.AASTORE);
    }
    String string = "Ljava/lang/String;";
    code.invoke(
        Opcodes.INVOKESPECIAL,
        "java/lang/invoke/SerializedLambda",
        "<init>",
        "(Ljava/lang/Class;" + string.repeat(3) + "I" + string.repeat(4) + "[Ljava/lang/Object;)V",
        false);
    code.op(Opcodes.ARETURN);
  }
}

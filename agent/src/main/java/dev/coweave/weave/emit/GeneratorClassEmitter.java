package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.FrameField;
import dev.coweave.weave.machine.Slot;
import dev.coweave.weave.machine.StateMachine;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldNode;

/**
 * Writes the class of a generator method's generators: generator, continuation and root frame in one.
 *
 * <pre>
 *   final class Numbers$$range extends Generator {
 *     int i0; …                                                   // the arguments, then whatever is live at a yield
 *     int primitive;                                              // the element, if all yields give the same primitive
 *     Numbers$$range(int n) { this.i0 = n; }
 *     protected boolean step(Continuation c) { return Numbers.range(this, c); }
 *     protected Object take() { return Integer.valueOf(primitive); }
 *     protected void clear() { … = null; }
 *     protected Generator fresh() { return new Numbers$$range(i0); } // of methods that return Iterable
 *   }                                                             // an async generator extends AsyncGenerator; both have a trace() as frames do
 * </pre>
 */
final class GeneratorClassEmitter {
  /** What is returned runs the body afresh each time that it is asked for elements. */
  private static final Set<String> RESTARTED =
      Set.of("java/lang/Iterable", "java/util/concurrent/Flow$Publisher");

  /** The field that holds a primitive element. */
  static final String PRIMITIVE = "primitive";

  private final StateMachine machine;
  private final ClassNode c;

  private GeneratorClassEmitter(StateMachine machine, ClassNode c) {
    this.machine = machine;
    this.c = c;
  }

  static ClassNode emit(StateMachine machine, ClassNode owner) {
    boolean waits = machine.method().kind() == Kind.ASYNC_GENERATOR;
    String superName = waits ? RuntimeAbi.ASYNC_GENERATOR : RuntimeAbi.GENERATOR;
    ClassNode c = FrameClassEmitter.classOf(machine, owner, superName);
    GeneratorClassEmitter emitter = new GeneratorClassEmitter(machine, c);
    emitter.constructor();
    emitter.step((owner.access & Opcodes.ACC_INTERFACE) != 0);
    emitter.take();
    emitter.clear();
    if (RESTARTED.contains(Type.getReturnType(machine.method().source().desc).getInternalName())) {
      emitter.fresh();
    }
    FrameClassEmitter.trace(machine, c, owner.sourceFile);
    return c;
  }

  /** The constructor takes what the method takes, the receiver first. */
  static String constructorDesc(StateMachine machine) {
    CoroutineMethod method = machine.method();
    String desc = method.source().desc;
    String receiver =
        (method.source().access & Opcodes.ACC_STATIC) == 0 ? "L" + method.owner() + ";" : "";
    return "(" + receiver + desc.substring(1, desc.indexOf(')') + 1) + "V";
  }

  private void constructor() {
    Code code = code(0, "<init>", constructorDesc(machine));
    code.aload(0).invoke(Opcodes.INVOKESPECIAL, c.superName, "<init>", "()V", false);
    for (Slot parameter : machine.states().get(0).locals()) {
      FrameField field = parameter.field();
      if (field != null) {
        code.aload(0)
            .load(parameter.type(), parameter.index() + 1)
            .putField(c.name, field.name(), field.desc());
      }
    }
    code.op(Opcodes.RETURN);
  }

  private void step(boolean ownerIsInterface) {
    CoroutineMethod method = machine.method();
    code(RuntimeMember.STEP)
        .aload(0)
        .aload(1)
        .invoke(
            Opcodes.INVOKESTATIC,
            method.owner(),
            method.source().name,
            machine.resumeDesc(),
            ownerIsInterface)
        .op(Opcodes.IRETURN);
  }

  private void take() {
    Type element = machine.element();
    if (element == null) {
      return;
    }
    c.fields.add(new FieldNode(0, PRIMITIVE, element.getDescriptor(), null, null));
    String box = boxOf(element);
    code(RuntimeMember.TAKE)
        .aload(0)
        .getField(c.name, PRIMITIVE, element.getDescriptor())
        .invoke(
            Opcodes.INVOKESTATIC,
            box,
            "valueOf",
            "(" + element.getDescriptor() + ")L" + box + ";",
            false)
        .op(Opcodes.ARETURN);
  }

  private void clear() {
    if (machine.fields().stream().noneMatch(FrameField::isReference)) {
      return;
    }
    Code code = code(RuntimeMember.CLEAR);
    machine.fields().stream()
        .filter(FrameField::isReference)
        .forEach(f -> code.aload(0).op(Opcodes.ACONST_NULL).putField(c.name, f.name(), f.desc()));
    code.op(Opcodes.RETURN);
  }

  private void fresh() {
    boolean waits = c.superName.equals(RuntimeAbi.ASYNC_GENERATOR);
    Code code = code(waits ? RuntimeMember.ASYNC_FRESH : RuntimeMember.FRESH);
    code.type(Opcodes.NEW, c.name).op(Opcodes.DUP);
    List<VType> parameters = machine.method().parameters();
    for (int slot = 0; slot < parameters.size(); slot += parameters.get(slot).size()) {
      FrameField field = fieldOfParameter(slot);
      if (field == null) { // never read
        code.zero(parameters.get(slot));
      } else {
        code.aload(0).getField(c.name, field.name(), field.desc());
      }
    }
    code.invoke(Opcodes.INVOKESPECIAL, c.name, "<init>", constructorDesc(machine), false)
        .op(Opcodes.ARETURN);
  }

  private @Nullable FrameField fieldOfParameter(int slot) {
    for (Slot parameter : machine.states().get(0).locals()) {
      if (parameter.index() == slot) {
        return parameter.field();
      }
    }
    return null;
  }

  private Code code(int access, String name, String desc) {
    return new Code(FrameClassEmitter.method(c, access, name, desc).instructions);
  }

  /** Overrides a method of the runtime, which both kinds of generators have. */
  private Code code(RuntimeMember overridden) {
    return code(Opcodes.ACC_PROTECTED, overridden.member(), overridden.desc());
  }

  /** The class that boxes a primitive. */
  static String boxOf(Type primitive) {
    return switch (primitive.getSort()) {
      case Type.BOOLEAN -> "java/lang/Boolean";
      case Type.CHAR -> "java/lang/Character";
      case Type.BYTE -> "java/lang/Byte";
      case Type.SHORT -> "java/lang/Short";
      case Type.INT -> "java/lang/Integer";
      case Type.LONG -> "java/lang/Long";
      case Type.FLOAT -> "java/lang/Float";
      case Type.DOUBLE -> "java/lang/Double";
      default -> throw new IllegalArgumentException(primitive.toString());
    };
  }
}

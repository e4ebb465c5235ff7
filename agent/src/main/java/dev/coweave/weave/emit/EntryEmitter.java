package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.analysis.TwinDesc;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/**
 * Replaces the body of the method that the user sees by an entry for plain callers; its annotations, signature and parameter
 * names stay. The templates of the suspending and the async entry stand in the runtime's {@code Entry}; a generator's is
 * {@code return new TheGenerator(args)}.
 */
final class EntryEmitter {
  private final String owner;
  private final boolean itf;
  private final MethodNode method;
  private final Code code;
  private final Type returns;
  private final int c;

  private EntryEmitter(String owner, boolean itf, MethodNode method, InsnList instructions) {
    this.owner = owner;
    this.itf = itf;
    this.method = method;
    this.code = new Code(instructions);
    this.returns = Type.getReturnType(method.desc);
    this.c = Type.getArgumentsAndReturnSizes(method.desc) / 4 - (isStatic() ? 1 : 0);
  }

  /** Makes a method the entry of its coroutine. */
  static void emit(StateMachine machine, MethodNode method, boolean ownerIsInterface) {
    InsnList instructions = new InsnList();
    EntryEmitter emitter =
        new EntryEmitter(machine.method().owner(), ownerIsInterface, method, instructions);
    List<TryCatchBlockNode> blocks = new ArrayList<>();
    LabelNode start = new LabelNode();
    LabelNode end = new LabelNode();
    // No line: a debugger that stops at the method's first would stop here, too.
    emitter.code.label(start);
    Kind kind = machine.method().kind();
    if (kind.isGenerator()) {
      emitter.generator(machine);
    } else if (kind == Kind.ASYNC) {
      blocks.addAll(emitter.async());
    } else {
      blocks.addAll(emitter.plain());
    }
    emitter.code.label(end);
    method.instructions = instructions;
    method.tryCatchBlocks = blocks;
    method.localVariables = emitter.parameters(method, start, end);
    method.visibleLocalVariableAnnotations = null;
    method.invisibleLocalVariableAnnotations = null;
  }

  private void generator(StateMachine machine) {
    code.type(Opcodes.NEW, machine.frameClass()).op(Opcodes.DUP);
    loadArguments();
    code.invoke(
        Opcodes.INVOKESPECIAL,
        machine.frameClass(),
        "<init>",
        GeneratorClassEmitter.constructorDesc(machine),
        false);
    switch (returns.getInternalName()) {
      case "java/lang/Iterable" -> code.callOn(machine.frameClass(), RuntimeMember.ITERABLE);
      case "java/util/stream/Stream" -> code.callOn(machine.frameClass(), RuntimeMember.STREAM);
      case "java/util/concurrent/Flow$Publisher" ->
          code.callOn(machine.frameClass(), RuntimeMember.PUBLISHER);
      default -> {}
    }
    code.returns(returns);
  }

  private List<TryCatchBlockNode> plain() {
    LabelNode from = new LabelNode();
    LabelNode entered = new LabelNode();
    LabelNode done = new LabelNode();
    LabelNode left = new LabelNode();
    VType result = VType.of(returns);
    code.call(RuntimeMember.ENTRY_PLAIN).astore(c);
    code.label(from);
    callTwin();
    code.label(entered).aload(c).get(RuntimeMember.SUSPENDED).jump(Opcodes.IFEQ, done);
    code.pop(result).aload(c).call(RuntimeMember.ENTRY_COMPLETE);
    String taken =
        result.kind() == VType.Kind.TOP
            ? "V"
            : result.kind() == VType.Kind.REF
                ? "Ljava/lang/Object;"
                : result.toType().getDescriptor();
    code.aload(c).call(RuntimeMember.take(taken)).cast(returns);
    code.label(done)
        .frame(
            frameLocals(), result.kind() == VType.Kind.TOP ? List.of() : List.of(result.toFrame()));
    code.aload(c)
        .op(Opcodes.ACONST_NULL)
        .call(RuntimeMember.ENTRY_LEAVE)
        .label(left)
        .returns(returns);
    Handler threw = end(RuntimeMember.ENTRY_THREW);
    Handler failed = end(RuntimeMember.ENTRY_LEAVE);
    Handler again = end(RuntimeMember.ENTRY_LEAVE);
    return List.of(
        new TryCatchBlockNode(from, entered, threw.start, null),
        new TryCatchBlockNode(entered, left, failed.start, null),
        new TryCatchBlockNode(threw.start, threw.end, again.start, null),
        new TryCatchBlockNode(failed.start, failed.end, again.start, null));
  }

  /** A handler, and what of it another one covers. */
  private record Handler(LabelNode start, LabelNode end) {}

  /**
   * <pre>t   c.leave(t); sneakyThrow(t)</pre>
   *
   * <p>The runtime throws it on: a debugger that stops where the user's classes throw would stop here once more, where there is no line.
   */
  private Handler end(RuntimeMember by) {
    Handler handler = new Handler(new LabelNode(), new LabelNode());
    code.label(handler.start).frame(frameLocals(), List.of("java/lang/Throwable"));
    code.op(Opcodes.DUP).aload(c).op(Opcodes.SWAP).call(by).label(handler.end);
    code.op(Opcodes.DUP).call(RuntimeMember.SNEAKY_THROW).op(Opcodes.ATHROW);
    return handler;
  }

  private List<TryCatchBlockNode> async() {
    LabelNode from = new LabelNode();
    LabelNode to = new LabelNode();
    code.call(RuntimeMember.ENTRY_ASYNC).astore(c);
    code.label(from);
    callTwin();
    code.aload(c).op(Opcodes.SWAP).call(RuntimeMember.ENTRY_RETURNED).label(to);
    code.cast(returns).returns(returns);
    Handler threw = asyncThrew();
    Handler again = asyncThrew();
    return List.of(
        new TryCatchBlockNode(from, to, threw.start, null),
        new TryCatchBlockNode(threw.start, threw.end, again.start, null));
  }

  /** <pre>t   return (S) c.asyncThrew(t)</pre> */
  private Handler asyncThrew() {
    Handler handler = new Handler(new LabelNode(), new LabelNode());
    code.label(handler.start).frame(frameLocals(), List.of("java/lang/Throwable"));
    code.aload(c).op(Opcodes.SWAP).call(RuntimeMember.ENTRY_ASYNC_THREW).label(handler.end);
    code.cast(returns).returns(returns);
    return handler;
  }

  /** The twin of this very method, whatever a subclass overrides. */
  private void callTwin() {
    loadArguments();
    code.aload(c);
    code.invoke(
        isStatic() ? Opcodes.INVOKESTATIC : Opcodes.INVOKESPECIAL,
        owner,
        method.name,
        TwinDesc.of(method.desc),
        itf);
  }

  private void loadArguments() {
    int slot = 0;
    if (!isStatic()) {
      code.aload(slot++);
    }
    for (Type type : Type.getArgumentTypes(method.desc)) {
      code.load(VType.of(type), slot);
      slot += type.getSize();
    }
  }

  private List<Object> frameLocals() {
    List<Object> result = new ArrayList<>();
    if (!isStatic()) {
      result.add(owner);
    }
    for (Type type : Type.getArgumentTypes(method.desc)) {
      result.add(VType.of(type).toFrame());
    }
    result.add(RuntimeAbi.ENTRY);
    return result;
  }

  /** The parameters are shown in the whole entry; in the source each may have many ranges, and its slot other variables later. */
  private List<LocalVariableNode> parameters(MethodNode source, LabelNode start, LabelNode end) {
    List<LocalVariableNode> result = new ArrayList<>();
    if (source.localVariables != null) {
      Set<Integer> slots = new HashSet<>();
      for (LocalVariableNode v : source.localVariables) {
        if (v.index < c && slots.add(v.index)) {
          result.add(new LocalVariableNode(v.name, v.desc, v.signature, start, end, v.index));
        }
      }
    }
    return result;
  }

  private boolean isStatic() {
    return (method.access & Opcodes.ACC_STATIC) != 0;
  }

  /**
   * A twin that calls the plain method: of generators, which return at once, of what overrides a coroutine without being one, and of abstract methods.
   */
  static MethodNode forwarder(String owner, boolean ownerIsInterface, MethodNode method) {
    MethodNode twin = TwinEmitter.signature(method, 0);
    twin.access &= ~(Opcodes.ACC_ABSTRACT | Opcodes.ACC_FINAL);
    EntryEmitter emitter = new EntryEmitter(owner, ownerIsInterface, method, twin.instructions);
    emitter.loadArguments();
    emitter
        .code
        .invoke(emitter.forwarding(), owner, method.name, method.desc, ownerIsInterface)
        .returns(emitter.returns);
    return twin;
  }

  private int forwarding() {
    if ((method.access & Opcodes.ACC_ABSTRACT) != 0) {
      return itf ? Opcodes.INVOKEINTERFACE : Opcodes.INVOKEVIRTUAL;
    }
    // This very method, whatever a subclass overrides: it may be the subclass that calls, by super.
    return isStatic() ? Opcodes.INVOKESTATIC : Opcodes.INVOKESPECIAL;
  }
}

package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.analysis.SuspensionPoint.Form;
import dev.coweave.weave.bytecode.FrameTypes;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.FrameField;
import dev.coweave.weave.machine.Slot;
import dev.coweave.weave.machine.State;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Writes the copy of the body that goes on where a frame was saved; of a generator method, the only copy, whose frame is the
 * generator.
 *
 * <pre>
 *   static R f(Frame frame, Continuation c) {        // of a generator: static boolean f(TheGenerator frame, Continuation c)
 *     switch (frame.state) {                         // and first: frame.state = RUNNING
 *     case 0: args = frame.…; goto start;
 *     case K: locals = frame.…; push operands; goto inK;
 *     }
 *   start:
 *     …
 *     r = g(a, c);                                   // c.depth = 1, before: the stack is flat
 *     if (c.suspended) goto saveK;
 *     goto afterK;
 *   inK:                                             // under the handlers of the call
 *     r = c.takeR();                                 // or throws what the callee threw
 *   afterK:
 *     …
 *   saveK:                                           // out of line
 *     frame.… = …                                    // references only if they are others
 *     c.keep(frame, K); return dummy;                // of a generator, which is the root: frame.state = K; return true
 *   }
 * </pre>
 *
 * <p>A yield of the generator's own body stores the element, saves and returns true in place. An object whose constructor's
 * arguments suspend is created when they are there: see {@link UninitializedObjects}.
 */
final class ResumeEmitter extends BodyCopy {
  private static final int RUNNING = -1;
  private static final int FINISHED = -2;

  private final Map<SuspensionPoint, LabelNode> saves = new IdentityHashMap<>();
  private final Map<State, LabelNode> entries = new IdentityHashMap<>();

  /** Where a generator's returns go, by their lines. */
  private final Map<Integer, LabelNode> ends = new LinkedHashMap<>();

  private final boolean generator;
  private final Type returns;
  private final String stateOwner;
  private final String stateName;
  private final String stateDesc;
  private final UninitializedObjects objects;

  private ResumeEmitter(StateMachine machine, @Nullable String file, MethodNode out) {
    super(machine, file, out);
    generator = method.kind().isGenerator();
    returns = Type.getReturnType(out.desc);
    stateOwner = machine.frameClass();
    RuntimeMember state = generator ? RuntimeMember.GENERATOR_STATE : RuntimeMember.FRAME_STATE;
    stateName = state.member();
    stateDesc = state.desc();
    objects = new UninitializedObjects(this, code, creations.keySet());
    machine.states().forEach(s -> entries.put(s, new LabelNode()));
  }

  /** The resume copy of a method. */
  static MethodNode emit(StateMachine machine, boolean ownerIsInterface, @Nullable String file) {
    MethodNode source = machine.method().source();
    int access =
        Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC | (ownerIsInterface ? Opcodes.ACC_PUBLIC : 0);
    MethodNode out =
        new MethodNode(
            Opcodes.ASM9,
            access,
            source.name,
            machine.resumeDesc(),
            null,
            source.exceptions.toArray(new String[0]));
    new ResumeEmitter(machine, file, out).emit();
    return out;
  }

  @Override
  VType xType() {
    return VType.ref(machine.frameClass());
  }

  private void emit() {
    Variables variables = new Variables(machine);
    variables.boundaries().forEach(this::before);
    code.aload(1).aload(0).astore(x).astore(c);
    code.aload(x).getField(stateOwner, stateName, stateDesc);
    if (generator) {
      code.aload(x).constant(RUNNING).putField(stateOwner, stateName, stateDesc);
    }
    LabelNode start = new LabelNode();
    List<LabelNode> cases = new ArrayList<>();
    machine.states().forEach(s -> cases.add(new LabelNode()));
    code.tableSwitch(cases.get(0), cases);
    for (State state : machine.states()) {
      restore(state, cases.get(state.id()), start);
    }
    code.label(start).frame(startLocals(), List.of());
    copyBody();
    LabelNode end = new LabelNode();
    code.label(end);
    ends.forEach(this::end);
    saves();
    tails();
    nulls();
    out.localVariables = variables.in(this, end, variables.hasNotKept() ? notKept() : -1);
  }

  /** <pre>notKept = "not kept: …"</pre> at the beginning, in the first slot that nothing else uses; frames needn't know of it. */
  private int notKept() {
    int free = 0;
    for (AbstractInsnNode insn : out.instructions) {
      if (insn instanceof VarInsnNode v) {
        free = Math.max(free, v.var + 2);
      }
    }
    InsnList first = new InsnList();
    new Code(first).constant((Object) Variables.NOT_KEPT).astore(free);
    out.instructions.insert(first);
    return free;
  }

  private List<Object> startLocals() {
    List<Object> result = new ArrayList<>();
    List<VType> parameters = method.parameters();
    for (int slot = 0; slot < c; slot++) {
      if (slot < parameters.size() && hasLocal(method.liveAtStart(), slot)) {
        result.add(parameters.get(slot).toFrame());
        slot += parameters.get(slot).size() - 1;
      } else {
        result.add(Opcodes.TOP);
      }
    }
    result.add(RuntimeAbi.CONTINUATION);
    result.add(xType().toFrame());
    return result;
  }

  private void restore(State state, LabelNode label, LabelNode start) {
    code.label(label).frame(frames.ownLocals(xType()), List.of());
    for (Slot local : state.locals()) {
      load(local);
      code.store(local.type(), slot(local.index()));
    }
    state.stack().forEach(this::load);
    code.jump(Opcodes.GOTO, state.point() == null ? start : entry(state));
  }

  private LabelNode entry(State state) {
    return Objects.requireNonNull(entries.get(state));
  }

  private void load(Slot slot) {
    if (slot.field() == null) {
      code.zero(slot.type());
    } else {
      code.aload(x).getField(machine.frameClass(), slot.field().name(), slot.field().desc());
    }
  }

  // ---- suspension points

  @Override
  void depth() {
    if (method.kind() == Kind.ASYNC_GENERATOR) { // its body runs on its consumer's stack
      code.aload(x)
          .getField(
              machine.frameClass(),
              RuntimeMember.ASYNC_DEPTH.member(),
              RuntimeMember.ASYNC_DEPTH.desc());
    } else {
      code.op(Opcodes.ICONST_1);
    }
  }

  @Override
  void point(SuspensionPoint point) {
    if (point.form() == Form.YIELD) {
      yieldAt(point);
    } else {
      LabelNode taken = saves(point) ? takeReady(point) : null;
      callTwin(point);
      if (!saves(point)) {
        tail(point);
        return;
      }
      LabelNode save = new LabelNode();
      LabelNode after = taken == null ? new LabelNode() : taken;
      saves.put(point, save);
      code.aload(c).get(RuntimeMember.SUSPENDED).jump(Opcodes.IFNE, save);
      code.jump(Opcodes.GOTO, after);
      take(point);
      after(point, after);
    }
  }

  @Override
  void showTail(boolean recursion) {
    code.aload(x).call(recursion ? RuntimeMember.RECUR_OF_RESUMED : RuntimeMember.TAIL_OF_RESUMED);
  }

  /** <pre>…, value   frame.element = value; save; frame.state = K; return true; inK: c.takeRef()   …, sent</pre> */
  private void yieldAt(SuspensionPoint point) {
    State state = stateOf(point);
    Type element = machine.element();
    boolean wide = element != null && element.getSize() == 2;
    code.aload(x).op(wide ? new int[] {Opcodes.DUP_X2, Opcodes.POP} : new int[] {Opcodes.SWAP});
    if (element == null) {
      code.putField(
          machine.frameClass(),
          RuntimeMember.GENERATOR_ELEMENT.member(),
          RuntimeMember.GENERATOR_ELEMENT.desc());
    } else {
      code.putField(machine.frameClass(), GeneratorClassEmitter.PRIMITIVE, element.getDescriptor());
    }
    save(state, false);
    code.aload(x).constant(state.id()).putField(stateOwner, stateName, stateDesc);
    code.op(Opcodes.ICONST_1, Opcodes.IRETURN);
    take(point);
  }

  private void take(SuspensionPoint point) {
    State state = stateOf(point);
    code.label(entry(state)).frame(frames.locals(point), frames.stack(point, VType.TOP));
    Type type = point.callee().returnType();
    String desc =
        type.getSort() == Type.VOID
            ? "V"
            : VType.of(type).kind() == VType.Kind.REF
                ? "Ljava/lang/Object;"
                : VType.of(type).toType().getDescriptor();
    code.aload(c).call(RuntimeMember.take(desc)).cast(type);
  }

  // ---- what stands between suspension points

  @Override
  boolean replaces(int index, AbstractInsnNode insn) {
    if (insn instanceof MethodInsnNode call && machine.boxings().contains(call)) {
      return true;
    }
    if (insn instanceof TypeInsnNode creation && creations.containsKey(creation)) {
      objects.create(creation);
      return true;
    }
    if (insn instanceof MethodInsnNode call) {
      return (call.name.equals("<init>") && objects.initialize(call, method.types().before(index)))
          || (generator && (end(call) || checksEnd(call)));
    }
    if (generator && insn.getOpcode() == Opcodes.ARETURN) {
      goToEnd(Lines.inTraces(insn), method.types().before(index));
      return true;
    }
    return false;
  }

  /** A return drops what lies below its operand; a jump doesn't. */
  private void goToEnd(int line, FrameTypes.@Nullable At at) {
    if (at != null && at.stack().size() > 1) {
      Type[] value = {Type.getObjectType("java/lang/Object")};
      int[] slots = spill(value);
      for (int i = at.stack().size() - 2; i >= 0; i--) {
        code.pop(at.stack().get(i));
      }
      unspill(value, slots);
    }
    code.jump(Opcodes.GOTO, ends.computeIfAbsent(line, l -> new LabelNode()));
  }

  /**
   * The end of a generator's body. Written out, for a call on a way so rarely gone is not inlined, and the generator would escape.
   *
   * <pre>
   * ends:   …, returned     if (returned != null) goto bad
   *                         frame.state = FINISHED; frame.element = null; frame.… = null; return false
   * bad:                    return frame.returned(…)           // throws
   * </pre>
   */
  private void end(int line, LabelNode label) {
    LabelNode bad = new LabelNode();
    List<Object> locals = frames.ownLocals(xType());
    code.under(line, locals).label(label).frame(locals, List.of("java/lang/Object"));
    code.op(Opcodes.DUP).jump(Opcodes.IFNONNULL, bad).op(Opcodes.POP);
    code.aload(x).constant(FINISHED).putField(stateOwner, stateName, stateDesc);
    if (machine.element() == null) {
      code.aload(x)
          .op(Opcodes.ACONST_NULL)
          .putField(
              machine.frameClass(),
              RuntimeMember.GENERATOR_ELEMENT.member(),
              RuntimeMember.GENERATOR_ELEMENT.desc());
    }
    machine.fields().stream()
        .filter(FrameField::isReference)
        .forEach(
            f ->
                code.aload(x)
                    .op(Opcodes.ACONST_NULL)
                    .putField(machine.frameClass(), f.name(), f.desc()));
    code.op(Opcodes.ICONST_0, Opcodes.IRETURN);
    code.label(bad).frame(locals, List.of("java/lang/Object"));
    code.aload(x).op(Opcodes.SWAP);
    code.callOn(machine.frameClass(), RuntimeMember.GENERATOR_RETURNED).op(Opcodes.IRETURN);
  }

  /** {@code Generator.end(r)} keeps the result and gives null, which any return type takes. */
  private boolean end(MethodInsnNode call) {
    if (!isEnd(call)) {
      return false;
    }
    if (Type.getArgumentTypes(call.desc).length == 1) {
      code.aload(x).op(Opcodes.SWAP).callOn(machine.frameClass(), RuntimeMember.GENERATOR_KEEP);
    }
    code.op(Opcodes.ACONST_NULL);
    return true;
  }

  /** Kotlin checks that what comes from Java isn't null; what {@code end} gives is, and no caller sees it. */
  private boolean checksEnd(MethodInsnNode call) {
    if (!call.owner.equals("kotlin/jvm/internal/Intrinsics")
        || call.getOpcode() != Opcodes.INVOKESTATIC) {
      return false;
    }
    AbstractInsnNode insn = call.getPrevious();
    while (insn != null
        && (insn.getOpcode() < 0
            || insn.getOpcode() == Opcodes.LDC
            || insn.getOpcode() == Opcodes.DUP
            || insn.getOpcode() == Opcodes.CHECKCAST)) {
      insn = insn.getPrevious();
    }
    boolean ofEnd = insn instanceof MethodInsnNode end && isEnd(end);
    if (ofEnd) {
      code.op(Opcodes.POP2);
    }
    return ofEnd;
  }

  private static boolean isEnd(MethodInsnNode call) {
    String name = call.owner + "." + call.name;
    return RuntimeAbi.END.equals(name) || RuntimeAbi.ASYNC_END.equals(name);
  }

  @Override
  Object frameEntry(Object entry) {
    TypeInsnNode creation =
        entry instanceof LabelNode label ? UninitializedObjects.creationAt(label) : null;
    return creation != null && creations.containsKey(creation)
        ? creation.desc
        : super.frameEntry(entry);
  }

  /** What was dead where the activation was saved isn't there any more; no frame may ask for it. */
  @Override
  boolean hasLocal(BitSet live, int slot) {
    return live.get(slot);
  }

  @Override
  Object frameEntry(VType type) {
    return type.toFrame();
  }

  private void saves() {
    for (SuspensionPoint point : method.points()) {
      if (saves.containsKey(point)) {
        saveAt(point, saves.get(point));
      }
    }
  }

  private void saveAt(SuspensionPoint point, LabelNode label) {
    State state = stateOf(point);
    VType result = VType.of(point.callee().returnType());
    List<Object> locals = frames.locals(point);
    code.under(point.line(), locals).label(label).frame(locals, frames.stack(point, result));
    code.pop(result);
    save(state, false);
    if (generator) {
      code.aload(x).constant(state.id()).putField(stateOwner, stateName, stateDesc);
      code.op(Opcodes.ICONST_1);
    } else {
      code.aload(c).aload(x).constant(state.id()).call(RuntimeMember.KEEP);
      code.zero(VType.of(returns));
    }
    code.returns(returns);
  }

  /**
   * A reference is stored only if it is another than before, which is rare: a store costs a barrier, which under G1 is a fence once the frame is
   * old. A generator's are stored as they are, for C2 dissolves it.
   *
   * <pre>if (frame.g != local) frame.g = local</pre>
   */
  @Override
  void saveLocal(State state, Slot local, FrameField field) {
    SuspensionPoint point = state.point();
    if (generator || !field.isReference() || point == null) {
      super.saveLocal(state, local, field);
      return;
    }
    LabelNode same = new LabelNode();
    code.aload(x).getField(machine.frameClass(), field.name(), field.desc());
    code.load(local.type(), slot(local.index())).jump(Opcodes.IF_ACMPEQ, same);
    super.saveLocal(state, local, field);
    code.label(same).frame(frames.locals(point), List.of());
  }
}

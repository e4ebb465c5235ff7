package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.bytecode.Flow;
import dev.coweave.weave.bytecode.FrameTypes;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.FrameField;
import dev.coweave.weave.machine.Slot;
import dev.coweave.weave.machine.State;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LineNumberNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Copies the body of a coroutine method and lets subclasses write what stands at its suspension points.
 *
 * <pre>
 *   locals of the source:  p0 … pn-1 | l0 l1 …
 *   locals of the copy:    p0 … pn-1 | c x | l0 l1 … | t0 t1 …
 * </pre>
 *
 * <p>{@code c} is the continuation, {@code x} the twin's depth or the copy's own frame, the {@code t} hold operands for the length
 * of one chunk of code. The frames that the compiler wrote stay valid as they are, with c and x put in.
 */
abstract class BodyCopy {
  private static final String THROWABLE = "java/lang/Throwable";

  /** What catches errors of linking. */
  private static final Set<String> LINKING =
      Set.of(
          THROWABLE,
          "java/lang/Error",
          "java/lang/LinkageError",
          "java/lang/IncompatibleClassChangeError",
          "java/lang/NoSuchMethodError",
          "java/lang/AbstractMethodError",
          "java/lang/NoSuchFieldError",
          "java/lang/NoClassDefFoundError");

  protected final StateMachine machine;
  protected final CoroutineMethod method;
  protected final MethodNode out;
  protected final Code code;
  protected final CopyFrames frames;
  private final TwinCalls calls;

  /** The slot of the continuation. */
  protected final int c;

  /** The slot of the twin's depth, or of the frame that is resumed. */
  protected final int x;

  /** The first slot that is free for operands. */
  private final int temporaries;

  private final Map<SuspensionPoint, LabelNode> tails = new IdentityHashMap<>();

  /** Where an async method's return of null goes, by the return. */
  private final Map<AbstractInsnNode, LabelNode> nulls = new LinkedHashMap<>();

  private final String file;
  private final Map<SuspensionPoint, State> states = new IdentityHashMap<>();
  private final Map<LabelNode, LabelNode> labels = new IdentityHashMap<>();
  private final Map<Integer, LabelNode> starts = new HashMap<>();

  /** The objects that are still uninitialised at some suspension point, by the instruction that creates them. */
  protected final Map<TypeInsnNode, LabelNode> creations = new IdentityHashMap<>();

  BodyCopy(StateMachine machine, @Nullable String file, MethodNode out) {
    this.machine = machine;
    this.file = file == null ? "" : file;
    this.method = machine.method();
    this.out = out;
    this.code = new Code(out.instructions);
    this.c = overlapsParameters() ? method.source().maxLocals : method.parameters().size();
    this.x = c + 1;
    this.temporaries = method.source().maxLocals + 2;
    this.frames = new CopyFrames(this);
    this.calls = new TwinCalls(this);
    for (AbstractInsnNode insn : method.source().instructions) {
      if (insn instanceof LabelNode label) {
        labels.put(label, new LabelNode());
      }
    }
    machine.states().forEach(s -> states.put(s.point(), s));
    for (SuspensionPoint point : method.points()) {
      Stream.concat(point.locals().stream(), point.stack().stream())
          .filter(t -> t.creation() != null)
          .forEach(t -> creations.computeIfAbsent(t.creation(), n -> new LabelNode()));
    }
  }

  /** Whether a long or double lies in the last parameter's slot and the one after it, where c would be; javac never does that. */
  private boolean overlapsParameters() {
    int last = method.parameters().size() - 1;
    for (AbstractInsnNode insn : method.source().instructions) {
      if (insn instanceof VarInsnNode v && v.var == last) {
        int opcode = v.getOpcode();
        if (opcode == Opcodes.LLOAD
            || opcode == Opcodes.DLOAD
            || opcode == Opcodes.LSTORE
            || opcode == Opcodes.DSTORE) {
          return true;
        }
      }
    }
    return false;
  }

  // ---- what a copy writes in its own way

  /** The type of what slot {@link #x} holds. */
  abstract VType xType();

  /** Writes a suspension point in place of the call. */
  abstract void point(SuspensionPoint point);

  /** Whether a copy writes an instruction otherwise. */
  boolean replaces(int index, AbstractInsnNode insn) {
    return false;
  }

  // ---- copying

  /** Copies the body, its handlers and frames. */
  final void copyBody() {
    Map<AbstractInsnNode, SuspensionPoint> points = new IdentityHashMap<>();
    method.points().forEach(p -> points.put(p.callee().call(), p));
    Flow flow = method.flow();
    Map<Integer, Set<String>> catches = catches();
    for (int i = 0; i < flow.size(); i++) {
      AbstractInsnNode insn = flow.insn(i);
      LabelNode start = starts.get(i);
      if (start != null) {
        code.label(start);
      }
      Set<String> caught = catches.get(i);
      if (caught != null) {
        caught(caught);
      }
      if (creations.containsKey(insn)) {
        code.label(creations.get(insn));
      }
      SuspensionPoint point = points.get(insn);
      if (point != null) {
        point(point);
      } else if (!replaces(i, insn)) {
        copy(i, insn);
      }
    }
    for (TryCatchBlockNode block : method.source().tryCatchBlocks) {
      TryCatchBlockNode copied =
          new TryCatchBlockNode(
              labels.get(block.start),
              labels.get(block.end),
              labels.get(block.handler),
              block.type);
      copied.visibleTypeAnnotations = block.visibleTypeAnnotations;
      copied.invisibleTypeAnnotations = block.invisibleTypeAnnotations;
      out.tryCatchBlocks.add(copied);
    }
  }

  /**
   * The first instructions of the handlers that catch a type; what catches anything is mostly a finally block, and throws it again.
   * Where a handler is entered by jumps too, as javac never does, the operand may be no Throwable.
   */
  private Map<Integer, Set<String>> catches() {
    Flow flow = method.flow();
    Map<Integer, Set<String>> result = new HashMap<>();
    for (TryCatchBlockNode block : method.source().tryCatchBlocks) {
      if (block.type != null) {
        result
            .computeIfAbsent(
                flow.nextReal(method.source().instructions.indexOf(block.handler)),
                i -> new HashSet<>())
            .add(block.type);
      }
    }
    if (!result.isEmpty()) {
      for (int i = 0; i < flow.size(); i++) {
        if (flow.insn(i).getOpcode() >= 0) {
          for (int successor : flow.successors(i)) {
            result.remove(flow.nextReal(successor - 1));
          }
        }
      }
    }
    return result;
  }

  /** Completes the trace of the exception on the stack, and lets an error of linking say more. */
  private void caught(Set<String> types) {
    String type = types.iterator().next();
    if (types.size() == 1 && LINKING.contains(type)) {
      code.aload(c).call(RuntimeMember.CAUGHT_ERROR);
      if (!type.equals(THROWABLE)) {
        code.type(Opcodes.CHECKCAST, type);
      }
    } else {
      code.op(Opcodes.DUP).aload(c).call(RuntimeMember.CAUGHT);
    }
  }

  private void copy(int index, AbstractInsnNode insn) {
    if (insn instanceof LabelNode label) {
      code.label(copyOf(label));
    } else if (insn instanceof LineNumberNode line) {
      code.add(new LineNumberNode(line.line, copyOf(line.start)));
    } else if (insn instanceof FrameNode frame) {
      code.frame(frames.locals(index, frame), frames.operands(frame));
    } else if (insn instanceof VarInsnNode v) {
      code.add(new VarInsnNode(v.getOpcode(), slot(v.var)));
    } else if (insn.getOpcode() == Opcodes.ARETURN && method.kind() == Kind.ASYNC) {
      returnFuture(index, insn);
    } else if (insn instanceof IincInsnNode i) {
      code.add(new IincInsnNode(slot(i.var), i.incr));
    } else {
      code.add(insn.clone(labels));
    }
  }

  /** <pre>future   if (future == null) goto nullK; return future</pre> */
  private void returnFuture(int index, AbstractInsnNode insn) {
    FrameTypes.At at = method.types().before(index);
    if (at != null) {
      LabelNode isNull = new LabelNode();
      nulls.put(insn, isNull);
      code.op(Opcodes.DUP).jump(Opcodes.IFNULL, isNull);
    }
    code.op(Opcodes.ARETURN);
  }

  /** Out of line, and under no handler of the source: <pre>nullK: null   throw new NullPointerException("…")</pre> */
  protected final void nulls() {
    String exception = "java/lang/NullPointerException";
    nulls.forEach(
        (insn, label) -> {
          List<Object> stack = new ArrayList<>();
          int index = method.source().instructions.indexOf(insn);
          Objects.requireNonNull(method.types().before(index))
              .stack()
              .forEach(t -> stack.add(frameEntry(t)));
          List<Object> locals = frames.ownLocals(xType());
          code.under(Lines.inTraces(insn), locals).label(label).frame(locals, stack);
          code.type(Opcodes.NEW, exception)
              .op(Opcodes.DUP)
              .constant((Object) "an async method returned null instead of a future")
              .invoke(Opcodes.INVOKESPECIAL, exception, "<init>", "(Ljava/lang/String;)V", false)
              .op(Opcodes.ATHROW);
        });
  }

  /** Whether the activation may be saved at a suspension point. */
  protected final boolean saves(SuspensionPoint point) {
    return states.containsKey(point);
  }

  /** The state of a suspension point that saves. */
  protected final State stateOf(SuspensionPoint point) {
    return Objects.requireNonNull(states.get(point));
  }

  /** Where a local of the source is in the copy. */
  protected final int slot(int source) {
    return source < c ? source : source + 2;
  }

  protected final LabelNode copyOf(LabelNode label) {
    return Objects.requireNonNull(labels.get(label));
  }

  /** A label before an instruction of the source; to be asked for before the body is copied. */
  protected final LabelNode before(int index) {
    return starts.computeIfAbsent(index, i -> new LabelNode());
  }

  // ---- frames

  /**
   * Whether a local has a value in this copy.
   *
   * @param live the locals that are live at the place in question
   */
  boolean hasLocal(BitSet live, int slot) {
    return true;
  }

  /** An entry of a frame of the source, in the copy. */
  Object frameEntry(Object entry) {
    return entry instanceof LabelNode label ? copyOf(label) : entry;
  }

  /** A type at a suspension point, as an entry of a frame of the copy. */
  Object frameEntry(VType type) {
    return type.creation() == null
        ? type.toFrame()
        : Objects.requireNonNull(creations.get(type.creation()));
  }

  // ---- calls

  /** Calls a callee's twin; its operands are on the stack. */
  protected final void callTwin(SuspensionPoint point) {
    calls.call(point);
  }

  /**
   * Takes an async generator's element that is ready without a test of the flag, after which a primitive's box would still be needed: so C2 (of JDK 17)
   * can do without it.
   *
   * <pre>
   *                                   …, generator
   *   if (!generator.isReady()) goto wait
   *   generator.ready(); goto taken   …, element
   * wait:                             …, generator
   * </pre>
   *
   * @return taken; null where this is no call of {@code AsyncGenerator.next}
   */
  protected final @Nullable LabelNode takeReady(SuspensionPoint point) {
    MethodInsnNode call = point.callee().call();
    if (!call.owner.equals(RuntimeAbi.ASYNC_GENERATOR)
        || !call.name.equals(RuntimeMember.ASYNC_NEXT.member())) {
      return null;
    }
    LabelNode wait = new LabelNode();
    LabelNode taken = new LabelNode();
    code.op(Opcodes.DUP)
        .callOn(call.owner, RuntimeMember.ASYNC_IS_READY)
        .jump(Opcodes.IFEQ, wait)
        .callOn(call.owner, RuntimeMember.ASYNC_READY)
        .jump(Opcodes.GOTO, taken);
    code.label(wait).frame(frames.locals(point), frames.stack(point, VType.ref(call.owner)));
    return taken;
  }

  /** The locals and operands after a suspension point. */
  protected final void after(SuspensionPoint point, LabelNode label) {
    code.label(label)
        .frame(frames.locals(point), frames.stack(point, VType.of(point.callee().returnType())));
  }

  /** Pushes the depth of what is called. */
  abstract void depth();

  /** <pre>r   if (c.suspended) goto tailK   r</pre> */
  protected final void tail(SuspensionPoint point) {
    if (point.isShownTail()) {
      LabelNode tail = new LabelNode();
      tails.put(point, tail);
      code.aload(c).get(RuntimeMember.SUSPENDED).jump(Opcodes.IFNE, tail);
    }
  }

  /** Out of line: <pre>tailK: r   c.tail("Service|fetch|Service.java|12"); return r</pre> */
  protected final void tails() {
    for (SuspensionPoint point : method.points()) {
      LabelNode tail = tails.get(point);
      if (tail != null) {
        VType result = VType.of(point.callee().returnType());
        List<Object> locals = frames.ownLocals(xType());
        code.under(point.line(), locals).label(tail).frame(locals, frames.stack(point, result));
        code.aload(c).constant((Object) (method.place() + "|" + file + "|" + point.line()));
        showTail(isRecursion(point));
        code.returns(Type.getReturnType(method.source().desc));
      }
    }
  }

  /** <pre>c, trace   c.tail(trace), or c.recur(trace)</pre> */
  abstract void showTail(boolean recursion);

  /** Whether a method calls itself; by a twin that is guarded the callee may be an override. */
  boolean isRecursion(SuspensionPoint point) {
    MethodInsnNode call = point.callee().call();
    return call.owner.equals(method.owner())
        && call.name.equals(method.source().name)
        && call.desc.equals(method.source().desc);
  }

  /** Moves operands to temporaries, the last one first. */
  protected final int[] spill(Type[] types) {
    int[] slots = new int[types.length];
    int next = temporaries;
    for (int i = types.length - 1; i >= 0; i--) {
      slots[i] = next;
      next += types[i].getSize();
      code.store(VType.of(types[i]), slots[i]);
    }
    return slots;
  }

  protected final void unspill(Type[] types, int[] slots) {
    for (int i = 0; i < types.length; i++) {
      code.load(VType.of(types[i]), slots[i]);
    }
  }

  /** The first temporary after those that {@link #spill} uses for the given types. */
  protected final int temporariesAfter(Type[] types) {
    return temporaries + Arrays.stream(types).mapToInt(Type::getSize).sum();
  }

  // ---- saving

  /**
   * Saves the activation: the operands, the top first, then the locals.
   *
   * <pre>
   *   …, s0, s1      frame.f1 = s1; frame.f0 = s0; frame.g = local …; frame.h = null for what the frame held before
   *   …
   * </pre>
   */
  protected final void save(State state, boolean fresh) {
    for (int i = state.stack().size() - 1; i >= 0; i--) {
      Slot operand = state.stack().get(i);
      if (operand.field() == null) {
        code.pop(operand.type());
      } else {
        code.aload(x);
        code.op(
            operand.type().size() == 2
                ? new int[] {Opcodes.DUP_X2, Opcodes.POP}
                : new int[] {Opcodes.SWAP});
        code.putField(machine.frameClass(), operand.field().name(), operand.field().desc());
      }
    }
    for (Slot local : state.locals()) {
      FrameField field = local.field();
      if (field != null) {
        saveLocal(state, local, field);
      }
    }
    if (!fresh) {
      machine
          .cleared(state)
          .forEach(
              f ->
                  code.aload(x)
                      .op(Opcodes.ACONST_NULL)
                      .putField(machine.frameClass(), f.name(), f.desc()));
    }
  }

  /** <pre>frame.g = local</pre> */
  void saveLocal(State state, Slot local, FrameField field) {
    code.aload(x)
        .load(local.type(), slot(local.index()))
        .putField(machine.frameClass(), field.name(), field.desc());
  }
}

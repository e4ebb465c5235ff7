package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.analysis.TwinDesc;
import dev.coweave.weave.bytecode.VType;
import dev.coweave.weave.machine.State;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/**
 * Writes the twin: the body with a test of the flag after each call, and no code to resume. It is what runs as long as nothing
 * waits, so it must be as near to the source as can be.
 *
 * <pre>
 *   R f(args, Continuation c) {
 *     int depth = c.depth;               // of a method that can't nest deeper: if (UNWIND_ALL &amp;&amp; c.depth &gt; 0) goto save0;
 *     if (depth >= MAX_DEPTH) goto save0;
 *     depth++;
 *     …
 *     r = g(a, c);                       // c.depth = depth, before
 *     if (c.suspended) goto saveK;
 *     …
 *   saveK:                               // out of line, under a handler of its own: see Continuation.abandon
 *     frame = new Frame();
 *     frame.… = …; c.push(frame, K);
 *     return dummy;
 *   save0:
 *     frame = new Frame(); frame.… = args; c.unwind(frame);
 *     return dummy;
 *   }
 * </pre>
 */
final class TwinEmitter extends BodyCopy {
  private final Map<SuspensionPoint, LabelNode> saves = new IdentityHashMap<>();
  private final Type returns;

  private TwinEmitter(StateMachine machine, @Nullable String file, MethodNode out) {
    super(machine, file, out);
    returns = Type.getReturnType(method.source().desc);
  }

  /** The twin of a method, with its body. */
  static MethodNode emit(StateMachine machine, @Nullable String file) {
    MethodNode source = machine.method().source();
    MethodNode out = signature(source, 0);
    new TwinEmitter(machine, file, out).emit();
    return out;
  }

  /** A twin without a body. */
  static MethodNode signature(MethodNode source, int moreAccess) {
    int access =
        source.access
            & ~(Opcodes.ACC_SYNCHRONIZED
                | Opcodes.ACC_NATIVE
                | Opcodes.ACC_VARARGS
                | Opcodes.ACC_BRIDGE);
    return new MethodNode(
        Opcodes.ASM9,
        access | Opcodes.ACC_SYNTHETIC | moreAccess,
        source.name,
        TwinDesc.of(source.desc),
        null,
        source.exceptions.toArray(new String[0]));
  }

  @Override
  VType xType() {
    return method.isLeaf() ? VType.TOP : VType.of(Type.INT_TYPE);
  }

  private void emit() {
    LabelNode start = new LabelNode();
    LabelNode end = new LabelNode();
    LabelNode unwind = new LabelNode();
    code.label(start);
    if (c != method.parameters().size()) {
      code.aload(method.parameters().size()).astore(c);
    }
    if (method.isLeaf()) {
      unwindIfAll(unwind);
    } else {
      unwindIfDeep(unwind);
    }
    copyBody();
    code.label(end);
    saves(unwind);
    tails();
    nulls();
    variables(start, end);
  }

  private void unwindIfDeep(LabelNode unwind) {
    code.aload(c).get(RuntimeMember.DEPTH).op(Opcodes.DUP).istore(x);
    code.get(RuntimeMember.MAX_DEPTH).jump(Opcodes.IF_ICMPGE, unwind);
    code.add(new IincInsnNode(x, 1));
  }

  /** A method that can't nest deeper unwinds only where all do, for the test; the JIT sees a constant and drops the check. */
  private void unwindIfAll(LabelNode unwind) {
    LabelNode body = new LabelNode();
    code.get(RuntimeMember.UNWIND_ALL).jump(Opcodes.IFEQ, body);
    code.aload(c).get(RuntimeMember.DEPTH).jump(Opcodes.IFGT, unwind);
    code.label(body).frame(atStart(), List.of());
  }

  /** The locals before the body: the parameters, and c. */
  private List<Object> atStart() {
    List<Object> locals = new ArrayList<>();
    method.parameters().stream()
        .filter(t -> t.kind() != VType.Kind.TOP)
        .forEach(t -> locals.add(t.toFrame()));
    for (int slot = method.parameters().size(); slot < c; slot++) {
      locals.add(Opcodes.TOP);
    }
    locals.add(RuntimeAbi.CONTINUATION);
    return locals;
  }

  @Override
  void depth() {
    code.iload(x);
  }

  @Override
  void point(SuspensionPoint point) {
    LabelNode taken = saves(point) ? takeReady(point) : null;
    callTwin(point);
    if (saves(point)) {
      LabelNode save = new LabelNode();
      saves.put(point, save);
      code.aload(c).get(RuntimeMember.SUSPENDED).jump(Opcodes.IFNE, save);
    } else {
      tail(point);
    }
    if (taken != null) {
      after(point, taken);
    }
  }

  @Override
  void showTail(boolean recursion) {
    code.call(recursion ? RuntimeMember.RECUR : RuntimeMember.TAIL);
  }

  @Override
  boolean isRecursion(SuspensionPoint point) {
    return !point.callee().guarded() && super.isRecursion(point);
  }

  private void saves(LabelNode unwind) {
    LabelNode begin = new LabelNode();
    LabelNode end = new LabelNode();
    code.label(begin);
    for (SuspensionPoint point : method.points()) {
      if (saves.containsKey(point)) {
        saveAt(point, saves.get(point));
      }
    }
    code.under(Lines.first(method.source()), atStart()).label(unwind).frame(atStart(), List.of());
    newFrame();
    save(machine.states().get(0), true);
    code.aload(c).aload(x).call(RuntimeMember.UNWIND);
    code.zero(VType.of(returns)).returns(returns);
    code.label(end);
    abandon(begin, end);
  }

  private void saveAt(SuspensionPoint point, LabelNode label) {
    State state = stateOf(point);
    VType result = VType.of(point.callee().returnType());
    List<Object> locals = frames.liveLocals(point);
    code.under(point.line(), locals).label(label).frame(locals, frames.stack(point, result));
    code.pop(result);
    newFrame();
    save(state, true);
    code.aload(c).aload(x).constant(state.id()).call(RuntimeMember.PUSH);
    code.zero(VType.of(returns)).returns(returns);
  }

  private void newFrame() {
    code.type(Opcodes.NEW, machine.frameClass()).op(Opcodes.DUP);
    code.invoke(Opcodes.INVOKESPECIAL, machine.frameClass(), "<init>", "()V", false).astore(x);
  }

  /** catch (Throwable t) { c.abandon(t); throw null; } */
  private void abandon(LabelNode begin, LabelNode end) {
    List<Object> locals = new ArrayList<>();
    for (int slot = 0; slot < c; slot++) {
      locals.add(Opcodes.TOP);
    }
    locals.add(RuntimeAbi.CONTINUATION);
    LabelNode handler = new LabelNode();
    code.label(handler).frame(locals, List.of("java/lang/Throwable"));
    code.aload(c).op(Opcodes.SWAP).call(RuntimeMember.ABANDON);
    code.op(Opcodes.ACONST_NULL, Opcodes.ATHROW);
    out.tryCatchBlocks.add(new TryCatchBlockNode(begin, end, handler, "java/lang/Throwable"));
  }

  private void variables(LabelNode start, LabelNode end) {
    out.localVariables = new ArrayList<>();
    if (method.source().localVariables == null) {
      return;
    }
    // Kotlin's variables have many ranges, and other variables may lie in a parameter's slot.
    for (LocalVariableNode v : method.source().localVariables) {
      boolean isParameter = v.index < method.parameters().size();
      boolean fromStart = isParameter && realAt(v.start) == method.flow().nextReal(-1);
      boolean toEnd = isParameter && realAt(v.end) < 0;
      out.localVariables.add(
          new LocalVariableNode(
              v.name,
              v.desc,
              v.signature,
              fromStart ? start : copyOf(v.start),
              toEnd ? end : copyOf(v.end),
              slot(v.index)));
    }
  }

  private int realAt(LabelNode label) {
    return method.flow().nextReal(method.source().instructions.indexOf(label));
  }
}

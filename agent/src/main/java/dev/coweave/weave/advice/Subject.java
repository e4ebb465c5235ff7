package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.Flow;
import dev.coweave.weave.bytecode.Liveness;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** A method that is being read, with what rules ask of it; the dearer answers are found when somebody asks. */
final class Subject {
  final Coroutines coroutines;
  final Types types;
  final ClassInfo owner;
  final MethodInfo info;
  final MethodNode method;
  final Flow flow;

  /** The instructions that call a method, with their indices. */
  final List<Call> calls = new ArrayList<>();

  private final ClassNode node;
  private final String name;
  private final Consumer<BrokenRule> broken;
  private @Nullable Origins origins;
  private @Nullable Liveness liveness;

  /** A call, and where it stands in {@link Flow}. */
  record Call(int index, MethodInsnNode insn) {
    /** Its class and its name, as a reader knows it. */
    String text() {
      return simple(insn.owner) + (insn.name.equals("<init>") ? "'s constructor" : "." + insn.name);
    }

    boolean is(String owner, String name) {
      return insn.owner.equals(owner) && insn.name.equals(name);
    }
  }

  Subject(
      Coroutines coroutines,
      Types types,
      ClassInfo owner,
      ClassNode node,
      MethodInfo info,
      MethodNode method,
      String name,
      Consumer<BrokenRule> broken) {
    this.coroutines = coroutines;
    this.types = types;
    this.owner = owner;
    this.node = node;
    this.info = info;
    this.method = method;
    this.name = name;
    this.broken = broken;
    this.flow = new Flow(method);
    for (int i = 0; i < flow.size(); i++) {
      if (flow.insn(i) instanceof MethodInsnNode call) {
        calls.add(new Call(i, call));
      }
    }
  }

  Origins origins() {
    if (origins == null) {
      origins = new Origins(owner.name(), method, flow);
    }
    return origins;
  }

  Liveness liveness() {
    if (liveness == null) {
      liveness = new Liveness(flow);
    }
    return liveness;
  }

  /** The coroutine that an instruction calls, if it may wait or yield there. */
  @Nullable MethodInfo suspension(int index) {
    if (!(flow.insn(index) instanceof MethodInsnNode call)) {
      return null;
    }
    MethodInfo callee = coroutines.callee(call);
    return callee == null || coroutines.kind(callee).isGenerator() ? null : callee;
  }

  /** Where a call may wait or yield. */
  Stream<Call> suspensions() {
    return calls.stream().filter(c -> suspension(c.index) != null);
  }

  /** The name of a local that a store begins to hold, or null if the class file doesn't tell. */
  @Nullable String variable(int store, int slot) {
    if (method.localVariables == null) {
      return null;
    }
    for (LocalVariableNode v : method.localVariables) {
      int start = method.instructions.indexOf(v.start);
      if (v.index == slot
          && start <= flow.nextReal(store)
          && store < method.instructions.indexOf(v.end)) {
        return v.name;
      }
    }
    return null;
  }

  /** The body of a lambda of the same class, or null. */
  @Nullable MethodNode lambdaBody(Handle to) {
    return !to.getOwner().equals(node.name)
        ? null
        : node.methods.stream()
            .filter(m -> m.name.equals(to.getName()) && m.desc.equals(to.getDesc()))
            .filter(m -> (m.access & Opcodes.ACC_SYNTHETIC) != 0)
            .findFirst()
            .orElse(null);
  }

  /** The plain method of the same class that a call runs, if it can't be another's; null if it can, and of a lambda's body. */
  @Nullable MethodNode ownPlain(MethodInsnNode call) {
    if (!call.owner.equals(node.name)
        || call.name.equals("<init>")
        || coroutines.callee(call) != null) {
      return null;
    }
    int fixed = Opcodes.ACC_STATIC | Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL;
    return node.methods.stream()
        .filter(m -> m.name.equals(call.name) && m.desc.equals(call.desc))
        .filter(m -> ((m.access | node.access & Opcodes.ACC_FINAL) & fixed) != 0)
        .findFirst()
        .orElse(null);
  }

  int line(AbstractInsnNode insn) {
    return Lines.of(insn);
  }

  void tell(Rule rule, int index, String what) {
    int line = Lines.of(flow.insn(index));
    broken.accept(new BrokenRule(rule, name, line == 0 ? Lines.first(method) : line, what));
  }

  /** A class as a reader knows it, without its package. */
  static String simple(String internalName) {
    return internalName.substring(internalName.lastIndexOf('/') + 1).replace('$', '.');
  }
}

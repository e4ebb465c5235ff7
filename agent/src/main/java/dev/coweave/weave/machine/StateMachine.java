package dev.coweave.weave.machine;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.MethodInsnNode;

/**
 * A coroutine method as a state machine.
 *
 * @param method what was read
 * @param frameClass the internal name of its frame's class; of a generator method's, the generator's
 * @param fields the frame's fields
 * @param states the states, by id; empty if the method never needs a frame
 * @param element the primitive that a generator's yields give, which is then kept as it is; null if they give references
 * @param boxings the calls that would box it, such as {@code Long.valueOf}: they are not written
 */
public record StateMachine(
    CoroutineMethod method,
    String frameClass,
    List<FrameField> fields,
    List<State> states,
    @Nullable Type element,
    Set<MethodInsnNode> boxings) {
  /** The static field of a frame's class that holds what its {@code trace()} returns, for who reads a dump of the heap. */
  public static final String TRACE_FIELD = "coweave$trace";

  /** The fields that hold nothing in a state but may have held a reference before: they are cleared when it is saved. */
  public List<FrameField> cleared(State state) {
    List<FrameField> used = state.fields().toList();
    return fields.stream().filter(f -> f.isReference() && !used.contains(f)).toList();
  }

  /**
   * All that a parked activation depends on: the kept variables and the calls it may stand at, without lines. In another version of the
   * method that has the same shape it can go on.
   */
  public String shape() {
    return new MachineText(this).shape();
  }

  /** The descriptor of the resume copy: its parameters are the frame and the continuation. */
  public String resumeDesc() {
    Type returns =
        method.kind().isGenerator() ? Type.BOOLEAN_TYPE : Type.getReturnType(method.source().desc);
    return "(L" + frameClass + ";" + RuntimeAbi.CONTINUATION_DESC + ")" + returns;
  }

  /** The machine in a line of its class's plan. */
  String line() {
    return "coroutine "
        + MachineText.kind(method)
        + " "
        + Lines.name(method.owner(), method.source().name, method.source().desc)
        + (method.forwarder() ? ", leads to another" : "")
        + ": "
        + (method.kind().isGenerator() ? "class " : "frame ")
        + frameClass.replace('/', '.')
        + ", states "
        + states.size()
        + "\n";
  }

  /** A table of the states, with where each local and operand is kept. */
  @Override
  public String toString() {
    return new MachineText(this).toString();
  }
}

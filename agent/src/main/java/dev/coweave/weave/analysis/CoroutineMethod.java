package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.Flow;
import dev.coweave.weave.bytecode.FrameTypes;
import dev.coweave.weave.bytecode.Liveness;
import dev.coweave.weave.bytecode.VType;
import java.util.BitSet;
import java.util.List;
import org.objectweb.asm.tree.MethodNode;

/**
 * A coroutine method as the analysis understood it.
 *
 * @param owner the class's internal name
 * @param kind what it becomes
 * @param source the method as it was compiled; not to be changed
 * @param flow its control flow
 * @param types the verifier's types before each suspension point, constructor call and return
 * @param liveness its live locals
 * @param points its suspension points, in the order of the code
 * @param parameters the types of the locals at its start, by slot, {@code this} included
 * @param liveAtStart the parameters that are ever read
 * @param forwarder whether a compiler added it to lead to another coroutine, and nothing else in it may wait
 */
public record CoroutineMethod(
    String owner,
    Kind kind,
    MethodNode source,
    Flow flow,
    FrameTypes types,
    Liveness liveness,
    List<SuspensionPoint> points,
    List<VType> parameters,
    BitSet liveAtStart,
    boolean forwarder) {
  /**
   * Whether it calls no coroutine that could nest deeper: then its depth doesn't matter. Calls of async methods are no suspension
   * points, and nest all the same: the runtime counts them, and has the twin unwind by the depth that it is given. So
   * does a durable method when a run begins with it.
   */
  public boolean isLeaf() {
    return kind != Kind.ASYNC
        && !DurableAbi.isDurable(source)
        && points.stream().allMatch(p -> p.callee().isLeaf());
  }

  /** Its class and its name, as traces have them: {@code com.acme.Service|fetch}. */
  public String place() {
    return owner.replace('/', '.') + "|" + source.name;
  }

  /** The source line of its first instruction, or 0. */
  public int firstLine() {
    return Lines.first(source);
  }
}

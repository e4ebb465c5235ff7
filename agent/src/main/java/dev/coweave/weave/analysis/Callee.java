package dev.coweave.weave.analysis;

import org.objectweb.asm.Type;
import org.objectweb.asm.tree.MethodInsnNode;

/**
 * A coroutine that is called.
 *
 * @param call the call in the source
 * @param guarded whether the receiver may be of a class that was not woven, so that the caller must look before it enters the
 *     twin
 */
public record Callee(MethodInsnNode call, boolean guarded) {
  /** The type that the call returns. */
  public Type returnType() {
    return Type.getReturnType(call.desc);
  }

  /** The types of its arguments, without the receiver. */
  public Type[] argumentTypes() {
    return Type.getArgumentTypes(call.desc);
  }

  /**
   * Whether the callee is an operation of the runtime that enters no coroutine in its turn, such as an await or a yield: it can't
   * nest deeper.
   */
  public boolean isLeaf() {
    return RuntimeAbi.isRuntime(call.owner)
        && !call.owner.equals(RuntimeAbi.ASYNC_GENERATOR) // which enters its body
        && java.util.Arrays.stream(argumentTypes())
            .noneMatch(t -> RuntimeAbi.BODIES.contains(t.getDescriptor()));
  }

  @Override
  public String toString() {
    return call.owner.substring(call.owner.lastIndexOf('/') + 1)
        + "."
        + Lines.simpleName(call.name, call.desc)
        + (guarded ? " guarded" : "");
  }
}

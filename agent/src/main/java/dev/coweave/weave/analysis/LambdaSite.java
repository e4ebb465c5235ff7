package dev.coweave.weave.analysis;

import org.objectweb.asm.Handle;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;

/**
 * A place where a coroutine lambda or method reference is made, by {@code LambdaMetafactory}.
 *
 * @param indy the instruction
 * @param implementation the lambda's body or the method referred to
 * @param ownBody whether the implementation is a body that the compiler put into this class
 */
public record LambdaSite(InvokeDynamicInsnNode indy, Handle implementation, boolean ownBody) {
  /** The functional interface's internal name. */
  public String interfaceName() {
    return Type.getReturnType(indy.desc).getInternalName();
  }

  /** The erased descriptor of the interface's method. */
  public String methodDesc() {
    return ((Type) indy.bsmArgs[0]).getDescriptor();
  }

  /** The interface's method's descriptor with the types of this lambda. */
  public String instantiatedDesc() {
    return ((Type) indy.bsmArgs[2]).getDescriptor();
  }

  /** The types of what is captured, the receiver first. */
  public Type[] captured() {
    return Type.getArgumentTypes(indy.desc);
  }

  /** Lambdas that are the same but for where they stand share a class. */
  public String key() {
    return indy.name + indy.desc + java.util.List.of(indy.bsmArgs);
  }
}

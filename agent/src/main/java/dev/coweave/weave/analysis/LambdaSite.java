package dev.coweave.weave.analysis;

import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;

/**
 * A place where a lambda or method reference is made, by {@code LambdaMetafactory}, that needs a class which the weaver writes.
 *
 * @param indy the instruction
 * @param implementation the lambda's body or the method referred to
 * @param ownBody whether the implementation is a body that the compiler put into this class
 * @param suspends whether the interface's method is to be a coroutine; else only default methods are
 */
public record LambdaSite(
    InvokeDynamicInsnNode indy, Handle implementation, boolean ownBody, boolean suspends) {
  private static final int FLAG_SERIALIZABLE = 1;
  private static final int FLAG_MARKERS = 2;
  private static final int FLAG_BRIDGES = 4;

  /** The functional interface's internal name. */
  public String interfaceName() {
    return Type.getReturnType(indy.desc).getInternalName();
  }

  /** The internal names of the interfaces that the lambda implements beside that, such as those of an intersection cast. */
  public List<String> markers() {
    Object[] args = indy.bsmArgs;
    List<String> result = new ArrayList<>();
    if (args.length > 4 && (flags() & FLAG_MARKERS) != 0) {
      int count = (Integer) args[4];
      for (int i = 0; i < count; i++) {
        result.add(((Type) args[5 + i]).getInternalName());
      }
    }
    return result;
  }

  /** The other erased descriptors under which the lambda's method is to be found. */
  public List<String> bridges() {
    Object[] args = indy.bsmArgs;
    List<String> result = new ArrayList<>();
    if ((flags() & FLAG_BRIDGES) != 0) {
      int at = 4 + ((flags() & FLAG_MARKERS) == 0 ? 0 : 1 + (Integer) args[4]);
      int count = (Integer) args[at];
      for (int i = 1; i <= count; i++) {
        result.add(((Type) args[at + i]).getDescriptor());
      }
    }
    return result;
  }

  /** Whether the lambda can be serialized. */
  public boolean isSerializable() {
    return (flags() & FLAG_SERIALIZABLE) != 0;
  }

  private int flags() {
    return indy.bsmArgs.length > 3 ? (Integer) indy.bsmArgs[3] : 0;
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
    return indy.name + indy.desc + List.of(indy.bsmArgs);
  }
}

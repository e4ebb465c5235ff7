package dev.coweave.weave.machine;

import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.QuietInitializer;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * A twin without a body of the user's: callers may enter it, and it can't suspend.
 *
 * @param plain the method that it stands beside; of an inherited one only access, name and descriptor
 * @param reason why the method has such a twin
 * @param forwards whether the twin calls the method; else it is abstract
 */
public record PlannedTwin(MethodNode plain, Reason reason, boolean forwards) {
  /** Why a method has a twin that forwards to it, or an abstract one. */
  public enum Reason {
    /** It is abstract itself. */
    ABSTRACT("of an abstract method"),
    /** It is a coroutine by pattern alone, and can't be woven. */
    PATTERN("of a method that can't be woven"),
    /** Its class was refused while the program runs. */
    REFUSED("of a class that was refused"),
    /** AspectJ's advice stands in it, around the coroutine. */
    ASPECT("of a method that an aspect wove"),
    /** It overrides or implements a coroutine, and is none. */
    INHERITED("of a plain method in a coroutine's place");

    private final String text;

    Reason(String text) {
      this.text = text;
    }
  }

  /**
   * The twin of an abstract method.
   *
   * @param forwards what {@link #mayHaveBodies} says of the class
   */
  public static PlannedTwin ofAbstract(MethodNode method, boolean forwards) {
    return new PlannedTwin(method, Reason.ABSTRACT, forwards);
  }

  /** The twin of a method that is there. */
  public static PlannedTwin forwarding(MethodNode method, Reason reason) {
    return new PlannedTwin(method, reason, true);
  }

  /** The twin of a method that a class inherits. */
  public static PlannedTwin ofInherited(MethodInfo m) {
    int access = m.access() & (Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED);
    MethodNode plain = new MethodNode(Opcodes.ASM9, access, m.name(), m.desc(), null, null);
    return new PlannedTwin(plain, Reason.INHERITED, true);
  }

  /**
   * Whether methods with a body may be added to a class, as it was compiled. To an interface that has none they may not if somebody can tell
   * when its static initialiser runs: with a default method the interface is initialised with each class that implements it (JVMS 5.5).
   * Before Java 8 it could have none (JVMS 4.6).
   */
  public static boolean mayHaveBodies(ClassNode c) {
    if ((c.access & Opcodes.ACC_INTERFACE) == 0) {
      return true;
    }
    int withoutDefaults = Opcodes.ACC_ABSTRACT | Opcodes.ACC_STATIC;
    return (c.version & 0xffff) >= Opcodes.V1_8
        && (QuietInitializer.isQuiet(c)
            || c.methods.stream().anyMatch(m -> (m.access & withoutDefaults) == 0));
  }

  String text(String owner) {
    return "twin "
        + Lines.name(owner, plain.name, plain.desc)
        + ": "
        + (forwards ? "forwards, " : "abstract, ")
        + reason.text
        + "\n";
  }
}

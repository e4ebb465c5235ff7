package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;

/**
 * Methods of the user's that have the name and the parameters of a twin: the JVM would take one for the other, also where one is inherited.
 * The runtime's own twins are written by hand, and are what they look like.
 */
public final class NameClashes {
  private NameClashes() {}

  /** The method that the twin of a coroutine would replace, or override; null if there is none. */
  public static @Nullable MethodInfo ofTwin(MethodInfo coroutine, ClassInfos infos) {
    MethodInfo m =
        infos.resolve(coroutine.owner(), coroutine.name(), TwinDesc.of(coroutine.desc()));
    boolean inherited = m != null && !m.owner().equals(coroutine.owner());
    return m == null
            || m.is(Opcodes.ACC_SYNTHETIC)
            || (inherited && (!m.isVirtual() || !coroutine.isVirtual()))
            || RuntimeAbi.isRuntime(m.owner())
        ? null
        : m;
  }

  /** The inherited coroutine whose twin a plain method overrides; null if there is none. */
  public static @Nullable MethodInfo withInheritedTwin(
      MethodInfo plain, ClassInfo owner, Coroutines coroutines) {
    if (!TwinDesc.isTwin(plain.desc()) || plain.is(Opcodes.ACC_SYNTHETIC) || !plain.isVirtual()) {
      return null;
    }
    String desc = TwinDesc.plain(plain.desc());
    MethodInfo m = coroutines.infos().resolve(owner.name(), plain.name(), desc);
    return m == null
            || m.owner().equals(owner.name())
            || !m.isVirtual()
            || !coroutines.hasTwin(m)
            || RuntimeAbi.isRuntime(m.owner())
        ? null
        : m;
  }

  /** Says what {@link #ofTwin} found. */
  public static String text(MethodInfo found, String owner) {
    String method = Lines.simpleName(found.name(), found.desc());
    return found.owner().equals(owner)
        ? "the class has a method " + method + " of its own"
        : "the class inherits a method " + method + " from " + found.owner().replace('/', '.');
  }

  /** Says what {@link #withInheritedTwin} found. */
  public static String textOfOverride(MethodInfo plain, MethodInfo coroutine) {
    return "the method "
        + Lines.simpleName(plain.name(), plain.desc())
        + " would override what the weaver makes of "
        + Lines.name(coroutine.owner(), coroutine.name(), coroutine.desc());
  }
}

package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.List;
import java.util.stream.Stream;
import org.objectweb.asm.Opcodes;

/**
 * Classes that a program makes of woven ones while it runs: proxies, mocks, enhanced subclasses. They are left as they are: unstamped,
 * they are called by their plain methods, so that advice runs once around the whole call. Two things tell them:
 *
 * <ul>
 *   <li>they override what the weaver added, as those do that override each method they find
 *   <li>they bear copies of annotations on methods that only override coroutines, and come from no source and no file
 * </ul>
 *
 * Others look like any subclass that overrides coroutines by plain methods, and are woven as such.
 */
public final class Generated {
  private final ClassInfo c;
  private final Coroutines coroutines;
  private final List<ClassInfo> supertypes;

  private Generated(ClassInfo c, Coroutines coroutines) {
    this.c = c;
    this.coroutines = coroutines;
    this.supertypes =
        Stream.concat(
                coroutines.infos().superclassesOf(c.name()).stream(),
                coroutines.infos().interfacesOf(c.name()).stream())
            .toList();
  }

  /**
   * Whether a class that was not woven has what only the weaver adds.
   *
   * @param hasSource whether its class file names a source: then a method that only looks like a twin is the user's, and refused
   */
  public static boolean overridesWhatIsAdded(
      ClassInfo c, boolean hasSource, Coroutines coroutines) {
    Generated g = new Generated(c, coroutines);
    return c.method(RuntimeMember.WOVEN_CLASS.member(), RuntimeMember.WOVEN_CLASS.desc()) != null
        || c.methods().values().stream()
            .anyMatch(m -> (!hasSource || m.is(Opcodes.ACC_SYNTHETIC)) && g.overridesTwin(m));
  }

  /** Whether each of a class's coroutines overrides one that it inherits. */
  public static boolean onlyOverridesCoroutines(ClassInfo c, Coroutines coroutines) {
    Generated g = new Generated(c, coroutines);
    return c.methods().values().stream()
        .filter(coroutines::isCoroutine)
        .allMatch(m -> g.inherits(m.name(), m.desc()));
  }

  private boolean overridesTwin(MethodInfo m) {
    return TwinDesc.isTwin(m.desc())
        && m.isVirtual()
        && inherits(m.name(), TwinDesc.plain(m.desc()));
  }

  private boolean inherits(String name, String desc) {
    return supertypes.stream()
        .map(s -> s.method(name, desc))
        .anyMatch(m -> m != null && m.isVirtual() && coroutines.hasTwin(m));
  }
}

package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Calls in a coroutine of which nobody can tell whether they are coroutines, because the class path of the build lacks a class. Coweave's
 * own modules apart, a class path as the agent sees it isn't known to be whole.
 */
public final class UnknownCallees {
  private static final String IO = "dev/coweave/io/";

  private UnknownCallees() {}

  /**
   * Reports the first call that needs a class which is missing, for each such class; of the module for sockets one.
   *
   * @param toBeMade the classes that the weaver will make for lambdas, whose calls stand there already
   */
  public static void check(
      Coroutines coroutines,
      String owner,
      MethodNode method,
      Set<String> toBeMade,
      Consumer<BrokenRule> broken) {
    Set<String> reported = new HashSet<>();
    for (AbstractInsnNode insn : method.instructions) {
      if (!(insn instanceof MethodInsnNode call
          && (coroutines.isWhole() || call.owner.startsWith(IO)))) {
        continue;
      }
      String missing = missing(call, coroutines.infos());
      boolean io = missing != null && missing.startsWith(IO);
      if (missing != null && !toBeMade.contains(missing) && reported.add(io ? IO : missing)) {
        broken.accept(
            new BrokenRule(
                io ? Rule.NO_IO : Rule.UNKNOWN_CALLEE,
                Lines.name(owner, method.name, method.desc),
                Lines.of(insn),
                "call of "
                    + call.owner.replace('/', '.')
                    + "."
                    + call.name
                    + ": there is no "
                    + missing.replace('/', '.')
                    + " on the class path"));
      }
    }
  }

  private static @Nullable String missing(MethodInsnNode call, ClassInfos infos) {
    return call.name.startsWith("<")
            || call.owner.startsWith("[")
            || infos.resolve(call.owner, call.name, call.desc) != null
        ? null
        : missing(call.owner, infos);
  }

  /** The class itself, or one that it extends or implements. */
  private static @Nullable String missing(String name, ClassInfos infos) {
    if (ClassInfos.isJdk(name)) {
      return null;
    }
    ClassInfo c = infos.find(name);
    if (c == null) {
      return RuntimeAbi.isRuntime(name) || isOfPlatform(name) ? null : name;
    }
    return Stream.concat(Stream.ofNullable(c.superName()), c.interfaces().stream())
        .flatMap(s -> Stream.ofNullable(missing(s, infos)))
        .findFirst()
        .orElse(null);
  }

  /** Such as {@code org.w3c.dom.Node}. */
  private static boolean isOfPlatform(String name) {
    return ClassLoader.getPlatformClassLoader().getResource(name + ".class") != null;
  }
}

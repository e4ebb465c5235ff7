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

/** Calls in a coroutine of which nobody can tell whether they are coroutines, because the class path of the build lacks a class. */
public final class UnknownCallees {
  private UnknownCallees() {}

  /** Reports the first call that needs a class which is missing, for each such class. */
  public static void check(
      Coroutines coroutines, String owner, MethodNode method, Consumer<BrokenRule> broken) {
    if (!coroutines.isWhole()) {
      return;
    }
    Set<String> reported = new HashSet<>();
    for (AbstractInsnNode insn : method.instructions) {
      String missing =
          insn instanceof MethodInsnNode call ? missing(call, coroutines.infos()) : null;
      if (missing != null && reported.add(missing)) {
        MethodInsnNode call = (MethodInsnNode) insn;
        broken.accept(
            new BrokenRule(
                Rule.UNKNOWN_CALLEE,
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

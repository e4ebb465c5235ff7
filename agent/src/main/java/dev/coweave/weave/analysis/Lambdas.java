package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The coroutine lambdas of a class: those whose functional interface's method is a coroutine. What a lambda's body becomes
 * follows from that method's erased descriptor.
 *
 * @param sites where lambdas are made whose method suspends, or that inherit a coroutine; others need no class of their own: calling
 *     them returns at once
 * @param bodies the methods that hold lambda bodies, with their kinds
 * @param byPattern the names of bodies that are coroutines only because their interface's method is one by pattern: what can't be
 *     woven of these stays plain
 */
public record Lambdas(List<LambdaSite> sites, Map<MethodInfo, Kind> bodies, Set<String> byPattern) {
  private static final String FACTORY = "java/lang/invoke/LambdaMetafactory";

  /**
   * Finds the coroutine lambdas of a class, in all of its methods.
   *
   * @param plain the names of bodies that are to stay plain
   * @param names what a reader calls the methods that make lambdas
   */
  public static Lambdas find(
      ClassNode c,
      ClassInfo info,
      Coroutines coroutines,
      Set<String> plain,
      LambdaNames names,
      Consumer<BrokenRule> broken) {
    List<LambdaSite> sites = new ArrayList<>();
    Map<MethodInfo, Kind> bodies = new HashMap<>();
    Set<String> byPattern = new HashSet<>();
    Set<String> annotated = new HashSet<>();
    for (MethodNode method : c.methods) {
      for (AbstractInsnNode insn : method.instructions) {
        if (insn instanceof InvokeDynamicInsnNode indy && indy.bsm.getOwner().equals(FACTORY)) {
          MethodInfo target = target(indy, coroutines);
          String body = ((Handle) indy.bsmArgs[1]).getName();
          boolean suspends = false;
          if (target != null
              && !plain.contains(body)
              && isWoven(target, coroutines, names.of(method), indy, broken)) {
            suspends = add(indy, info, coroutines, bodies);
            (coroutines.isByPattern(target) ? byPattern : annotated).add(body);
          }
          LambdaSite site =
              new LambdaSite(indy, (Handle) indy.bsmArgs[1], ownBody(indy, info) != null, suspends);
          if (suspends || inheritsCoroutine(site, coroutines)) {
            sites.add(site);
          }
        }
      }
    }
    byPattern.removeAll(annotated);
    return new Lambdas(List.copyOf(sites), Map.copyOf(bodies), Set.copyOf(byPattern));
  }

  /** The interface's method that a lambda implements, if that is a coroutine. */
  private static @Nullable MethodInfo target(InvokeDynamicInsnNode indy, Coroutines coroutines) {
    String itf = Type.getReturnType(indy.desc).getInternalName();
    MethodInfo m =
        coroutines.infos().resolve(itf, indy.name, ((Type) indy.bsmArgs[0]).getDescriptor());
    return m != null && coroutines.isCoroutine(m) ? m : null;
  }

  private static boolean isWoven(
      MethodInfo target,
      Coroutines coroutines,
      String method,
      InvokeDynamicInsnNode indy,
      Consumer<BrokenRule> broken) {
    String lambda = "a lambda of " + target.owner().replace('/', '.');
    BrokenRule rule =
        switch (coroutines.status(target)) {
          case WOVEN, EXCLUDED -> null;
          case UNWOVEN ->
              rule(
                  Rule.UNWOVEN_DEPENDENCY,
                  method,
                  indy,
                  lambda + ", a coroutine that was never woven");
          case OTHER_VERSION ->
              rule(
                  Rule.OTHER_VERSION,
                  method,
                  indy,
                  lambda + ", which was woven by another version of coweave");
        };
    if (rule != null) {
      broken.accept(rule);
    }
    return coroutines.isWoven(target);
  }

  private static BrokenRule rule(
      Rule rule, String method, InvokeDynamicInsnNode indy, String what) {
    return new BrokenRule(rule, method, Lines.of(indy), what);
  }

  /** The method of a class that a lambda calls, if a compiler put it there as the lambda's body. */
  private static @Nullable MethodInfo ownBody(InvokeDynamicInsnNode indy, ClassInfo info) {
    Handle handle = (Handle) indy.bsmArgs[1];
    MethodInfo body =
        handle.getOwner().equals(info.name())
            ? info.method(handle.getName(), handle.getDesc())
            : null;
    return body != null && CompilerGenerated.isLambdaBody(body) ? body : null;
  }

  /** Adds a body of a coroutine lambda; returns whether the lambda's method suspends. */
  private static boolean add(
      InvokeDynamicInsnNode indy,
      ClassInfo info,
      Coroutines coroutines,
      Map<MethodInfo, Kind> bodies) {
    MethodInfo body = ownBody(indy, info);
    Kind kind =
        Kind.of(((Type) indy.bsmArgs[0]).getDescriptor(), body == null ? Set.of() : body.calls());
    if (body != null) {
      bodies.put(body, kind);
      info.methods().values().stream()
          .filter(m -> CompilerGenerated.adapts(body, m))
          .forEach(m -> bodies.put(m, kind));
    }
    Handle handle = (Handle) indy.bsmArgs[1];
    MethodInfo referred =
        coroutines.infos().resolve(handle.getOwner(), handle.getName(), handle.getDesc());
    return kind == Kind.SUSPENDING
        && (body != null
            || (referred != null && coroutines.hasTwin(referred) && coroutines.isWoven(referred)));
  }

  /** Whether a lambda inherits a coroutine: then callers look whether they may enter twins on it. */
  private static boolean inheritsCoroutine(LambdaSite site, Coroutines coroutines) {
    return Stream.concat(Stream.of(site.interfaceName()), site.markers().stream())
        .flatMap(
            i ->
                Stream.concat(
                    Stream.ofNullable(coroutines.infos().find(i)),
                    coroutines.infos().interfacesOf(i).stream()))
        .flatMap(i -> i.methods().values().stream())
        .anyMatch(
            m ->
                m.isVirtual()
                    && !m.is(Opcodes.ACC_ABSTRACT)
                    && coroutines.hasTwin(m)
                    && coroutines.isWoven(m));
  }
}

package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.Call;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The methods that compilers add to those that the user wrote. They stand between a coroutine and its caller, but mostly bear no
 * annotation. A <i>forwarder</i> does nothing but lead to another method, its target, and is whatever that is: a coroutine if
 * the target suspends, a plain method if the target returns at once, as an async method or a generator does. A <i>body</i> holds
 * code of the user's.
 *
 * <pre>
 *   forwarders
 *   bridges                                              all; javac copies annotations to them (JDK-6695379), others don't
 *   access$000, access$f                                 javac before 11, ecj, kotlinc: f is private, or a superclass's
 *   f$default(args, int mask, Object)                    kotlinc: evaluates default arguments, and calls f
 *   static f$(Trait, args)                               scalac: calls Trait's own f, whatever a class overrides
 *   Trait$$super$f(args)                                 scalac: calls the f that comes before Trait's
 *
 *   bodies
 *   f$default$2()                                        scalac: the second argument's default
 *   pkg$Service$$$anonfun$f$1                            scalac: the body of a lambda whose trait has methods with bodies
 *   Service$$Lambda.doCall, of a GeneratedLambda         groovyc: a lambda's body
 *   f of a class made of a lambda or a reference         kotlinc, scalac: implements a coroutine interface
 * </pre>
 */
public final class CompilerGenerated {
  private static final String SUPER = "$$super$";
  private static final String ADAPTED = "$adapted";
  private static final String SCALA_LAMBDA = "$$anonfun$";
  private static final String SCALA_BODY = "$$$anonfun$";
  private static final String DEFAULT_IMPLS = "$DefaultImpls";
  private static final String GENERATED_LAMBDA = "org/codehaus/groovy/runtime/GeneratedLambda";
  private static final String KOTLIN_METADATA = "Lkotlin/Metadata;";

  /** The kind of class, in Kotlin's metadata, that is made of a lambda or a reference. */
  private static final int KOTLIN_LAMBDA = 3;

  /** How many forwarders may lead to each other; compilers need three. */
  private static final int MAX_CHAIN = 8;

  private final ClassInfos infos;

  CompilerGenerated(ClassInfos infos) {
    this.infos = infos;
  }

  /** Whether a method of a class that makes lambdas, which one of them calls, is a body that the compiler put there. */
  static boolean isLambdaBody(MethodInfo m) {
    boolean named = m.name().contains("$lambda$") || m.name().contains("$anonfun");
    return !m.is(Opcodes.ACC_BRIDGE) && (m.is(Opcodes.ACC_SYNTHETIC) || named);
  }

  /**
   * The name of the body that a lambda's method adapts values for, or null: scalac's {@code $anonfun$f$1$adapted} boxes what
   * {@code $anonfun$f$1} gives.
   */
  static @Nullable String adapted(MethodInfo body) {
    String name = body.name();
    return name.endsWith(ADAPTED) ? name.substring(0, name.length() - ADAPTED.length()) : null;
  }

  /** Whether a class may have coroutines that only these rules tell, so that its constant pool doesn't. */
  static boolean mayHave(String name, List<String> interfaces) {
    return name.endsWith(DEFAULT_IMPLS) || interfaces.contains(GENERATED_LAMBDA);
  }

  /**
   * Whether a method only calls the twin that the runtime's interface has for it. scalac puts such a forwarder into each class that
   * implements the interface; the class's own twin takes its place.
   */
  public static boolean isForwarderToTwin(MethodNode m) {
    if (!TwinDesc.isTwin(m.desc)) {
      return false;
    }
    for (AbstractInsnNode insn : m.instructions) {
      if (insn instanceof MethodInsnNode call) {
        return call.getOpcode() == Opcodes.INVOKESPECIAL
            && RuntimeAbi.isRuntime(call.owner)
            && call.name.equals(m.name)
            && call.desc.equals(m.desc);
      }
    }
    return false;
  }

  // ---- what a method is

  /** Whether a method is a coroutine that only leads to another. */
  boolean isForwarder(MethodInfo m) {
    return target(m, MAX_CHAIN) != null && kind(m) != null;
  }

  /** What a method becomes: one that bears the annotation, or one that a compiler added. Null if it is no coroutine. */
  @Nullable Kind kind(MethodInfo m) {
    return kind(m, MAX_CHAIN);
  }

  private @Nullable Kind kind(MethodInfo m, int chain) {
    MethodInfo target = target(m, chain);
    if (target != null) {
      return kind(target, chain - 1) == Kind.SUSPENDING ? Kind.SUSPENDING : null;
    }
    if (isAnnotated(m)) {
      return Kind.of(m.desc(), m.calls());
    }
    Kind ofBody = isBody(m, chain) ? Kind.of(m.desc(), m.calls()) : null;
    return ofBody == Kind.ASYNC ? null : ofBody;
  }

  private boolean isCoroutine(MethodInfo m, int chain) {
    return chain > 0 && kind(m, chain - 1) != null;
  }

  // ---- forwarders

  /** The coroutine that a forwarder leads to; null if the method is no forwarder. */
  private @Nullable MethodInfo target(MethodInfo m, int chain) {
    String name = m.name();
    if (m.is(Opcodes.ACC_BRIDGE)) {
      return targetOfBridge(m, chain);
    }
    if (name.indexOf('$') < 0 || isAnnotated(m)) {
      return null;
    }
    boolean isStatic = m.is(Opcodes.ACC_STATIC);
    boolean isSynthetic = m.is(Opcodes.ACC_SYNTHETIC);
    int parameters = Type.getArgumentCount(m.desc());
    if (name.startsWith(ClassInfo.ACCESSOR)) {
      return isStatic && isSynthetic ? called(m, call -> true, chain) : null;
    }
    int of = name.indexOf(SUPER);
    if (of >= 0) {
      return named(
          withSupertypes(m.owner()), name.substring(of + SUPER.length()), parameters, chain);
    }
    if (name.endsWith(ClassInfo.KOTLIN_DEFAULT)) {
      return isStatic && isSynthetic ? targetOfDefault(m, chain) : null;
    }
    return name.endsWith("$") && isStatic
        ? named(own(m), name.substring(0, name.length() - 1), parameters - 1, chain)
        : null;
  }

  /** What a bridge calls: the method that overrides by other types, or a superclass's that isn't public otherwise. */
  private @Nullable MethodInfo targetOfBridge(MethodInfo m, int chain) {
    return called(m, call -> call.name().equals(m.name()), chain);
  }

  private @Nullable MethodInfo targetOfDefault(MethodInfo m, int chain) {
    String name = m.name().substring(0, m.name().length() - ClassInfo.KOTLIN_DEFAULT.length());
    return called(m, call -> call.name().equals(name), chain);
  }

  private Stream<ClassInfo> own(MethodInfo m) {
    return Stream.ofNullable(infos.find(m.owner()));
  }

  /** The coroutine that a body calls. */
  private @Nullable MethodInfo called(MethodInfo m, Predicate<Call> which, int chain) {
    return m.calls().stream()
        .filter(which)
        .map(call -> infos.resolve(call.owner(), call.name(), call.desc()))
        .filter(o -> o != null && isCoroutine(o, chain))
        .findFirst()
        .orElse(null);
  }

  /** The coroutine of a name, and of a number of parameters, that classes declare; overloads are taken for each other. */
  private @Nullable MethodInfo named(
      Stream<ClassInfo> classes, String name, int parameters, int chain) {
    return classes
        .flatMap(c -> c.methods().values().stream())
        .filter(o -> o.name().equals(name) && Type.getArgumentCount(o.desc()) == parameters)
        .filter(o -> isCoroutine(o, chain))
        .findFirst()
        .orElse(null);
  }

  // ---- bodies

  private boolean isBody(MethodInfo m, int chain) {
    return isScalaDefault(m)
        || (m.name().contains(SCALA_BODY) && callsCoroutine(m, chain))
        || isOfLambdaClass(m)
        || (m.name().equals(ClassInfo.GROOVY_LAMBDA)
            && isGroovyLambda(m.owner())
            && callsCoroutine(m, chain));
  }

  private boolean callsCoroutine(MethodInfo m, int chain) {
    return called(m, call -> true, chain) != null;
  }

  private boolean isScalaDefault(MethodInfo m) {
    int of = m.name().lastIndexOf(ClassInfo.KOTLIN_DEFAULT);
    return of > 0
        && m.name().length() > of + ClassInfo.KOTLIN_DEFAULT.length()
        && !m.calls().isEmpty()
        && withSupertypes(m.owner())
            .flatMap(c -> c.methods().values().stream())
            .anyMatch(o -> o.name().equals(m.name().substring(0, of)) && isAnnotated(o));
  }

  private Stream<ClassInfo> withSupertypes(String name) {
    List<ClassInfo> all = new ArrayList<>();
    ClassInfo own = infos.find(name);
    if (own != null) {
      all.add(own);
    }
    all.addAll(infos.superclassesOf(name));
    all.addAll(infos.interfacesOf(name));
    return all.stream();
  }

  private boolean isGroovyLambda(String owner) {
    ClassInfo c = infos.find(owner);
    return c != null && c.interfaces().contains(GENERATED_LAMBDA);
  }

  /** Whether a method is what a class that was made of a lambda implements a coroutine interface with. */
  private boolean isOfLambdaClass(MethodInfo m) {
    ClassInfo c = m.isVirtual() ? infos.find(m.owner()) : null;
    return c != null
        && isLambdaClass(c)
        && infos.interfacesOf(c.name()).stream()
            .anyMatch(i -> declares(i, m.name(), Type.getArgumentCount(m.desc())));
  }

  private boolean declares(ClassInfo c, String name, int parameters) {
    return c.methods().values().stream()
        .anyMatch(
            o ->
                o.name().equals(name)
                    && isAnnotated(o)
                    && Type.getArgumentCount(o.desc()) == parameters);
  }

  private static boolean isLambdaClass(ClassInfo c) {
    return c.name().contains(SCALA_LAMBDA)
        || c.annotations().getOrDefault(KOTLIN_METADATA, Map.of()).getOrDefault("k", 0)
            == KOTLIN_LAMBDA;
  }

  private boolean isAnnotated(MethodInfo m) {
    return CoroutineMarks.areOn(m, infos);
  }
}

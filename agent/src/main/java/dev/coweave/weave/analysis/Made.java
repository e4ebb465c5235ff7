package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The methods that compilers add to those that the user wrote. They stand between a coroutine and its caller, but bear no
 * annotation; those that do nothing but lead to a coroutine are coroutines too:
 *
 * <pre>
 *   bridges                                              all; javac copies annotations to them (JDK-6695379), others don't
 *   access$000, access$f                                 javac before 11, ecj, kotlinc: f is private, or a superclass's
 *   f$default(args, int mask, Object)                    kotlinc: evaluates default arguments, and calls f
 *   f$default$2()                                        scalac: the second argument's default
 *   static f$(Trait, args)                               scalac: calls Trait's own f, whatever a class overrides
 *   Trait$$super$f(args)                                 scalac: calls the f that comes before Trait's
 *   pkg$Service$$$anonfun$f$1                            scalac: the body of a lambda whose trait has methods with bodies
 *   Service$$Lambda.doCall, of a GeneratedLambda         groovyc: a lambda's body
 *   f of a class made of a lambda or a reference         kotlinc, scalac: implements a coroutine interface
 * </pre>
 */
public final class Made {
  private static final String DEFAULT = "$default";
  private static final String SUPER = "$$super$";
  private static final String ADAPTED = "$adapted";
  private static final String SCALA_LAMBDA = "$$anonfun$";
  private static final String SCALA_BODY = "$$$anonfun$";
  private static final String DEFAULT_IMPLS = "$DefaultImpls";
  private static final String GENERATED_LAMBDA = "org/codehaus/groovy/runtime/GeneratedLambda";
  private static final String KOTLIN_METADATA = "Lkotlin/Metadata;";

  /** The kind of class, in Kotlin's metadata, that is made of a lambda or a reference. */
  private static final int KOTLIN_LAMBDA = 3;

  private final ClassInfos infos;

  Made(ClassInfos infos) {
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
    if (!m.desc.contains(RuntimeAbi.CONTINUATION_DESC + ")")) {
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

  /** Whether a method without annotation leads to a coroutine. */
  boolean leadsToCoroutine(MethodInfo m) {
    return (m.is(Opcodes.ACC_BRIDGE)
            && declares(m.owner(), m.name(), Type.getArgumentCount(m.desc())))
        || (m.name().indexOf('$') >= 0 && isNamedFor(m))
        || isOfLambdaClass(m)
        || (m.name().equals(ClassInfo.GROOVY_LAMBDA)
            && isGroovyLambda(m.owner())
            && callsCoroutine(m));
  }

  /** Whether a method's name, which has a dollar, says that a compiler made it for a coroutine. */
  private boolean isNamedFor(MethodInfo m) {
    String name = m.name();
    boolean isStatic = m.is(Opcodes.ACC_STATIC);
    boolean isSynthetic = m.is(Opcodes.ACC_SYNTHETIC);
    if (name.startsWith(ClassInfo.ACCESSOR)) {
      return isStatic && isSynthetic && callsCoroutine(m);
    }
    int of = name.indexOf(SUPER);
    if (of >= 0) {
      return inherits(m.owner(), name.substring(of + SUPER.length()));
    }
    if (name.endsWith("$")) {
      return isStatic && leadsToOneNamed(name.substring(0, name.length() - 1), m.owner());
    }
    if (name.contains(SCALA_BODY)) {
      return callsCoroutine(m);
    }
    of = name.lastIndexOf(DEFAULT);
    if (of <= 0) {
      return false;
    }
    boolean kotlins = name.length() == of + DEFAULT.length();
    return kotlins
        ? isStatic && isSynthetic && inherits(withoutDefaultImpls(m.owner()), name.substring(0, of))
        : !m.calls().isEmpty() && inherits(m.owner(), name.substring(0, of));
  }

  private static String withoutDefaultImpls(String owner) {
    return owner.endsWith(DEFAULT_IMPLS)
        ? owner.substring(0, owner.length() - DEFAULT_IMPLS.length())
        : owner;
  }

  /** Whether a class declares a coroutine of a name, an annotated one or one of those that this class tells. */
  private boolean leadsToOneNamed(String name, String owner) {
    ClassInfo c = infos.find(owner);
    return c != null
        && c.methods().values().stream()
            .anyMatch(o -> o.name().equals(name) && (isAnnotated(o) || leadsToCoroutine(o)));
  }

  /** Whether a class or one of its supertypes declares an annotated method of a name. */
  private boolean inherits(String owner, String name) {
    return withSupertypes(owner)
        .flatMap(c -> c.methods().values().stream())
        .anyMatch(o -> o.name().equals(name) && isAnnotated(o));
  }

  /** Whether a class declares an annotated method that isn't a bridge. */
  private boolean declares(String owner, String name, int parameters) {
    ClassInfo c = infos.find(owner);
    return c != null
        && c.methods().values().stream()
            .anyMatch(
                o ->
                    o.name().equals(name)
                        && isAnnotated(o)
                        && !o.is(Opcodes.ACC_BRIDGE)
                        && Type.getArgumentCount(o.desc()) == parameters);
  }

  /** Whether a method's body calls an annotated method of a class that is known. */
  private boolean callsCoroutine(MethodInfo m) {
    return m.calls().stream()
        .anyMatch(
            call -> {
              int dot = call.indexOf('.');
              String owner = call.substring(0, dot);
              String name = call.substring(dot + 1);
              return inherits(owner, name);
            });
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
            .anyMatch(i -> declares(i.name(), m.name(), Type.getArgumentCount(m.desc())));
  }

  private static boolean isLambdaClass(ClassInfo c) {
    return c.name().contains(SCALA_LAMBDA)
        || c.annotations().getOrDefault(KOTLIN_METADATA, Map.of()).getOrDefault("k", 0)
            == KOTLIN_LAMBDA;
  }

  private static boolean isAnnotated(MethodInfo m) {
    return m.annotations().contains(RuntimeAbi.COROUTINE_DESC);
  }
}

package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.Call;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.bytecode.ConstantPool;
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
 *   f$default(args, int mask, Object)                    kotlinc: evaluates default arguments, and calls f; or the f$default of a file's part
 *   private static g$f(args)                             kotlinc: in g, a reference to f that takes other arguments, or gives something else
 *   private static g$lambda$0(D)                         kotlinc: in g, reads or writes a local variable by the delegate D
 *   static f$(Trait, args)                               scalac: calls Trait's own f, whatever a class overrides
 *   Trait$$super$f(args)                                 scalac: calls the f that comes before Trait's
 *   super$f(args)                                        scalac: calls a superclass's f, for a nested class or a lambda
 *   inline$f(args), Service$$inline$f(args)              scalac: f is private, and an inline method calls it
 *   protected$f(Service, args)                           scalac: f is protected, in another package
 *   f(int...)                                            scalac: for Java, calls f(Seq); what has @varargs
 *   f(args), Generated                                   groovyc: calls f of what is annotated Delegate
 *
 *   bodies
 *   f$default$2(), f$default$2$extension(Meters)         scalac: the second argument's default
 *   pkg$Service$$$anonfun$f$1, pkg$Service$$_$_$$anonfun$1   scalac: the body of a lambda whose trait has methods with bodies, or of a class's
 *   Service$$Lambda.doCall, of a GeneratedLambda         groovyc: a lambda's body
 *   f of a class made of a lambda or a reference         kotlinc, scalac: implements a coroutine
 * </pre>
 */
public final class CompilerGenerated {
  private static final String SUPER = "$$super$";
  private static final String SUPERCLASS = "super$";
  private static final String INLINE = "inline$";
  private static final String PROTECTED = "protected$";
  private static final String ADAPTED = "$adapted";
  private static final String SCALA_SEQ = "/Seq;)";
  private static final String KOTLIN_PROPERTY = "Lkotlin/reflect/KProperty;";
  private static final String SCALA_LAMBDA = "$$anonfun$";
  private static final String SCALA_BODY = "$$$anonfun$";
  private static final String SCALA_3_BODY = "$_$$anonfun$";
  private static final String DEFAULT_IMPLS = "$DefaultImpls";
  private static final String GENERATED_LAMBDA = "org/codehaus/groovy/runtime/GeneratedLambda";
  private static final byte[][] GENERATED = ConstantPool.ascii(List.of(ClassInfo.GROOVY_GENERATED));
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
    boolean named = m.name().contains("lambda$") || m.name().contains("$anonfun");
    // scalac 3 calls its adapters bridges, but no static method is one.
    boolean bridge = m.is(Opcodes.ACC_BRIDGE) && !m.is(Opcodes.ACC_STATIC);
    return !bridge && (m.is(Opcodes.ACC_SYNTHETIC) || named);
  }

  /**
   * Whether a lambda's method only adapts values for a body of the same class, which it calls: scalac's {@code $anonfun$f$1$adapted}, or
   * {@code $anonfun$adapted$1}, boxes what {@code $anonfun$f$1} or {@code $anonfun$1} gives.
   */
  static boolean adapts(MethodInfo body, MethodInfo other) {
    return body.name().contains(ADAPTED)
        && !body.equals(other)
        && isLambdaBody(other)
        && body.calls().contains(new Call(other.owner(), other.name(), other.desc()));
  }

  /** Whether a class may have coroutines that only these rules tell, so that its constant pool doesn't. */
  static boolean mayHave(ConstantPool c) {
    return c.className().endsWith(DEFAULT_IMPLS)
        || c.interfaces().contains(GENERATED_LAMBDA)
        || c.contains(GENERATED);
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
    if (m.is(Opcodes.ACC_BRIDGE)) {
      return targetOfBridge(m, chain);
    }
    if (isAnnotated(m)) {
      return null;
    }
    if (m.isGroovysOwn()) {
      return called(m, call -> call.name().equals(m.name()), chain);
    }
    if (m.is(Opcodes.ACC_VARARGS)) {
      return called(m, call -> isOfVarargs(m, call), chain);
    }
    return m.name().indexOf('$') < 0 ? null : targetOfAccessor(m, chain);
  }

  /** What a bridge calls: the method that overrides by other types, or a superclass's that isn't public otherwise. */
  private @Nullable MethodInfo targetOfBridge(MethodInfo m, int chain) {
    return called(m, call -> call.name().equals(m.name()), chain);
  }

  /** Whether a call is that of the method which takes a Scala sequence, or of the object's by a static one of its class. */
  private static boolean isOfVarargs(MethodInfo m, Call call) {
    return call.name().equals(m.name())
        && (call.desc().contains(SCALA_SEQ) || call.owner().equals(m.owner() + "$"));
  }

  private @Nullable MethodInfo targetOfAccessor(MethodInfo m, int chain) {
    String name = m.name();
    boolean isStatic = m.is(Opcodes.ACC_STATIC);
    boolean isSynthetic = m.is(Opcodes.ACC_SYNTHETIC);
    if (name.startsWith(ClassInfo.ACCESSOR)) {
      return isStatic && isSynthetic ? called(m, call -> true, chain) : null;
    }
    int of = name.indexOf(SUPER);
    if (of >= 0) {
      return targetOfSuper(m, name.substring(of + SUPER.length()), chain);
    }
    if (name.startsWith(SUPERCLASS)) {
      return calledBy(m, name.substring(SUPERCLASS.length()), chain);
    }
    if (name.startsWith(PROTECTED)) {
      return calledBy(m, name.substring(PROTECTED.length()), chain);
    }
    if (name.startsWith(INLINE) || name.contains("$$" + INLINE)) {
      return called(m, call -> true, chain);
    }
    if (name.endsWith(ClassInfo.KOTLIN_DEFAULT)) {
      return isStatic && isSynthetic ? targetOfDefault(m, chain) : null;
    }
    if (name.endsWith("$")) {
      return isStatic ? calledBy(m, name.substring(0, name.length() - 1), chain) : null;
    }
    return m.is(Opcodes.ACC_STATIC | Opcodes.ACC_PRIVATE) ? targetInFunction(m, chain) : null;
  }

  /** The super accessor of a trait is abstract, and that of a class calls what it stands for. */
  private @Nullable MethodInfo targetOfSuper(MethodInfo m, String name, int chain) {
    if (!m.is(Opcodes.ACC_ABSTRACT)) {
      return calledBy(m, name, chain);
    }
    List<MethodInfo> all =
        withSupertypes(m.owner())
            .flatMap(c -> c.methods().values().stream())
            .filter(o -> o.name().equals(name))
            .toList();
    List<MethodInfo> same = all.stream().filter(o -> o.desc().equals(m.desc())).toList();
    int parameters = Type.getArgumentCount(m.desc());
    return (same.isEmpty() ? all : same)
        .stream()
            .filter(o -> Type.getArgumentCount(o.desc()) == parameters && isCoroutine(o, chain))
            .findFirst()
            .orElse(null);
  }

  /** The coroutine of a name that a method calls, or that which the static method of a trait leads to. */
  private @Nullable MethodInfo calledBy(MethodInfo m, String name, int chain) {
    return called(m, call -> call.name().equals(name) || call.name().equals(name + "$"), chain);
  }

  private @Nullable MethodInfo targetOfDefault(MethodInfo m, int chain) {
    String name = m.name().substring(0, m.name().length() - ClassInfo.KOTLIN_DEFAULT.length());
    return called(m, call -> call.name().equals(name) || call.name().equals(m.name()), chain);
  }

  /** What kotlinc makes for the code of one function. */
  private @Nullable MethodInfo targetInFunction(MethodInfo m, int chain) {
    Predicate<Call> which =
        m.name().contains("lambda$")
            ? call -> call.desc().contains(KOTLIN_PROPERTY)
            : call ->
                m.name().endsWith("$" + call.name())
                    || (m.name() + ClassInfo.KOTLIN_DEFAULT).endsWith("$" + call.name());
    return called(m, which, chain);
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

  // ---- bodies

  private boolean isBody(MethodInfo m, int chain) {
    return isScalaDefault(m)
        || (isScalaBody(m.name()) && callsCoroutine(m, chain))
        || isOfLambdaClass(m)
        || (m.name().equals(ClassInfo.GROOVY_LAMBDA)
            && isGroovyLambda(m.owner())
            && callsCoroutine(m, chain));
  }

  private static boolean isScalaBody(String name) {
    return name.contains(SCALA_BODY) || name.contains(SCALA_3_BODY);
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
            .anyMatch(o -> isAnnotated(o) && isWithDefault(o.name(), m.name().substring(0, of)));
  }

  /** Whether a default argument is of a method: of {@code f}, of a local {@code f$1}, or of a value's {@code f$extension}. */
  private static boolean isWithDefault(String method, String name) {
    return method.equals(name)
        || (method.startsWith(name + "$") && !method.contains(ClassInfo.KOTLIN_DEFAULT));
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

  /** Whether a method is what a class that was made of a lambda implements a coroutine of its supertypes with. */
  private boolean isOfLambdaClass(MethodInfo m) {
    ClassInfo c = m.isVirtual() ? infos.find(m.owner()) : null;
    return c != null
        && isLambdaClass(c, m)
        && withSupertypes(c.name())
            .anyMatch(s -> declares(s, m.name(), Type.getArgumentCount(m.desc())));
  }

  private boolean declares(ClassInfo c, String name, int parameters) {
    return c.methods().values().stream()
        .anyMatch(
            o ->
                o.name().equals(name)
                    && isAnnotated(o)
                    && Type.getArgumentCount(o.desc()) == parameters);
  }

  /** Scala 3 names such a class as one that the user wrote. */
  private static boolean isLambdaClass(ClassInfo c, MethodInfo m) {
    return c.name().contains(SCALA_LAMBDA)
        || (c.name().contains(ClassInfo.SCALA_ANONYMOUS)
            && m.calls().stream().anyMatch(call -> isScalaBody(call.name())))
        || c.annotations().getOrDefault(KOTLIN_METADATA, Map.of()).getOrDefault("k", 0)
            == KOTLIN_LAMBDA;
  }

  private boolean isAnnotated(MethodInfo m) {
    return CoroutineMarks.areOn(m, infos);
  }
}

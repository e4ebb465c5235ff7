package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.bytecode.ConstantPool;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.MethodInsnNode;

/** Knows which methods are coroutines, from class files alone. Thread-safe. */
public final class Coroutines {
  private final ClassInfos infos;
  private final BiPredicate<String, String> patterns;
  private final Predicate<String> selected;
  private final Predicate<String> wovenAlong;
  private final boolean whole;
  private final Map<MethodInfo, Kind> lambdaBodies;
  private final CompilerGenerated generated;

  /** What is known of a called coroutine's class. */
  enum Status {
    /** Its twins are there, or will be. */
    WOVEN,
    /** It was woven for another version of the runtime. */
    OTHER_VERSION,
    /** It was not woven, and nobody said that it shouldn't be. */
    UNWOVEN,
    /** The user excluded it, or it has no room for a twin and is refused: its coroutines are plain methods. */
    EXCLUDED
  }

  /**
   * The coroutines among the given classes.
   *
   * @param infos the classes
   * @param patterns whether a method without annotation is to be treated as suspending, by its owner's internal name and its name
   * @param selected whether the user wants a class woven
   * @param wovenAlong whether a class is woven in the same run, or will be when it is loaded
   * @param whole whether a class that isn't found is missing
   */
  public Coroutines(
      ClassInfos infos,
      BiPredicate<String, String> patterns,
      Predicate<String> selected,
      Predicate<String> wovenAlong,
      boolean whole) {
    this(infos, patterns, selected, wovenAlong, whole, Map.of());
  }

  private Coroutines(
      ClassInfos infos,
      BiPredicate<String, String> patterns,
      Predicate<String> selected,
      Predicate<String> wovenAlong,
      boolean whole,
      Map<MethodInfo, Kind> lambdaBodies) {
    this.infos = infos;
    this.patterns = patterns;
    this.selected = selected;
    this.wovenAlong = wovenAlong;
    this.whole = whole;
    this.lambdaBodies = lambdaBodies;
    this.generated = new CompilerGenerated(infos);
  }

  /**
   * The same, where one more class is woven in this run.
   *
   * @param name the internal name of a class that the weaver makes
   */
  public Coroutines including(String name) {
    return new Coroutines(
        infos, patterns, selected, wovenAlong.or(name::equals), whole, lambdaBodies);
  }

  /**
   * The same, where the bodies of coroutine lambdas are coroutines too.
   *
   * @param lambdaBodies the methods that hold lambda bodies, and the kinds that their interfaces' methods have
   */
  public Coroutines withLambdaBodies(Map<MethodInfo, Kind> lambdaBodies) {
    Map<MethodInfo, Kind> all = new HashMap<>(this.lambdaBodies);
    all.putAll(lambdaBodies);
    return new Coroutines(infos, patterns, selected, wovenAlong, whole, Map.copyOf(all));
  }

  /** The classes. */
  public ClassInfos infos() {
    return infos;
  }

  /** Whether a declared method is a coroutine, by annotation, by pattern, or as the body of a coroutine lambda. */
  public boolean isCoroutine(MethodInfo m) {
    return isAnnotated(m) || isByPattern(m);
  }

  private boolean isAnnotated(MethodInfo m) {
    if (lambdaBodies.containsKey(m)) {
      return true;
    }
    return generated.kind(m) != null;
  }

  /**
   * Whether a compiler added a coroutine that does nothing but lead to another. Called by plain code it is what it was: it calls the
   * other's plain method.
   */
  public boolean isForwarder(MethodInfo m) {
    return !lambdaBodies.containsKey(m) && generated.isForwarder(m);
  }

  /** Whether a class that doesn't mention the annotation may have coroutines all the same: of those that compilers make. */
  public boolean mayHaveUnannotated(ConstantPool c) {
    return CompilerGenerated.mayHave(c);
  }

  /** Whether a class that names neither annotation has coroutines all the same: tests, by an annotation that is made of that of tests. */
  public boolean hasComposedMark(byte[] classFile) {
    return CoroutineMarks.mayBeComposed(infos)
        && ClassInfo.read(new ClassReader(classFile), false).methods().values().stream()
            .anyMatch(m -> CoroutineMarks.areOn(m, infos));
  }

  /** Whether a method is a coroutine only because a pattern says so: what can't be woven of these stays plain. */
  public boolean isByPattern(MethodInfo m) {
    if (!matches(m) || isAnnotated(m)) {
      return false;
    }
    ClassInfo owner = infos.find(m.owner());
    return owner != null
        && !isAnnotationType(owner)
        && hasFrames(owner)
        && hasRoomForTwin(m, owner);
  }

  /** Its methods are elements, which have no parameters (JLS 9.6.1): what reads annotations calls each method that it finds. */
  private static boolean isAnnotationType(ClassInfo c) {
    return (c.access() & Opcodes.ACC_ANNOTATION) != 0;
  }

  /** Whether a class can have a twin of a method at all: then one that can't suspend forwards to the method. */
  private static boolean hasRoomForTwin(MethodInfo m, ClassInfo owner) {
    MethodInfo own = owner.method(m.name(), TwinDesc.of(m.desc()));
    int slots =
        (Type.getArgumentsAndReturnSizes(m.desc()) >> 2) - (m.is(Opcodes.ACC_STATIC) ? 1 : 0);
    return slots < 255 && (own == null || own.is(Opcodes.ACC_SYNTHETIC));
  }

  private boolean matches(MethodInfo m) {
    boolean ofCompiler =
        m.is(Opcodes.ACC_SYNTHETIC) && (m.is(Opcodes.ACC_STATIC) || m.is(Opcodes.ACC_PRIVATE));
    return !ofCompiler && !m.name().startsWith("<") && patterns.test(m.owner(), m.name());
  }

  /** Whether a class file has StackMapTables (JVMS 4.10), without which it can't be woven. */
  public static boolean hasFrames(ClassInfo c) {
    return c.version() >= Opcodes.V1_6;
  }

  /** Whether some method of a class is a coroutine by pattern. */
  public boolean hasPatternMatch(byte[] classFile) {
    ClassInfo c = ClassInfo.read(new ClassReader(classFile), false);
    return hasFrames(c) && c.methods().values().stream().anyMatch(this::matches);
  }

  /** What a coroutine method becomes. One that is so by pattern is a suspending method, whatever it returns. */
  public Kind kind(MethodInfo m) {
    Kind ofLambda = lambdaBodies.get(m);
    if (ofLambda != null) {
      return ofLambda;
    }
    Kind ofOwn = generated.kind(m);
    return ofOwn == null ? Kind.SUSPENDING : ofOwn;
  }

  /** Whether a method has a twin that others call: all but async methods, which return at once. */
  public boolean hasTwin(MethodInfo m) {
    return isCoroutine(m) && kind(m) != Kind.ASYNC;
  }

  /** Whether a class that isn't found is missing. */
  boolean isWhole() {
    return whole;
  }

  /** The coroutine that a call refers to and that a coroutine would enter, or null if it is a plain call. */
  public @Nullable MethodInfo callee(MethodInsnNode call) {
    if (call.name.startsWith("<") || ClassInfos.isJdk(call.owner)) {
      return null;
    }
    MethodInfo m = infos.resolve(call.owner, call.name, call.desc);
    return m != null && hasTwin(m) ? m : null;
  }

  /** Whether the receiver's class decides which method runs, so that it must be looked at. */
  boolean isGuarded(MethodInsnNode call, MethodInfo m) {
    if (call.getOpcode() == Opcodes.INVOKESTATIC
        || call.getOpcode() == Opcodes.INVOKESPECIAL
        || !m.isVirtual()) {
      return false;
    }
    ClassInfo owner = infos.find(call.owner);
    return !m.is(Opcodes.ACC_FINAL)
        && !(owner != null && owner.isFinal() && m.owner().equals(call.owner));
  }

  Status status(MethodInfo m) {
    ClassInfo owner = infos.find(m.owner());
    if (owner == null) {
      return Status.UNWOVEN;
    }
    Integer abi = stampOf(owner);
    if (abi != null) {
      return abi == RuntimeAbi.VERSION ? Status.WOVEN : Status.OTHER_VERSION;
    }
    if (!selected.test(owner.name()) || !hasRoomForTwin(m, owner)) {
      return Status.EXCLUDED;
    }
    return wovenAlong.test(owner.name())
        ? Status.WOVEN
        : isAnnotated(m) ? Status.UNWOVEN : Status.EXCLUDED;
  }

  /** Whether the twins of a class's coroutines exist, or will when it is loaded. */
  public boolean isWoven(MethodInfo m) {
    return status(m) == Status.WOVEN;
  }

  /** The version that a class was woven for, or null if it was not woven. */
  public static @Nullable Integer stampOf(ClassInfo c) {
    var stamp = c.annotations().get(RuntimeAbi.STAMP_DESC);
    return stamp == null ? null : stamp.getOrDefault(RuntimeAbi.STAMP_ABI, 0);
  }
}

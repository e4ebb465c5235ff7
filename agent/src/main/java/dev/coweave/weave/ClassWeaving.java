package dev.coweave.weave;

import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.CompilerGenerated;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.Generated;
import dev.coweave.weave.analysis.LambdaNames;
import dev.coweave.weave.analysis.Lambdas;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.TwinDesc;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.InlinedLine;
import dev.coweave.weave.bytecode.Serialization;
import dev.coweave.weave.bytecode.Verification;
import dev.coweave.weave.durable.DurableWeaving;
import dev.coweave.weave.emit.ClassEmitter;
import dev.coweave.weave.emit.LambdaBodies;
import dev.coweave.weave.emit.LambdaClasses;
import dev.coweave.weave.machine.ClassPlan;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.CodeSizeEvaluator;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/** The weaving of one class: the pipeline, in its order. */
final class ClassWeaving {
  /** HotSpot's HugeMethodLimit. */
  private static final int HUGE = 8000;

  /** More than a suspension point adds to a woven method, and each value that is kept there. */
  private static final int STATE_BYTES = 120;

  private static final int SLOT_BYTES = 40;

  private final byte[] classFile;
  private final ClassReader reader;
  private final Options options;
  private final ClassNode c = new ClassNode(Opcodes.ASM9);
  private final List<BrokenRule> broken = new ArrayList<>();
  private final CompanionNames names;
  private final Map<String, byte[]> companions = new LinkedHashMap<>();
  private final Map<String, Integer> shapes = new LinkedHashMap<>();

  /** As they were compiled: entries have no lines. */
  private final Map<MethodNode, Integer> firstLines = new HashMap<>();

  /** What an earlier attempt found to have to stay plain. */
  private final KeptPlain plain;

  /** The same, and what this attempt found. */
  private KeptPlain found;

  private Coroutines coroutines;
  private LambdaNames lambdaNames = new LambdaNames(c);
  private Set<String> lambdasByPattern = Set.of();
  private @Nullable ClassPlan plan;

  ClassWeaving(byte[] classFile, ClassReader reader, Coroutines coroutines, Options options) {
    this(classFile, reader, coroutines, options, KeptPlain.NOTHING);
  }

  private ClassWeaving(
      byte[] classFile,
      ClassReader reader,
      Coroutines coroutines,
      Options options,
      KeptPlain plain) {
    this.classFile = classFile;
    this.reader = reader;
    this.names = new CompanionNames(reader.getClassName());
    this.coroutines = coroutines;
    this.options = options;
    this.plain = plain;
    this.found = plain;
  }

  /** Where something can only be known to stay plain when the class was planned, or written and is too large, it is planned anew. */
  WeaveResult weave() {
    Coroutines before = coroutines;
    WeaveResult result = attempt();
    if (found.equals(plain)) {
      return result;
    }
    ClassWeaving again = new ClassWeaving(classFile, reader, before, options, found);
    result = again.weave();
    plan = again.plan;
    return result;
  }

  /** What became of the class, or would but for its errors; null if it was not planned. */
  @Nullable ClassPlan plan() {
    return plan;
  }

  private WeaveResult attempt() {
    try {
      reader.accept(c, ClassReader.EXPAND_FRAMES);
    } catch (RuntimeException e) {
      return refuse(Rule.UNREADABLE, "it ends too early, or is damaged: " + e);
    }
    InlinedLine.find(c);
    ClassInfo compiled = ClassInfo.read(c);
    Integer stamp = Coroutines.stampOf(compiled);
    if (stamp != null) {
      return stamp == RuntimeAbi.VERSION
          ? WeaveResult.UNCHANGED
          : refuse(Rule.OTHER_VERSION, "the class was woven for version " + stamp);
    }
    boolean isChecked = CheckedMark.takeFrom(c);
    Long serialVersionUid =
        declaresUid() || options.dry()
            ? null
            : Serialization.defaultUid(reader, coroutines.infos());

    // ---- preparation: the methods as they are to be read
    c.methods.removeIf(CompilerGenerated::isForwarderToTwin);
    AspectJ aspects = AspectJ.prepare(c);
    compiled = ClassInfo.read(c);
    coroutines.infos().putIfAbsent(compiled);
    if (Generated.overridesWhatIsAdded(compiled, c.sourceFile != null, coroutines)) {
      return WeaveResult.UNCHANGED;
    }
    lambdaNames = new LambdaNames(c);
    DurableWeaving durable = DurableWeaving.prepare(c, coroutines, broken::add);
    Lambdas lambdas =
        Lambdas.find(c, compiled, coroutines, plain.lambdas(), lambdaNames, broken::add);
    lambdasByPattern = lambdas.byPattern();
    LambdaBodies bodies = LambdaBodies.prepare(c, lambdas, coroutines.infos());
    ClassInfo info = ClassInfo.read(c);
    coroutines.infos().put(info);
    coroutines = coroutines.withLambdaBodies(bodies.in(info));

    // ---- analysis, machine
    Planning planning =
        new Planning(
            c, info, coroutines, lambdaNames, names, durable, plain, lambdasByPattern, broken::add);
    if (options.warnings() != Warnings.OFF && !isChecked) {
      planning.advise(() -> Verification.checkWithFrames(classFile) == null);
    }
    LambdaClasses lambdaClasses =
        LambdaClasses.of(c, lambdas, bodies, () -> names.free("Lambda"), options.lambdaClasses());
    ClassPlan plan = planning.plan(lambdaClasses.planned(), aspects, serialVersionUid);
    this.plan = plan;
    found = planning.found();
    boolean isPlanned = !hasErrors() && found.equals(plain);
    if (options.dry() && isPlanned && plan.machines().stream().allMatch(ClassWeaving::isSmall)) {
      return result(null);
    }
    List<ClassNode> lambdasBeside = lambdaClasses.emit(this::weaveLambda);
    if (plan.isEmpty() && !hasErrors()) {
      return broken.isEmpty() ? WeaveResult.UNCHANGED : result(null);
    }
    if (hasErrors() || !found.equals(plain)) {
      return result(null);
    }

    // ---- emission
    c.methods.forEach(m -> firstLines.put(m, Lines.first(m)));
    plan.machines().forEach(m -> shapes.put(m.frameClass(), m.shape().hashCode()));
    ClassEmitter emitter = new ClassEmitter(c);
    emitter.emit(plan);
    durable.complete(emitter.companions());
    aspects.restoreAnnotations();
    AspectJ.hide(c, false);
    lambdasBeside.forEach(this::write);
    emitter.companions().values().forEach(this::write);
    byte[] bytes = write();
    if (bytes != null) {
      warnOfHugeMethods();
    }
    return result(bytes);
  }

  private boolean declaresUid() {
    return c.fields.stream().anyMatch(f -> f.name.equals("serialVersionUID"));
  }

  private BrokenRule rule(Rule rule, MethodNode method, String what) {
    Integer line = firstLines.get(method);
    return new BrokenRule(
        rule, lambdaNames.of(method), line == null ? Lines.first(method) : line, what);
  }

  /** The class of a lambda is compiled as plain Java would be, and then woven like any other. */
  private ClassNode weaveLambda(ClassNode plain) {
    coroutines.infos().put(ClassInfo.read(plain));
    byte[] bytes = ClassEmitter.write(plain);
    // Its body stands in this class, where advice was told.
    Options silent = options.withWarnings(Warnings.OFF);
    ClassWeaving weaving =
        new ClassWeaving(bytes, new ClassReader(bytes), coroutines.including(plain.name), silent);
    WeaveResult result = weaving.weave();
    companions.putAll(result.companions());
    shapes.putAll(result.shapes());
    shapes.put(plain.name, Arrays.hashCode(result.classFile()));
    broken.addAll(weaving.broken);
    return weaving.c;
  }

  private void write(ClassNode companion) {
    AspectJ.hide(companion, true);
    companions.put(companion.name, ClassEmitter.write(companion));
  }

  private byte @Nullable [] write() {
    byte[] bytes = writeUnlessTooLarge();
    if (bytes == null) {
      return null;
    }
    if (options.verify()) {
      String error = Verification.check(bytes);
      if (error != null) {
        throw new VerifyError("the woven class is not valid: " + error);
      }
    }
    return bytes;
  }

  /** Leaves methods out that are too large, so that all of them are reported. */
  private byte @Nullable [] writeUnlessTooLarge() {
    boolean complete = true;
    while (true) {
      try {
        byte[] bytes = ClassEmitter.write(c);
        return complete ? bytes : null;
      } catch (ClassTooLargeException e) {
        refuse(
            Rule.CLASS_TOO_LARGE, "the woven class has " + e.getConstantPoolCount() + " constants");
        return null;
      } catch (MethodTooLargeException e) {
        complete = false;
        c.methods.removeIf(
            m -> m.name.equals(e.getMethodName()) && m.desc.equals(e.getDescriptor()));
        MethodNode source = sourceOf(e.getMethodName(), e.getDescriptor()).orElseThrow();
        if (staysPlain(source)) {
          continue;
        }
        BrokenRule tooLarge =
            rule(Rule.TOO_LARGE, source, "the woven method has " + e.getCodeSize() + " bytes");
        if (broken.stream()
            .noneMatch(b -> b.rule() == Rule.TOO_LARGE && b.method().equals(tooLarge.method()))) {
          broken.add(tooLarge);
        }
      }
    }
  }

  /** Whether a method that can't be woven is a coroutine by pattern alone. */
  private boolean staysPlain(MethodNode method) {
    ClassInfo info = coroutines.infos().find(c.name);
    MethodInfo m = info == null ? null : info.method(method.name, method.desc);
    if (m != null && coroutines.isByPattern(m)) {
      found = found.withMethod(m.key());
      return true;
    }
    if (lambdasByPattern.contains(method.name)) {
      found = found.withLambda(method.name);
      return true;
    }
    return false;
  }

  /** The method that a twin or a resume copy was made of. */
  private Optional<MethodNode> sourceOf(String name, String desc) {
    Predicate<MethodNode> hasTwin = m -> m.name.equals(name) && TwinDesc.of(m.desc).equals(desc);
    return Objects.requireNonNull(plan).machines().stream()
        .filter(m -> hasTwin.test(m.method().source()) || m.resumeDesc().equals(desc))
        .map(m -> m.method().source())
        .findFirst()
        .or(() -> c.methods.stream().filter(hasTwin).findFirst());
  }

  /** Whether no woven method is large, whatever the templates write: a bound that is generous. */
  private static boolean isSmall(StateMachine machine) {
    CodeSizeEvaluator size = new CodeSizeEvaluator(null);
    machine.method().source().accept(size);
    int states =
        machine.states().stream()
            .mapToInt(s -> STATE_BYTES + SLOT_BYTES * (s.locals().size() + s.stack().size()))
            .sum();
    return 2 * size.getMaxSize() + states < HUGE;
  }

  private void warnOfHugeMethods() {
    Map<MethodNode, Integer> sizes = new LinkedHashMap<>();
    for (MethodNode method : c.methods) {
      CodeSizeEvaluator size = new CodeSizeEvaluator(null);
      method.accept(size);
      if (size.getMinSize() > HUGE && (method.access & Opcodes.ACC_SYNTHETIC) != 0) {
        sourceOf(method.name, method.desc)
            .ifPresent(m -> sizes.merge(m, size.getMinSize(), Math::max));
      }
    }
    sizes.forEach(
        (method, size) ->
            broken.add(rule(Rule.LARGE, method, "the woven method has " + size + " bytes")));
  }

  // ---- results

  private boolean hasErrors() {
    return broken.stream().anyMatch(this::isError);
  }

  private boolean isError(BrokenRule b) {
    return !b.rule().isWarning() || (b.rule().isAdvice() && options.warnings() == Warnings.ERROR);
  }

  private WeaveResult refuse(Rule rule, String what) {
    broken.add(new BrokenRule(rule, reader.getClassName().replace('/', '.'), 0, what));
    return result(null);
  }

  private WeaveResult result(byte @Nullable [] bytes) {
    List<Problem> problems =
        broken.stream()
            .sorted(Comparator.comparingInt(BrokenRule::line))
            .map(this::problem)
            .toList();
    boolean failed = bytes == null || hasErrors();
    return new WeaveResult(
        failed ? null : bytes,
        failed ? Map.of() : companions,
        failed ? Map.of() : shapes,
        failed || plan == null ? 0 : plan.coroutines(),
        problems);
  }

  private Problem problem(BrokenRule b) {
    Problem p = Weaver.problem(b, c.sourceFile);
    return isError(b) ? p.asError() : p;
  }
}

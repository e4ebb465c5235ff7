package dev.coweave.weave;

import dev.coweave.weave.advice.Advice;
import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.CompilerGenerated;
import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.DynamicCalls;
import dev.coweave.weave.analysis.Generated;
import dev.coweave.weave.analysis.Inheritance;
import dev.coweave.weave.analysis.Initializers;
import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.LambdaNames;
import dev.coweave.weave.analysis.Lambdas;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.MethodAnalyzer;
import dev.coweave.weave.analysis.NameClashes;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.UnknownCallees;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.Serialization;
import dev.coweave.weave.bytecode.Verification;
import dev.coweave.weave.durable.DurableWeaving;
import dev.coweave.weave.emit.ClassEmitter;
import dev.coweave.weave.emit.LambdaBodies;
import dev.coweave.weave.machine.StateMachine;
import dev.coweave.weave.machine.StateMachineBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
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

  /** What a method's own parameters may take, so that the twin's one more fits (JVMS 4.3.3). */
  private static final int MAX_SLOTS = 254;

  /** OpenTelemetry's annotation, and its older name. */
  private static final Set<String> SPANS =
      Set.of(
          "Lio/opentelemetry/instrumentation/annotations/WithSpan;",
          "Lio/opentelemetry/extension/annotations/WithSpan;");

  private final ClassReader reader;
  private final Options options;
  private final ClassNode c = new ClassNode(Opcodes.ASM9);
  private final List<BrokenRule> broken = new ArrayList<>();
  private final CompanionNames names;
  private final Map<String, byte[]> companions = new LinkedHashMap<>();
  private final Map<String, Integer> shapes = new LinkedHashMap<>();

  /** The frames' classes by their methods. */
  private final Map<MethodNode, String> frames = new HashMap<>();

  /** Methods and lambda bodies that stay plain, for they are coroutines by pattern alone and can't be woven. */
  private final Set<String> plain;

  /** Those of them that this attempt has found. */
  private final Set<String> found = new HashSet<>();

  private Coroutines coroutines;
  private @Nullable DurableWeaving durable;
  private LambdaNames lambdaNames = new LambdaNames(c);
  private Set<String> lambdasByPattern = Set.of();
  private int woven;
  private Collection<StateMachine> machines = List.of();

  ClassWeaving(ClassReader reader, Coroutines coroutines, Options options) {
    this(reader, coroutines, options, Set.of());
  }

  private ClassWeaving(
      ClassReader reader, Coroutines coroutines, Options options, Set<String> plain) {
    this.reader = reader;
    this.names = new CompanionNames(reader.getClassName());
    this.coroutines = coroutines;
    this.options = options;
    this.plain = plain;
  }

  /** What can only be known to stay plain when the class is nearly woven makes it start again. */
  WeaveResult weave() {
    Coroutines before = coroutines;
    WeaveResult result = attempt();
    if (found.isEmpty()) {
      return result;
    }
    found.addAll(plain);
    ClassWeaving again = new ClassWeaving(reader, before, options, found);
    result = again.weave();
    machines = again.machines;
    return result;
  }

  /** The state machines of its methods, once it was woven. */
  List<StateMachine> machines() {
    return List.copyOf(machines);
  }

  private WeaveResult attempt() {
    try {
      reader.accept(c, ClassReader.EXPAND_FRAMES);
    } catch (RuntimeException e) {
      return refuse(Rule.UNREADABLE, "it ends too early, or is damaged: " + e);
    }
    ClassInfo compiled = ClassInfo.read(c);
    Integer stamp = Coroutines.stampOf(compiled);
    if (stamp != null) {
      return stamp == RuntimeAbi.VERSION
          ? WeaveResult.UNCHANGED
          : refuse(Rule.OTHER_VERSION, "the class was woven for version " + stamp);
    }
    boolean isChecked = CheckedMark.takeFrom(c);
    Long serialVersionUid =
        declaresUid() ? null : Serialization.defaultUid(reader, coroutines.infos());

    if (c.methods.removeIf(CompilerGenerated::isForwarderToTwin)) {
      compiled = ClassInfo.read(c);
    }
    AspectJ aspects = AspectJ.prepare(c);
    compiled = ClassInfo.read(c);
    coroutines.infos().putIfAbsent(compiled);
    if (Generated.overridesWhatIsAdded(compiled, c.sourceFile != null, coroutines)) {
      return WeaveResult.UNCHANGED;
    }
    lambdaNames = new LambdaNames(c);
    DurableWeaving durable = DurableWeaving.prepare(c, coroutines, broken::add);
    this.durable = durable;
    Lambdas lambdas = Lambdas.find(c, compiled, coroutines, plain, lambdaNames, broken::add);
    lambdasByPattern = lambdas.byPattern();
    LambdaBodies bodies = LambdaBodies.prepare(c, lambdas, coroutines.infos());
    ClassInfo info = ClassInfo.read(c);
    coroutines.infos().put(info);
    coroutines = coroutines.withLambdaBodies(bodies.in(info));
    if (options.warnings() != Warnings.OFF && !isChecked) {
      advise(info);
    }

    ClassEmitter emitter = new ClassEmitter(c);
    emitter.lambdas(
        lambdas, bodies, () -> names.free("Lambda"), this::weaveLambda, options.lambdaClasses());
    Map<MethodNode, StateMachine> machines = analyze(info, emitter);
    this.machines = machines.values();
    Inheritance inheritance = Inheritance.of(info, coroutines);
    if (woven == 0 && lambdas.sites().isEmpty() && !inheritance.stamped() && !hasErrors()) {
      return broken.isEmpty() ? WeaveResult.UNCHANGED : result(null);
    }
    if (hasErrors() || !found.isEmpty()) {
      return result(null);
    }
    if (options.dry() && machines.values().stream().allMatch(ClassWeaving::isSmall)) {
      return result(null);
    }
    machines.forEach(
        (method, machine) -> {
          shapes.put(machine.frameClass(), machine.shape().hashCode());
          emitter.coroutine(machine, method);
        });
    durable.complete(emitter.companions());
    aspects.needTwins().forEach(emitter::forwarder);
    aspects.restoreAnnotations();
    emitter.stamp(inheritance, serialVersionUid);
    AspectJ.hide(c, false);
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

  // ---- analysis, machine

  /** What can be woven and is probably wrong. */
  private void advise(ClassInfo info) {
    Advice advice = new Advice(coroutines, c, info, lambdaNames, broken::add);
    c.methods.forEach(advice::on);
  }

  /** Reads the coroutine methods; writes at once what needs no machine. */
  private Map<MethodNode, StateMachine> analyze(ClassInfo info, ClassEmitter emitter) {
    Map<MethodNode, StateMachine> machines = new LinkedHashMap<>();
    for (MethodNode method : List.copyOf(c.methods)) {
      MethodInfo m = info.method(method.name, method.desc);
      if (m == null) {
        continue;
      }
      boolean isCoroutine = coroutines.isCoroutine(m);
      DynamicCalls.check(
          coroutines,
          c.name,
          method,
          isCoroutine && !coroutines.isByPattern(m) && !m.is(Opcodes.ACC_SYNTHETIC),
          broken::add);
      if (!isCoroutine) {
        Initializers.check(coroutines, c.name, method, broken::add);
        durable().checkPlain(method, lambdaNames.of(method));
        MethodInfo overridden = NameClashes.withInheritedTwin(m, info, coroutines);
        if (overridden != null) {
          broken.add(rule(Rule.NAME_CLASH, method, NameClashes.textOfOverride(m, overridden)));
        }
        continue;
      }
      woven++;
      if (!Collections.disjoint(m.annotations(), SPANS) && coroutines.kind(m) == Kind.SUSPENDING) {
        broken.add(rule(Rule.SPAN, method, "@WithSpan makes no span where a coroutine calls it"));
      }
      StateMachine machine = machine(info, m, method, emitter);
      if (machine != null) {
        machines.put(method, machine);
      }
    }
    return machines;
  }

  private @Nullable StateMachine machine(
      ClassInfo info, MethodInfo m, MethodNode method, ClassEmitter emitter) {
    List<BrokenRule> rules = new ArrayList<>();
    CoroutineMethod read = null;
    MethodInfo taken = NameClashes.ofTwin(m, coroutines.infos());
    if (taken != null) {
      rules.add(rule(Rule.NAME_CLASH, method, NameClashes.text(taken, c.name)));
    } else if (parameterSlots(method) > MAX_SLOTS) {
      rules.add(
          rule(
              Rule.TOO_MANY_PARAMETERS,
              method,
              "the coroutine's parameters take " + parameterSlots(method) + " slots"));
    } else if (!Coroutines.hasFrames(info)) {
      rules.add(rule(Rule.NO_STACK_MAP, method, "the class file is of version " + info.version()));
    } else if (m.is(Opcodes.ACC_ABSTRACT)) {
      if (coroutines.hasTwin(m)) {
        emitter.abstractTwin(method);
      }
      return null;
    } else if (m.is(Opcodes.ACC_NATIVE)) {
      rules.add(rule(Rule.NATIVE, method, "the coroutine is a native method"));
    } else {
      String name = lambdaNames.of(method);
      read = MethodAnalyzer.analyze(coroutines, m, method, r -> rules.add(r.in(name)));
    }
    if (!rules.isEmpty() || read == null || plain.contains(m.key())) {
      if (coroutines.isByPattern(m)) {
        emitter.forwarder(method);
      } else if (lambdasByPattern.contains(m.name())) {
        found.add(m.name());
      } else {
        broken.addAll(rules);
      }
      return null;
    }
    if (!coroutines.isByPattern(m)) {
      UnknownCallees.check(
          coroutines, c.name, method, r -> broken.add(r.in(lambdaNames.of(method))));
    }
    StateMachine machine = StateMachineBuilder.build(read, names.free(method.name));
    frames.put(method, machine.frameClass());
    durable().check(machine, lambdaNames.of(method));
    return machine;
  }

  private DurableWeaving durable() {
    return Objects.requireNonNull(durable);
  }

  private static String twinDesc(MethodNode method) {
    return method.desc.replace(")", RuntimeAbi.CONTINUATION_DESC + ")");
  }

  private static int parameterSlots(MethodNode method) {
    return Type.getArgumentsAndReturnSizes(method.desc) / 4
        - ((method.access & Opcodes.ACC_STATIC) == 0 ? 0 : 1);
  }

  private BrokenRule rule(Rule rule, MethodNode method, String what) {
    return new BrokenRule(rule, lambdaNames.of(method), Lines.first(method), what);
  }

  // ---- emission

  /** The class of a lambda is compiled as plain Java would be, and then woven like any other. */
  private ClassNode weaveLambda(ClassNode plain) {
    coroutines.infos().put(ClassInfo.read(plain));
    ClassReader reader = new ClassReader(ClassEmitter.write(plain));
    // Its body stands in this class, where advice was told.
    Options silent = options.withWarnings(Warnings.OFF);
    ClassWeaving weaving = new ClassWeaving(reader, coroutines.including(plain.name), silent);
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
      found.add(m.key());
      return true;
    }
    if (lambdasByPattern.contains(method.name)) {
      found.add(method.name);
      return true;
    }
    return false;
  }

  /** The method that a twin or a resume copy was made of. */
  private Optional<MethodNode> sourceOf(String name, String desc) {
    return c.methods.stream()
        .filter(
            m ->
                m.name.equals(name)
                    && (twinDesc(m).equals(desc) || desc.startsWith("(L" + frames.get(m) + ";")))
        .findFirst();
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
        failed ? 0 : woven,
        problems);
  }

  private Problem problem(BrokenRule b) {
    Problem p = Weaver.problem(b, c.sourceFile);
    return isError(b) ? p.asError() : p;
  }
}

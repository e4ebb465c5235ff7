package dev.coweave.weave;

import dev.coweave.weave.advice.Advice;
import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.DynamicCalls;
import dev.coweave.weave.analysis.Inheritance;
import dev.coweave.weave.analysis.Initializers;
import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.LambdaNames;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.MethodAnalyzer;
import dev.coweave.weave.analysis.NameClashes;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.UnknownCallees;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.durable.DurableWeaving;
import dev.coweave.weave.machine.ClassPlan;
import dev.coweave.weave.machine.PlannedLambda;
import dev.coweave.weave.machine.PlannedStamp;
import dev.coweave.weave.machine.PlannedTwin;
import dev.coweave.weave.machine.StateMachine;
import dev.coweave.weave.machine.StateMachineBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/** Reads the methods of a class and decides what becomes of each; writes nothing. */
final class Planning {
  /** What a method's own parameters may take, so that the twin's one more fits (JVMS 4.3.3). */
  private static final int MAX_SLOTS = 254;

  /** OpenTelemetry's annotation, and its older name. */
  private static final Set<String> SPANS =
      Set.of(
          "Lio/opentelemetry/instrumentation/annotations/WithSpan;",
          "Lio/opentelemetry/extension/annotations/WithSpan;");

  private static final String MX_BEAN = "Ljavax/management/MXBean;";

  private final ClassNode c;
  private final ClassInfo info;
  private final Coroutines coroutines;
  private final LambdaNames lambdaNames;
  private final CompanionNames names;
  private final DurableWeaving durable;
  private final KeptPlain plain;
  private final Set<String> lambdasByPattern;
  private final Consumer<BrokenRule> broken;

  /** Found before the instructions that make lambdas are replaced. */
  private final boolean twinsForward;

  private final List<StateMachine> machines = new ArrayList<>();
  private final List<PlannedTwin> twins = new ArrayList<>();
  private int methods;
  private KeptPlain found = KeptPlain.NOTHING;
  private Set<String> lambdaClasses = Set.of();

  /**
   * A planning of one class.
   *
   * @param names names for the frames' classes
   * @param plain what is known to stay plain
   * @param lambdasByPattern the bodies of lambdas that may stay plain
   * @param broken told of each rule that a method breaks
   */
  Planning(
      ClassNode c,
      ClassInfo info,
      Coroutines coroutines,
      LambdaNames lambdaNames,
      CompanionNames names,
      DurableWeaving durable,
      KeptPlain plain,
      Set<String> lambdasByPattern,
      Consumer<BrokenRule> broken) {
    this.c = c;
    this.info = info;
    this.coroutines = coroutines;
    this.lambdaNames = lambdaNames;
    this.names = names;
    this.durable = durable;
    this.plain = plain;
    this.lambdasByPattern = lambdasByPattern;
    this.broken = broken;
    this.twinsForward = PlannedTwin.mayHaveBodies(c);
  }

  /**
   * What can be woven and is probably wrong.
   *
   * @param isValid whether the class file is; if it isn't, what fails here is its fault
   */
  void advise(BooleanSupplier isValid) {
    Advice advice = new Advice(coroutines, c, info, lambdaNames, broken);
    for (MethodNode m : c.methods) {
      try {
        advice.on(m);
      } catch (RuntimeException | AssertionError e) {
        if (!isValid.getAsBoolean()) {
          throw e;
        }
        broken.accept(rule(Rule.NOT_ADVISED, m, "the method was not checked: " + e));
      }
    }
  }

  /**
   * The plan.
   *
   * @param lambdas the classes to be made for lambdas
   * @param aspects what AspectJ left in the class
   * @param serialVersionUid the class's default serialVersionUID, or null
   */
  ClassPlan plan(List<PlannedLambda> lambdas, AspectJ aspects, @Nullable Long serialVersionUid) {
    lambdaClasses = lambdas.stream().map(PlannedLambda::className).collect(Collectors.toSet());
    c.methods.forEach(this::plan);
    aspects
        .needTwins()
        .forEach(m -> twins.add(PlannedTwin.forwarding(m, PlannedTwin.Reason.ASPECT)));
    Inheritance inheritance = Inheritance.of(info, coroutines);
    inheritance.forwarders().forEach(m -> twins.add(PlannedTwin.ofInherited(m)));
    PlannedStamp stamp = null;
    if (methods > 0 || !lambdas.isEmpty() || inheritance.stamped()) {
      boolean hasParent = !"java/lang/Object".equals(c.superName);
      stamp =
          new PlannedStamp(
              inheritance.stamped(), inheritance.stamped() && hasParent, serialVersionUid);
    }
    return new ClassPlan(c.name, methods, machines, twins, lambdas, stamp);
  }

  /** What turned out to have to stay plain, so that another plan must be made. */
  KeptPlain found() {
    return found;
  }

  private void plan(MethodNode method) {
    MethodInfo m = info.method(method.name, method.desc);
    if (m == null) {
      return;
    }
    boolean isCoroutine = coroutines.isCoroutine(m);
    boolean isUsers = isCoroutine && !coroutines.isByPattern(m) && !m.is(Opcodes.ACC_SYNTHETIC);
    DynamicCalls.check(coroutines, c.name, method, isUsers, broken);
    if (!isCoroutine) {
      checkPlain(m, method);
      return;
    }
    methods++;
    if (!Collections.disjoint(m.annotations(), SPANS) && coroutines.kind(m) == Kind.SUSPENDING) {
      broken.accept(rule(Rule.SPAN, method, "@WithSpan makes no span where a coroutine calls it"));
    }
    if (isManagementInterface() && coroutines.hasTwin(m)) {
      broken.accept(rule(Rule.MANAGED, method, "a coroutine in an interface of JMX"));
    }
    List<BrokenRule> rules = new ArrayList<>();
    CoroutineMethod read = read(m, method, rules);
    if (rules.isEmpty() && m.is(Opcodes.ACC_ABSTRACT)) {
      if (coroutines.hasTwin(m)) {
        twins.add(PlannedTwin.ofAbstract(method, twinsForward));
      }
    } else if (!rules.isEmpty() || read == null || plain.methods().contains(m.key())) {
      cannotSuspend(m, method, rules);
    } else {
      machines.add(machine(m, method, read));
    }
  }

  /** Whether the interface is one of those that JMX makes operations of. */
  private boolean isManagementInterface() {
    return info.isInterface()
        && (c.name.endsWith("MBean") || c.name.endsWith("MXBean") || isMarked(c, MX_BEAN));
  }

  private static boolean isMarked(ClassNode c, String annotation) {
    return c.visibleAnnotations != null
        && c.visibleAnnotations.stream().anyMatch(a -> a.desc.equals(annotation));
  }

  private void checkPlain(MethodInfo m, MethodNode method) {
    Initializers.check(coroutines, c.name, method, broken);
    durable.checkPlain(method, lambdaNames.of(method));
    MethodInfo overridden = NameClashes.withInheritedTwin(m, info, coroutines);
    if (overridden != null) {
      broken.accept(rule(Rule.NAME_CLASH, method, NameClashes.textOfOverride(m, overridden)));
    }
  }

  /** Reads a method; null if it has no body, or breaks a rule that spares the reading. */
  private @Nullable CoroutineMethod read(MethodInfo m, MethodNode method, List<BrokenRule> rules) {
    MethodInfo taken = NameClashes.ofTwin(m, coroutines.infos());
    if (taken != null) {
      rules.add(rule(Rule.NAME_CLASH, method, NameClashes.text(taken, c.name)));
    } else if (parameterSlots(method) > MAX_SLOTS) {
      String what = "the coroutine's parameters take " + parameterSlots(method) + " slots";
      rules.add(rule(Rule.TOO_MANY_PARAMETERS, method, what));
    } else if (!Coroutines.hasFrames(info)) {
      rules.add(rule(Rule.NO_STACK_MAP, method, "the class file is of version " + info.version()));
    } else if (m.is(Opcodes.ACC_NATIVE)) {
      rules.add(rule(Rule.NATIVE, method, "the coroutine is a native method"));
    } else if (!m.is(Opcodes.ACC_ABSTRACT)) {
      String name = lambdaNames.of(method);
      return MethodAnalyzer.analyze(coroutines, m, method, r -> rules.add(r.in(name)));
    }
    return null;
  }

  private void cannotSuspend(MethodInfo m, MethodNode method, List<BrokenRule> rules) {
    if (coroutines.isByPattern(m)) {
      twins.add(PlannedTwin.forwarding(method, PlannedTwin.Reason.PATTERN));
    } else if (lambdasByPattern.contains(m.name())) {
      found = found.withLambda(m.name());
    } else {
      rules.forEach(broken);
    }
  }

  private StateMachine machine(MethodInfo m, MethodNode method, CoroutineMethod read) {
    String name = lambdaNames.of(method);
    if (!coroutines.isByPattern(m)) {
      UnknownCallees.check(
          coroutines, c.name, method, lambdaClasses, r -> broken.accept(r.in(name)));
    }
    StateMachine machine = StateMachineBuilder.build(read, names.free(method.name));
    durable.check(machine, name);
    return machine;
  }

  private static int parameterSlots(MethodNode method) {
    return Type.getArgumentsAndReturnSizes(method.desc) / 4
        - ((method.access & Opcodes.ACC_STATIC) == 0 ? 0 : 1);
  }

  private BrokenRule rule(Rule rule, MethodNode method, String what) {
    return new BrokenRule(rule, lambdaNames.of(method), Lines.first(method), what);
  }
}

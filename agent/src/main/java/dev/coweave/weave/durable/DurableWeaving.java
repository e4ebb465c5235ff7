package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.Lines;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.TwinDesc;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.machine.StateMachine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * What the weaving of a class does for its durable methods: prepares them before they are read, checks what was read, and completes
 * what was written.
 */
public final class DurableWeaving {
  private final ClassNode c;
  private final Coroutines coroutines;
  private final Consumer<BrokenRule> broken;
  private final RunBodies runBodies;
  private final Set<String> types;
  private final Map<StateMachine, Read> machines = new LinkedHashMap<>();

  /** What was read of a method before it was written: its instructions are taken then. */
  private record Read(String code, List<DurablePoint> points) {}

  private DurableWeaving(ClassNode c, Coroutines coroutines, Consumer<BrokenRule> broken) {
    this.c = c;
    this.coroutines = coroutines;
    this.broken = broken;
    this.runBodies = RunBodies.of(c);
    this.types = c.methods.stream().anyMatch(DurableAbi::isDurable) ? NamedTypes.of(c) : Set.of();
  }

  /**
   * Prepares the durable methods of a class as it was compiled.
   *
   * @param broken told of each rule that one breaks
   */
  public static DurableWeaving prepare(
      ClassNode c, Coroutines coroutines, Consumer<BrokenRule> broken) {
    c.methods.stream().filter(DurableAbi::isDurable).forEach(Iterations::rewrite);
    return new DurableWeaving(c, coroutines, broken);
  }

  /** Checks a method of the class that is no coroutine. */
  public void checkPlain(MethodNode method, String name) {
    if (DurableAbi.isDurable(method)) {
      notCoroutine(method, name, "the durable method is no coroutine");
    }
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof MethodInsnNode call
          && call.owner.equals(DurableAbi.DURABLE)
          && DurableAbi.isWord(call)) {
        String what =
            "durable wait at the call of Durable."
                + Lines.simpleName(call.name, call.desc)
                + " in plain code: a method or lambda that is no coroutine, or a step";
        broken.accept(new BrokenRule(Rule.OUTSIDE_DURABLE, name, Lines.of(call), what));
      }
    }
  }

  /**
   * Checks a coroutine method of the class.
   *
   * @param name the method as a reader knows it
   */
  public void check(StateMachine machine, String name) {
    MethodNode method = machine.method().source();
    if (!DurableAbi.isDurable(method)) {
      if (runBodies.contain(method)) {
        runBodies.check(machine, this::isDurable, r -> broken.accept(r.in(name)));
      } else {
        outsideDurable(machine, name);
      }
      return;
    }
    if (machine.method().kind() != Kind.SUSPENDING) {
      notCoroutine(
          method, name, "the durable method is " + kindOf(machine.method().kind()) + " method");
      return;
    }
    PointReader reader = new PointReader(machine);
    List<DurablePoint> points = reader.read();
    PointChecks checks = new PointChecks(name, this::isDurable, broken);
    if (PointReader.lacksNames(c)) {
      broken.accept(
          new BrokenRule(
              Rule.NO_VARIABLE_NAMES,
              name,
              Lines.first(method),
              "the class file has no LocalVariableTable"));
    }
    points.forEach(checks::check);
    checks.repeated(points);
    machines.put(machine, new Read(Fingerprint.of(c.name, method, points), points));
  }

  private static String kindOf(Kind kind) {
    return kind == Kind.GENERATOR ? "a generator" : "an async";
  }

  private void notCoroutine(MethodNode method, String name, String what) {
    broken.accept(new BrokenRule(Rule.DURABLE_NOT_COROUTINE, name, Lines.first(method), what));
  }

  /** Durable waits in a method that can't be stored. Compilers' bridges aren't saved, for they end with their call. */
  private void outsideDurable(StateMachine machine, String name) {
    machine.method().points().stream()
        .filter(p -> isDurable(p.callee().call()) && (p.saves() || !isMade(machine)))
        .forEach(
            p ->
                broken.accept(
                    new BrokenRule(
                        Rule.OUTSIDE_DURABLE,
                        name,
                        p.line(),
                        "durable wait at the call of "
                            + p.callee()
                            + " in a method that isn't durable")));
  }

  private static boolean isMade(StateMachine machine) {
    return (machine.method().source().access & org.objectweb.asm.Opcodes.ACC_BRIDGE) != 0;
  }

  /** Whether a call is a durable wait wherever it stands: awaiting a run is one in a run alone. */
  private boolean isDurable(MethodInsnNode call) {
    if (DurableAbi.isWord(call)) {
      return call.owner.equals(DurableAbi.DURABLE);
    }
    MethodInfo m = coroutines.infos().resolve(call.owner, call.name, call.desc);
    return m != null && DurableAbi.isDurable(m);
  }

  /**
   * Completes what was written of the class.
   *
   * @param companions the frames, by name
   */
  public void complete(Map<String, ClassNode> companions) {
    List<String> frames = new ArrayList<>();
    Map<String, MethodNode> twins = new HashMap<>();
    c.methods.forEach(m -> twins.put(m.name + m.desc, m));
    machines.forEach(
        (machine, read) -> {
          ClassNode frame = companions.get(machine.frameClass());
          MethodNode source = machine.method().source();
          MethodNode twin = twins.get(source.name + TwinDesc.of(source.desc));
          if (frame != null && twin != null) {
            DurableEmitter.frame(
                frame, machine, DurableText.of(machine, read.code, read.points, types));
            DurableEmitter.enter(twin, machine.method().parameters().size());
            frames.add(frame.name);
          }
        });
    if (!frames.isEmpty()) {
      DurableEmitter.frames(c, frames);
    }
  }
}

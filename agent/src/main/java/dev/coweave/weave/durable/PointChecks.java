package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.SuspensionPoint;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.objectweb.asm.tree.MethodInsnNode;

/** The rules that the points of a durable method must keep. */
final class PointChecks {
  private final String method;
  private final Predicate<MethodInsnNode> isDurable;
  private final Consumer<BrokenRule> broken;

  PointChecks(String method, Predicate<MethodInsnNode> isDurable, Consumer<BrokenRule> broken) {
    this.method = method;
    this.isDurable = isDurable;
    this.broken = broken;
  }

  /** Whether the run can stop there, is found again, and can take along what it needs. */
  void check(DurablePoint point) {
    SuspensionPoint p = point.state().point();
    if (p != null) {
      MethodInsnNode call = p.callee().call();
      if (!isDurable.test(call) && !DurableAbi.isWord(call)) {
        report(
            Rule.NOT_DURABLE, point, "wait at the call of " + p.callee() + ", which isn't durable");
        return;
      }
      if (DurableAbi.NAMED.contains(point.kind()) && point.name() == null) {
        report(
            Rule.POINT_NAME,
            point,
            "the name of the " + point.kind() + " is not known before the program runs");
      }
    }
    for (DurableSlot slot : point.slots()) {
      String offender = Storability.offender(slot.desc(), slot.signature());
      if (offender != null) {
        report(
            Rule.NOT_STORABLE,
            point,
            what(slot) + " (" + offender + ") is needed after " + at(point));
      }
    }
  }

  private static String what(DurableSlot slot) {
    return slot.name().contains("~")
        ? "a value that the expression or loop keeps"
        : "the local '" + slot.name() + "'";
  }

  private static String at(DurablePoint p) {
    if (p.state().point() == null) {
      return "the method's start";
    }
    return "the durable wait " + (p.name() == null ? p.key() : p.kind() + " \"" + p.name() + "\"");
  }

  /** Waits that only their order tells apart: each but the first. */
  void repeated(List<DurablePoint> points) {
    Set<String> calls = new HashSet<>();
    Set<String> told = new HashSet<>();
    for (DurablePoint p : points) {
      // Copies that the compiler made of one call, for the ways out of a try, have its line.
      boolean first = calls.add(p.call());
      if (p.isOneOfSeveral() && !first && told.add(p.call() + p.state().line())) {
        report(
            Rule.UNNAMED_TWICE,
            p,
            p.name() == null
                ? "the wait " + p.call() + " has no name, and is not the only one"
                : "the name of the wait " + p.call() + " is not its own alone");
      }
    }
  }

  private void report(Rule rule, DurablePoint point, String what) {
    broken.accept(new BrokenRule(rule, method, point.state().line(), what));
  }
}

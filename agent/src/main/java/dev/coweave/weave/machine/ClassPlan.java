package dev.coweave.weave.machine;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a class, decided before anything of it is written. Emission asks nothing else.
 *
 * @param name the class's internal name
 * @param coroutines how many coroutine methods it declares, abstract ones and those that can't be woven included
 * @param machines its coroutines with their frames or generators
 * @param twins its other twins
 * @param lambdas the classes to be made for its lambdas
 * @param stamp what marks it as woven; null if it needs no mark, because nothing of it is woven
 */
public record ClassPlan(
    String name,
    int coroutines,
    List<StateMachine> machines,
    List<PlannedTwin> twins,
    List<PlannedLambda> lambdas,
    @Nullable PlannedStamp stamp) {
  public ClassPlan {
    machines = List.copyOf(machines);
    twins = List.copyOf(twins);
    lambdas = List.copyOf(lambdas);
  }

  /** Whether the class stays as it is. */
  public boolean isEmpty() {
    return stamp == null;
  }

  /** The internal names of the classes to be made beside it. */
  public Set<String> companions() {
    Set<String> result = new TreeSet<>();
    machines.forEach(m -> result.add(m.frameClass()));
    lambdas.forEach(l -> result.add(l.className()));
    return result;
  }

  /**
   * A line for each thing that is added or rewritten; the machines' tables are their own.
   *
   * <pre>
   *   class app.A
   *     coroutine suspending app.A.sum(int): frame app.A$$sum, 3 states
   *     twin app.A.later(): forwards, of an abstract method
   *     lambda app.A$$Lambda: CoroutineCallable.call() calls app.A.lambda$run$0()
   *     stamp: answers for its own class
   * </pre>
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("class " + name.replace('/', '.') + "\n");
    machines.forEach(m -> text.append("  ").append(m.line()));
    twins.forEach(t -> text.append("  ").append(t.text(name)));
    lambdas.forEach(l -> text.append("  ").append(l.text()));
    return text.append("  ").append(stamp == null ? "stays as it is\n" : stamp.text()).toString();
  }
}

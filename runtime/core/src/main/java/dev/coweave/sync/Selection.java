package dev.coweave.sync;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import dev.coweave.task.Resumption;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The wait of a {@link Select}: one wait, which any of its clauses may end. */
final class Selection extends Resumption<Choice> {
  static final Operation SELECT = Operation.behind(Selection.class, "Select.select");

  // A select holds the locks of all its clauses at once, tries each, and if all would wait leaves
  // a Waiter in each queue. Nobody sees it half registered, and while it tries nobody can choose
  // it: so a select that meets another, which waits, decides for both by ending that one's wait.
  // Later each clause's lock guards its Waiter alone, and the Resumption decides which was first.

  private final List<Runnable> registrations = new ArrayList<>();
  private final Clause<?>[] clauses;
  private final boolean internal;

  private Selection(TaskContinuation tc, Clause<?>[] clauses) {
    super(tc.task());
    this.clauses = clauses;
    this.internal = Arrays.stream(clauses).allMatch(clause -> clause.isInternal(tc));
  }

  /** The twin of a select. */
  static <R extends @Nullable Object> R run(Clause<? extends R>[] clauses, Continuation c) {
    Object[] locks = Arrays.stream(clauses).map(Clause::lock).filter(Objects::nonNull).toArray();
    Object decided;
    try {
      decided = Monitors.hold(locks, () -> decide(clauses, c));
    } catch (BrokenFilter e) {
      e.tell();
      return run(clauses, c);
    }
    if (decided instanceof Choice choice) {
      Waiter<?> woken = choice.woken;
      if (woken != null) {
        try {
          woken.wakeUp();
        } catch (VirtualMachineError e) {
          woken.wakeLater(); // The operation is done all the same.
        }
      }
      return result(choice, c);
    }
    Selection selection = (Selection) decided;
    ((TaskContinuation) c).suspend(selection);
    c.push(new Selecting(selection));
    return TaskContinuation.dummy();
  }

  /** A choice, or a selection that waits. Under the locks. */
  private static Object decide(Clause<?>[] clauses, Continuation c) {
    Choice choice = null;
    for (int i = 0; i < clauses.length && choice == null; i++) {
      choice = clauses[i].attempt(c);
    }
    for (int i = 0; i < clauses.length && choice == null; i++) {
      choice = clauses[i].attemptLast();
    }
    if (choice != null) {
      return choice;
    }
    TaskContinuation tc = TaskContinuation.toWait(c, SELECT);
    Selection selection = new Selection(tc, clauses);
    for (Clause<?> clause : clauses) {
      selection.registrations.add(clause.register(new Branch(selection, clause), tc));
    }
    return selection;
  }

  @SuppressWarnings("unchecked") // one of its clauses
  private static <R extends @Nullable Object> R result(Choice choice, Continuation c) {
    return ((Clause<? extends R>) Objects.requireNonNull(choice.clause)).run(choice, c);
  }

  boolean choose(Choice choice) {
    return claim(choice);
  }

  void wakeUp() {
    wake();
  }

  /** It waits no more: the clauses that have not happened leave their queues. */
  @Override
  protected void withdrawn() {
    registrations.forEach(Runnable::run);
    registrations.clear();
  }

  @Override
  protected Operation operation() {
    return SELECT;
  }

  @Override
  protected @Nullable String described() {
    return Arrays.stream(clauses)
        .map(Clause::waitsFor)
        .filter(Objects::nonNull)
        .map(Waiter::nameOfHeld)
        .collect(Collectors.joining(", "));
  }

  /** That of its only clause; of several, any may end it. */
  @Override
  protected List<TaskState<?>> blockers() {
    Object only = clauses.length == 1 ? clauses[0].waitsFor() : null;
    TaskState<?> t = only instanceof Owned lock ? lock.owner() : null;
    if (only instanceof TaskState<?> awaited) {
      t = awaited;
    }
    return t == null ? List.of() : List.of(t);
  }

  @Override
  protected boolean isInternal() {
    return internal;
  }

  /** The frame of a select that waits. */
  private static final class Selecting extends OperationFrame {
    private final Selection selection;

    Selecting(Selection selection) {
      super(SELECT);
      this.selection = selection;
    }

    @Override
    public void resume(Continuation c) {
      Choice choice = (Choice) Objects.requireNonNull(c.takeRef()); // throws if it was cancelled
      selection.withdrawn();
      c.depth = 1;
      Object value = result(choice, c);
      if (!c.suspended) {
        c.give(value);
      }
    }
  }
}

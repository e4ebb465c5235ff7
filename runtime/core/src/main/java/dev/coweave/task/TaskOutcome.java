package dev.coweave.task;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** How the outcome of a task is set, and who hears of a failure: it is reported if nobody asks for it. */
abstract class TaskOutcome<T extends @Nullable Object> extends TaskFuture<T> {
  /** Somebody has asked for the outcome; the other flags are TaskState's. */
  static final int OBSERVED = 128;

  static final VarHandle FLAGS;
  private static final VarHandle DETAILS;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      FLAGS = lookup.findVarHandle(TaskOutcome.class, "flags", int.class);
      DETAILS = lookup.findVarHandle(TaskOutcome.class, "details", TaskDetails.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Scheduler scheduler;
  volatile int flags;
  volatile @Nullable TaskDetails details;

  TaskOutcome(Scheduler scheduler, int flags) {
    this.scheduler = scheduler;
    this.flags = flags;
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // whoever asked chose the value
  final void setOutcome(Requested outcome) {
    if (outcome.failure() == null) {
      setValue((T) outcome.value());
    } else {
      fail(outcome.failure());
    }
  }

  /** Failures of the clean-up are told to whoever asks for the outcome; if nobody does, they are reported. */
  final void cancelled(TaskCancelled c) {
    Throwable[] suppressed = c.getSuppressed();
    if (suppressed.length == 0) {
      setCancelled(new Cancelled(this));
      return;
    }
    for (Throwable t : suppressed) {
      failedInCancelled(t);
    }
    Unobserved.Ticket ticket = ticket("was cancelled, and failed while it cleaned up", c);
    Cancelled outcome = new Cancelled(this, c, ticket);
    setCancelled(outcome);
    watch(ticket, outcome);
  }

  final void fail(Throwable failure) {
    failing(Outcomes.unwrap(failure));
    // A foreign CancellationException is a failure: isCancelled is for tasks that were.
    Throwable outcome =
        failure instanceof CancellationException ? new CompletionException(failure) : failure;
    Unobserved.Ticket ticket = null;
    try {
      ticket = ticket("failed", failure);
      if (ticket != null) {
        outcome = new WatchedFailure(failure, ticket);
      }
    } catch (VirtualMachineError e) {
      ticket = null; // It fails all the same, but if nobody asks nobody is told.
    }
    setFailure(outcome);
    if (ticket != null) {
      watch(ticket, outcome);
    }
  }

  /** Returns a ticket that shows whether somebody asks for a failure; null if somebody has, or will be told. */
  private Unobserved.@Nullable Ticket ticket(String how, Throwable failure) {
    if (!isUnobserved()) {
      return null;
    }
    Unobserved.Ticket ticket = new Unobserved.Ticket(label(), scheduler, how, failure);
    details().ticket = ticket;
    return ticket;
  }

  private void watch(Unobserved.@Nullable Ticket ticket, Throwable outcome) {
    if (ticket != null) {
      if ((flags & OBSERVED) != 0) { // Somebody asked just now.
        ticket.seen();
      }
      ticket.watch(outcome);
    }
  }

  /** Whether nobody has asked for the outcome, and nobody will be told of it. */
  private boolean isUnobserved() {
    if ((flags & OBSERVED) != 0) {
      return false;
    }
    int dependents = getNumberOfDependents();
    TaskDetails d = details;
    return d == null ? dependents == 0 : !d.hasAskers(dependents);
  }

  @Override
  final void passesOn(CompletableFuture<?> dependent) {
    if ((flags & OBSERVED) == 0) {
      if (isDone()) {
        observed(); // The dependent has its outcome when somebody sees it.
      } else {
        details().passesOn(dependent);
      }
    }
  }

  /** The task is about to fail. */
  void failing(Throwable failure) {}

  /** The task is about to end as cancelled, but something failed while it was cleaned up. */
  void failedInCancelled(Throwable failure) {}

  @Override
  final @Nullable String homeIfHere() {
    return scheduler.ownsThisThread() ? scheduler.label() : null;
  }

  @Override
  final void observed() {
    if ((flags & OBSERVED) == 0) {
      FLAGS.getAndBitwiseOr(this, OBSERVED);
      TaskDetails d = details;
      Unobserved.Ticket ticket = d == null ? null : d.ticket;
      if (ticket != null) {
        ticket.seen();
      }
    }
  }

  @Override
  void handled() {
    observed();
  }

  final TaskDetails details() {
    TaskDetails d = details;
    if (d == null) {
      d = new TaskDetails(null, null, null);
      if (!DETAILS.compareAndSet(this, null, d)) {
        d = Objects.requireNonNull(details);
      }
    }
    return d;
  }

  final @Nullable TaskDetails detailsIfAny() {
    return details;
  }
}

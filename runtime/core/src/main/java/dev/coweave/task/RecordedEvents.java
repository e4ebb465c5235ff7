package dev.coweave.task;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** The flight recorder's events of tasks. */
final class RecordedEvents {
  // Stacks are text, a call a line, innermost first: those of the recorder are the thread's.

  private RecordedEvents() {}

  @Name("dev.coweave.Task")
  @Label("Task")
  @Description("From a task's first turn that is recorded until it ends")
  @Category("Coweave")
  @StackTrace(false)
  static final class TaskEvent extends Event {
    @Label("Task")
    String task = "";

    @Label("Home")
    @Description("The loop or executor that it runs on")
    String home = "";

    @Label("Outcome")
    @Description("done, failed or cancelled")
    String outcome = "";

    @Label("Failure")
    @Description("The class of what it threw")
    String failure = "";
  }

  @Name("dev.coweave.Wait")
  @Label("Wait")
  @Description("From the start of a task's wait until the turn in which it goes on")
  @Category("Coweave")
  @StackTrace(false)
  @Threshold("20 ms")
  static final class WaitEvent extends Event {
    @Label("Task")
    String task = "";

    @Label("Home")
    String home = "";

    @Label("Operation")
    @Description("What waited, and for what")
    String operation = "";

    @Label("Stack")
    @Description("The calls that the task was parked in")
    String stack = "";
  }

  @Name("dev.coweave.LongStep")
  @Label("Long step")
  @Description("A task kept its thread, and all others of its loop waiting")
  @Category("Coweave")
  @StackTrace(false)
  @Threshold("20 ms")
  static final class LongStepEvent extends Event {
    @Label("Task")
    String task = "";

    @Label("Home")
    String home = "";

    @Label("Stack")
    @Description("The calls that the task was in when the step was over; none if it has ended")
    String stack = "";
  }

  @Name("dev.coweave.Cancellation")
  @Label("Cancellation")
  @Description("A task or a timeout in it is cancelled; the stack is that of whoever does so")
  @Category("Coweave")
  static final class CancellationEvent extends Event {
    @Label("Task")
    String task = "";

    @Label("Status")
    @Description("What the task did then")
    String status = "";
  }

  @Name("dev.coweave.Sample")
  @Label("Sample")
  @Description("What a thread that runs tasks does, with the callers of the task's calls")
  @Category("Coweave")
  @StackTrace(false)
  @Period("20 ms")
  static final class SampleEvent extends Event {
    @Label("Task")
    String task = "";

    @Label("Thread")
    String thread = "";

    @Label("Stack")
    String stack = "";
  }
}

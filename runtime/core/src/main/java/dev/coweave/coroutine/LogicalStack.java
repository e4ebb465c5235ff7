package dev.coweave.coroutine;

import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes stack traces read as if the calls of coroutines had been plain: under an activation that was resumed stand its callers,
 * not the driver.
 *
 * <pre>
 *   as the JVM sees it                          as it reads
 *   Service.parse                               Service.parse
 *   Service.fetch          (resume copy)        Service.fetch
 *   Service$$fetch.resume                       Service.handle         from the parked frames
 *   Continuation.drive                          Task.start(task-17)    where a task began
 *   … the loop, the thread
 * </pre>
 *
 * <p>The exception object stays the same; nothing is copied. Whoever awaits a failure that another task or thread threw adds its own
 * calls to it, once: the first.
 *
 * <p>In a storm most exceptions keep their traces, see {@link TraceBudget}.
 */
public final class LogicalStack {
  /** The system property {@code coweave.stacks=physical} leaves traces as they are: for programs that throw all the time. */
  private static final boolean ON = Settings.STACKS != Settings.Stacks.PHYSICAL;

  /** As many elements as HotSpot records (MaxJavaStackTraceDepth). */
  private static final int MAX = 1024;

  private static final String DRIVER = Continuation.class.getName();
  private static final String ENTRY = LogicalStack.class.getPackageName() + ".Entry";
  private static final String CONTINUATION = Continuation.class.descriptorString();

  /** Sees the calls that traces show, those by reflection too; from some JDK after 17 on descriptors are told only where classes are. */
  private static final StackWalker ENTRIES =
      StackWalker.getInstance(
          Set.of(
              StackWalker.Option.SHOW_REFLECT_FRAMES, StackWalker.Option.RETAIN_CLASS_REFERENCE));

  /** The methods that users pass bodies to: these stay in a trace. */
  private static final Set<String> WORDS =
      Set.of("Task", "TaskScope", "EventLoop", "Generator", "AsyncGenerator", "Channel");

  private static final TraceBudget BUDGET = new TraceBudget(System.nanoTime());

  private static volatile boolean each = Settings.STACKS == Settings.Stacks.ALWAYS;

  private LogicalStack() {}

  /** From now on each trace is to read well, however many there are: this is a test, whose runs must be alike. */
  public static void serveEach() {
    each = true;
  }

  private static boolean isServed() {
    return each || BUDGET.take(System.nanoTime());
  }

  /**
   * The end of a task's stack.
   *
   * @param task its name, by which {@link #awaited} knows it again
   */
  public static StackTraceElement start(String task) {
    return new StackTraceElement("dev.coweave.task.Task", "start", task, Operation.NO_LINE);
  }

  // ---- by the driver and by woven handlers

  /**
   * An exception comes out of an activation that the driver resumed.
   *
   * @param t the exception
   * @param resumed the activation
   * @param caller its caller's
   * @param c what drives it
   */
  static void thrown(Throwable t, Frame resumed, @Nullable Frame caller, Continuation c) {
    if (ON && isServed()) {
      try {
        StackTraceElement[] physical = t.getStackTrace();
        int at = resumption(physical);
        if (at >= 0 && physical[at].getClassName().equals(resumed.resumedIn())) {
          replace(t, physical, at, resumed, caller, c);
        }
      } catch (RuntimeException | Error e) {
        // The trace stays as it is: never lose the exception for its looks.
      }
    }
  }

  /**
   * A woven method catches an exception, which may not have come past the driver.
   *
   * @param t the exception
   * @param c what drives the method
   */
  static void caught(Throwable t, Continuation c) {
    if (ON && isServed()) {
      try {
        Frame innermost = c.resumed();
        if (innermost != null) {
          caught(t, t.getStackTrace(), innermost, c);
        } else if (c.isEntry()) {
          left(t);
        }
      } catch (RuntimeException | Error e) {
        // as above
      }
    }
  }

  private static void caught(
      Throwable t, StackTraceElement[] physical, Frame innermost, Continuation c) {
    int at = resumption(physical);
    Frame f = at < 0 ? null : find(physical[at].getClassName(), innermost);
    if (f != null) {
      replace(t, physical, at, f, f.parent, c);
    }
  }

  /** The frame that is being resumed: those inside it have ended. */
  private static @Nullable Frame find(String className, @Nullable Frame innermost) {
    Frame f = innermost;
    while (f != null && (f.state == Frame.ENDED || !f.resumedIn().equals(className))) {
      f = f.parent;
    }
    return f;
  }

  /**
   * An exception comes out of a twin that was entered by plain code: the method is on the thread's stack twice, by its entry too,
   * which is taken out.
   */
  static void left(Throwable t) {
    if (ON && isServed()) {
      try {
        StackTraceElement[] all = t.getStackTrace();
        int entry = all.length - ENTRIES.walk(LogicalStack::upToEntry);
        // One of ours has lines; another may have been taken out before.
        if (entry > 0
            && entry < all.length
            && isSameMethod(all[entry - 1], all[entry])
            && (all[entry].getLineNumber() < 0 || isRuntime(all[entry]))) {
          List<StackTraceElement> shown = new ArrayList<>(Arrays.asList(all));
          shown.remove(entry);
          set(t, shown);
        }
      } catch (RuntimeException | Error e) {
        // as above
      }
    }
  }

  /**
   * An exception comes out of a generator's body that was entered on the stack of who asked it: of what stands between the two only the word that was
   * called is left.
   *
   * @param t the exception
   * @param generator what the weaver made of the body's method
   */
  public static void leftBody(Throwable t, Class<?> generator) {
    if (ON && isServed()) {
      try {
        StackTraceElement[] all = t.getStackTrace();
        int step = 0;
        while (step < all.length && !isStep(all[step], generator.getName())) {
          step++;
        }
        int word = step + 1;
        while (word + 1 < all.length && isRuntime(all[word]) && isRuntime(all[word + 1])) {
          word++;
        }
        if (word < all.length) {
          List<StackTraceElement> shown = new ArrayList<>(Arrays.asList(all));
          shown.subList(step, word).clear();
          set(t, shown);
        }
      } catch (RuntimeException | Error e) {
        // as above
      }
    }
  }

  /** Whether it is the method that enters a generator's body, which nobody wrote. */
  private static boolean isStep(StackTraceElement e, String generator) {
    return e.getFileName() == null
        && e.getMethodName().equals("step")
        && e.getClassName().equals(generator);
  }

  /** How many calls the thread is in, from the innermost entry outwards; 0 if there is none. */
  private static int upToEntry(Stream<StackFrame> stack) {
    int count = 0;
    @Nullable StackFrame callee = null;
    for (Iterator<StackFrame> i = stack.iterator(); i.hasNext(); ) {
      StackFrame f = i.next();
      boolean isEntry =
          count == 0
              && callee != null
              && (callee.getClassName().equals(ENTRY) && !f.getClassName().equals(ENTRY)
                  || isTwinOf(callee, f));
      count += count > 0 || isEntry ? 1 : 0;
      callee = f;
    }
    return count;
  }

  private static boolean isTwinOf(StackFrame twin, StackFrame f) {
    return twin.getMethodName().equals(f.getMethodName())
        && twin.getClassName().equals(f.getClassName())
        && twin.getDescriptor().equals(f.getDescriptor().replace(")", CONTINUATION + ")"));
  }

  private static boolean isSameMethod(StackTraceElement a, StackTraceElement b) {
    return a.getClassName().equals(b.getClassName()) && a.getMethodName().equals(b.getMethodName());
  }

  // ---- by tasks

  /**
   * A task's wait is about to throw what another task or thread threw.
   *
   * @param t the failure
   * @param awaited the {@link #start} name of the task that failed; null if it was none
   * @param operation what waited
   * @param innermost the innermost frame of the waiting task
   * @param c what drives it
   */
  public static void awaited(
      Throwable t,
      @Nullable String awaited,
      Operation operation,
      @Nullable Frame innermost,
      Continuation c) {
    if (ON) {
      try {
        StackTraceElement[] sofar = t.getStackTrace();
        if (mayGrow(sofar, awaited)) {
          List<StackTraceElement> all = new ArrayList<>(Arrays.asList(sofar));
          all.add(operation.toStackTraceElement());
          addCallers(all, innermost, c, sofar, sofar.length);
          set(t, all);
        }
      } catch (RuntimeException | Error e) {
        // as above
      }
    }
  }

  /**
   * A scope's owner is about to throw what a child threw. A scope throws a failure once, so that this is the one who adds its calls.
   *
   * @param t the failure; one whose trace doesn't end where a task began stays as it is
   * @param operation the join or close
   * @param innermost the innermost frame of the owner's calls; null if it goes on without having waited
   * @param c what drives it
   */
  public static void joined(
      Throwable t, Operation operation, @Nullable Frame innermost, Continuation c) {
    StackTraceElement[] trace = t.getStackTrace();
    StackTraceElement last = trace.length == 0 ? null : trace[trace.length - 1];
    String child = last == null ? null : last.getFileName();
    if (last == null || child == null || !last.equals(start(child))) {
      return;
    }
    if (innermost == null) {
      awaitedAtOnce(t, child, operation, c);
    } else {
      awaited(t, child, operation, innermost, c);
    }
  }

  /**
   * The running task awaits what has failed already.
   *
   * @param t the failure
   * @param awaited as in {@link #awaited}
   * @param operation as in {@link #awaited}
   * @param c what drives it
   */
  public static void awaitedAtOnce(
      Throwable t, @Nullable String awaited, Operation operation, Continuation c) {
    if (ON) {
      try {
        StackTraceElement[] sofar = t.getStackTrace();
        if (mayGrow(sofar, awaited) && resumption(sofar) < 0) {
          List<StackTraceElement> all = new ArrayList<>(Arrays.asList(sofar));
          all.add(operation.toStackTraceElement());
          Throwable here = new Throwable();
          if (!isWithin(sofar, here.getStackTrace())) {
            Frame innermost = c.resumed();
            if (innermost != null) {
              caught(here, here.getStackTrace(), innermost, c);
            }
            callers(here.getStackTrace()).forEach(all::add);
            set(t, all);
          }
        }
      } catch (RuntimeException | Error e) {
        // as above
      }
    }
  }

  /** Where an operation of the runtime was called, and where a task began that has no calls of the user's. */
  private static Stream<StackTraceElement> callers(StackTraceElement[] trace) {
    return Arrays.stream(trace).dropWhile(e -> isRuntime(e) && !isOperation(e));
  }

  /** Whether a trace was made inside the calls that another shows: by an async method that has failed before it waited. */
  private static boolean isWithin(StackTraceElement[] trace, StackTraceElement[] other) {
    List<StackTraceElement> inner = withoutEntries(Arrays.asList(trace));
    List<StackTraceElement> outer = withoutEntries(callers(other).toList());
    int from = inner.size() - outer.size();
    return from > 0
        && !outer.isEmpty()
        && isSameMethod(inner.get(from), outer.get(0))
        && outer.subList(1, outer.size()).equals(inner.subList(from + 1, inner.size()));
  }

  /**
   * An operation failed after its calls had unwound to the driver: the trace shows it as thrown by the operation.
   *
   * @param t made by the driver
   * @param operation what failed
   * @param innermost the frame of its caller
   * @param c what drives it
   */
  static void refused(Throwable t, Operation operation, @Nullable Frame innermost, Continuation c) {
    if (ON) {
      StackTraceElement[] physical = t.getStackTrace();
      List<StackTraceElement> all = new ArrayList<>(List.of(operation.toStackTraceElement()));
      addCallers(all, innermost, c, physical, 0);
      set(t, all);
    }
  }

  /** Each trace is extended by one of those who await it, along a chain of tasks that fail by each other. */
  private static boolean mayGrow(StackTraceElement[] trace, @Nullable String awaited) {
    if (trace.length == 0 || trace.length >= MAX) {
      return false;
    }
    return Arrays.stream(trace).noneMatch(LogicalStack::isOperation)
        || trace[trace.length - 1].equals(start(awaited == null ? "" : awaited));
  }

  private static boolean isOperation(StackTraceElement e) {
    return e.getLineNumber() == Operation.NO_LINE && e.getClassName().startsWith("dev.coweave.");
  }

  private static boolean isRuntime(StackTraceElement e) {
    return StackFrames.isRuntime(packageOf(e));
  }

  private static String packageOf(StackTraceElement e) {
    return e.getClassName().substring(0, Math.max(e.getClassName().lastIndexOf('.'), 0));
  }

  // ---- by dumps

  /**
   * The calls that a thread is in, read as if those of coroutines had been plain.
   *
   * @param physical the thread's stack
   * @param innermost the innermost frame of the chain that it runs, as it was when the chain was resumed; null if it runs none
   * @return the calls, innermost first, down to where the task or the thread started
   */
  public static List<StackTraceElement> running(
      StackTraceElement[] physical, @Nullable Frame innermost) {
    int at = resumption(physical);
    List<StackTraceElement> all = new ArrayList<>();
    addShown(all, physical, at < 0 ? physical.length : at);
    Frame f = at < 0 ? null : find(physical[at].getClassName(), innermost);
    if (f != null) {
      f.addRecursions(all);
      addCalls(all, f.parent, MAX);
    }
    return all;
  }

  /**
   * The calls that a chain of frames is parked in.
   *
   * @param innermost the innermost frame; null for none
   * @param max the most calls that are wanted, about
   * @return the calls, innermost first
   */
  public static List<StackTraceElement> parked(@Nullable Frame innermost, int max) {
    List<StackTraceElement> all = new ArrayList<>();
    addCalls(all, innermost, max);
    return all;
  }

  /** Whether two chains are parked in the same calls, as far as that is seen without making a list of them; false if in doubt. */
  public static boolean areInSameCalls(@Nullable Frame a, @Nullable Frame b) {
    Frame f = a;
    Frame g = b;
    while (f != null && g != null && f.standsWhere(g)) {
      f = f.parent;
      g = g.parent;
    }
    return f == null && g == null;
  }

  private static void addCalls(List<StackTraceElement> all, @Nullable Frame innermost, int max) {
    for (Frame f = innermost; f != null && all.size() < max; f = f.parent) {
      f.addTo(all);
    }
  }

  // ---- the parts

  /** Where a trace shows that the driver resumed a frame: the index of the frame's method; -1 if nowhere. */
  private static int resumption(StackTraceElement[] physical) {
    for (int i = 0; i + 1 < physical.length; i++) {
      if (physical[i].getMethodName().equals("resume")
          && physical[i + 1].getClassName().equals(DRIVER)
          && physical[i + 1].getMethodName().equals("drive")) {
        return i;
      }
    }
    return -1;
  }

  private static void replace(
      Throwable t,
      StackTraceElement[] physical,
      int at,
      Frame resumed,
      @Nullable Frame caller,
      Continuation c) {
    List<StackTraceElement> all = new ArrayList<>();
    addShown(all, physical, at);
    resumed.addRecursions(all);
    addCallers(all, caller, c, physical, at + 1);
    set(t, all);
  }

  /** The elements above the driver, without those that call a lambda's body: the JVM hides them of a plain lambda, too. */
  private static void addShown(List<StackTraceElement> all, StackTraceElement[] physical, int to) {
    boolean thrower = true; // what threw is shown, be it the runtime
    for (StackTraceElement e : Arrays.asList(physical).subList(0, to)) {
      boolean runtime = isRuntime(e);
      thrower &= runtime;
      boolean word =
          WORDS.contains(e.getClassName().substring(e.getClassName().lastIndexOf('.') + 1));
      boolean lambda = e.getClassName().contains("$$Lambda$") && e.getLineNumber() < 0;
      boolean step = e.getClassName().contains("$$") && isStep(e, e.getClassName());
      if (thrower || !(runtime && !word || lambda || step)) {
        all.add(e);
      }
    }
  }

  private static void addCallers(
      List<StackTraceElement> all,
      @Nullable Frame caller,
      Continuation c,
      StackTraceElement[] physical,
      int driver) {
    addCalls(all, caller, MAX);
    StackTraceElement body = c.body();
    if (body != null) {
      all.add(body);
    }
    // A generator's body is not on the thread's stack; its consumer is, which may be the same
    // method.
    @Nullable StackTraceElement outermost =
        body != null || all.isEmpty() ? null : all.get(all.size() - 1);
    String start = c.start();
    if (start != null) {
      all.add(start(start));
    } else {
      addPlainCallers(all, outermost, physical, driver);
    }
  }

  /** The elements of the thread's stack under the driver: the method that plain code called is there once more, by its entry. */
  private static void addPlainCallers(
      List<StackTraceElement> all,
      @Nullable StackTraceElement outermost,
      StackTraceElement[] physical,
      int driver) {
    int i = driver;
    while (i < physical.length && isRuntime(physical[i])) {
      i++;
    }
    if (outermost != null && i < physical.length && isSameMethod(physical[i], outermost)) {
      i++;
    }
    all.addAll(Arrays.asList(physical).subList(i, physical.length));
  }

  private static void set(Throwable t, List<StackTraceElement> all) {
    List<StackTraceElement> shown = withoutEntries(all);
    t.setStackTrace(
        shown.subList(0, Math.min(shown.size(), MAX)).toArray(new StackTraceElement[0]));
  }

  /** Without the entries of coroutines, which have no lines: an async method that has returned what failed at once is there by its entry too. */
  private static List<StackTraceElement> withoutEntries(List<StackTraceElement> all) {
    List<StackTraceElement> shown = new ArrayList<>(all.size());
    StackTraceElement twin = null;
    for (StackTraceElement e : all) {
      boolean entry =
          twin != null
              && e.getLineNumber() < 0
              && !isRuntime(e)
              && isSameMethod(twin, e)
              && Objects.equals(twin.getFileName(), e.getFileName());
      if (!entry) {
        shown.add(e);
        twin = e;
      }
    }
    return shown;
  }
}

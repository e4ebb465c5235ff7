package dev.coweave.weave.analysis;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The rules that a coroutine must keep; each error that the weaver reports is one of these, and docs/errors.md explains each. */
public enum Rule {
  MONITOR(
      101,
      "a thread owns the monitor, and the coroutine may go on in another or let others run while it"
          + " holds it",
      "use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block"),
  SYNCHRONIZED_METHOD(
      102,
      "the method's monitor is owned by a thread, and the coroutine may go on in another or let"
          + " others run while it holds it",
      "use dev.coweave.sync.Mutex, or a synchronized block that doesn't suspend"),
  INITIALIZER(
      103,
      "the JVM doesn't let an object or a class be initialised in two halves",
      "move it to a @Coroutine factory method, or start a task: Task.start(() -> …)"),
  TOO_LARGE(
      104,
      "a method may have at most 65,535 bytes of code (JVMS 4.9.1), and the woven one has more",
      "split the method"),
  TOO_MANY_PARAMETERS(
      105,
      "a method may have parameters of at most 255 slots (JVMS 4.3.3), and the woven one has one"
          + " more",
      "pass some of them in an object"),
  NO_STACK_MAP(
      106,
      "the weaver reads the types of locals from the StackMapTable, which class files before Java 6"
          + " don't have",
      "compile the class with '--release 8' or newer"),
  NATIVE(
      107,
      "a native method has no bytecode to weave",
      "make it plain, and await in a method that calls it"),
  UNWOVEN_DEPENDENCY(
      108,
      "its class is annotated, but bears no stamp of the weaver: a call would block the thread or"
          + " fail instead of suspending",
      "weave that library too: 'java -jar coweave-agent.jar weave LIB.jar', or build it with"
          + " coweave-maven-plugin; if the class was loaded before Coweave.install(), install"
          + " earlier"),
  OTHER_VERSION(
      109,
      "classes woven for one version of the runtime can't call those of another",
      "weave both with the coweave version that is on the class path"),
  NAME_CLASH(
      110,
      "the weaver adds a method of that name and those parameters to take the continuation",
      "rename the method"),
  UNREADABLE(
      111,
      "the class file is corrupt, or newer than this version of the weaver knows",
      "recompile it, or use a newer coweave"),
  INTERNAL(
      112,
      "this is a bug in the weaver",
      "report it with the class file; exclude the class to go on: exclude=CLASS"),
  CLASS_TOO_LARGE(
      113,
      "a class file may have at most 65,535 constants (JVMS 4.1), and the woven one has more",
      "split the class"),
  PLAIN_WAIT(
      120,
      "a plain method can't be suspended: a wait there blocks its thread, or throws on a loop's; a"
          + " yield always throws",
      "annotate the method @Coroutine; a lambda needs a @Coroutine interface, such as"
          + " CoroutineRunnable, CoroutineFunction or Task.mapAll's"),
  ELEMENT_TYPE(
      121,
      "yield takes any object, so only the consumer's cast would notice, with a ClassCastException",
      "yield an element of that type, such as 1L for a Long, or change the type that the method"
          + " returns"),
  PLAIN_OVERRIDE(
      122,
      "coroutines call it as the coroutine that it overrides, and can't suspend it: where it has to"
          + " wait, it throws",
      "annotate it @Coroutine too"),
  DROPPED_TASK(
      123,
      "nobody waits for it: it is cancelled or left behind when its starter ends, and its failure"
          + " is only logged",
      "await it, or start it by TaskScope.fork; if it is meant to run on its own, keep it in a"
          + " variable named unused…"),
  SCOPE_WITHOUT_JOIN(
      124,
      "a scope that is closed without a join cancels the tasks that have not ended",
      "call scope.join() at the end of the try block, or scope.cancel() if that is meant"),
  BLOCKING_CALL(
      125,
      "while the thread is blocked, no other coroutine of its loop runs, and no cancellation or"
          + " timeout is noticed",
      "use what suspends: Task.sleep, Task.await, dev.coweave.sync.Channel, dev.coweave.io; or do"
          + " it on a worker thread: Task.blocking(() -> …)"),
  LOCK_ACROSS_WAIT(
      126,
      "a thread owns the lock: the coroutine may go on in another, where it can't unlock, and"
          + " others of this thread get in meanwhile",
      "use dev.coweave.sync.Mutex, or unlock before the wait"),
  SWALLOWED_CANCELLATION(
      127,
      "cancellation is an Error that each wait throws; a task that swallows it runs on, and who"
          + " cancelled it waits",
      "catch Exception; or throw it again: catch (TaskCancelled e) { throw e; }"),
  BUSY_WAIT(
      128,
      "what it waits for can only come from others, and they don't run on this thread before the"
          + " coroutine waits",
      "await a future, a Signal or a Channel; in a script, Ticks.until(condition); or call"
          + " Task.yield() in the loop"),
  LARGE(
      201,
      "HotSpot compiles no method of more than 8,000 bytes (-XX:-DontCompileHugeMethods), so it"
          + " stays slow",
      "split the method, or let the part that doesn't suspend be a method of its own"),
  DYNAMIC(
      202,
      "Groovy looks up what that calls when it runs, and calls it as plain code does, which can't"
          + " be suspended",
      "add @CompileStatic, and write lambdas, '(x) -> …', instead of closures"),
  UNKNOWN_CALLEE(
      203,
      "without that class the weaver can't tell whether the method is a coroutine, and has it"
          + " called as a plain one: where it has to wait, it will throw",
      "add its jar or directory to the class path of the build: '--classpath' on the command line"),
  SPAN(
      312,
      "OpenTelemetry's agent makes the span in the plain method, and coroutines don't call that"
          + " one",
      "return a CompletableFuture: an async method is called as it is, and its span ends with the"
          + " future; or start the span in the body (tracer.spanBuilder)"),
  NO_IO(
      320,
      "sockets, TLS and processes are in a jar of their own, coweave-io",
      "add dev.coweave:coweave-io to the dependencies, of the version of coweave-runtime"),
  DURABLE_NOT_COROUTINE(
      401,
      "a durable method stops at its durable waits, which only a coroutine can",
      "annotate it @Coroutine too; it may be neither a generator nor return a Task or another"
          + " future"),
  NOT_DURABLE(
      402,
      "a run is stored at its durable waits, and a wait that isn't one can't be stored",
      "put it inside a step: Durable.step(\"name\", () -> …); or make the coroutine that is called"
          + " @Durable"),
  OUTSIDE_DURABLE(
      403,
      "the activation of a method that isn't durable can't be stored",
      "annotate the method @Durable, or call it in a method that is; a run begins with"
          + " engine.start(id, () -> …)"),
  NOT_STORABLE(
      404,
      "what a run still needs after a durable wait is stored with it",
      "make it inside the step that uses it; or keep what it is made of: a record, an enum, a"
          + " string, a number, a collection of these, or a service that the engine knows"),
  NO_VARIABLE_NAMES(
      405,
      "locals are stored by their names, which the class file doesn't tell",
      "compile with '-g'"),
  POINT_NAME(
      406,
      "a run that is parked there is found again by the name, also in code that has changed",
      "write the name as a string literal, or a constant"),
  RUN_BODY(
      407,
      "a run begins with the durable call that ends the lambda: the call is stored with its"
          + " arguments, the lambda is not",
      "let the lambda be a single call of a @Durable method, and do the rest in that method"),
  UNNAMED_TWICE(
      441,
      "points without a name are told apart by their order, so a run that is parked there goes on"
          + " in unchanged code only",
      "give the waits names, or make each a durable method of its own");

  private final int number;
  private final String because;
  private final String fix;

  Rule(int number, String because, String fix) {
    this.number = number;
    this.because = because;
    this.fix = fix;
  }

  /** Such as {@code COWEAVE-101}. */
  public String code() {
    return "COWEAVE-" + number;
  }

  /** Whether the class is woven all the same. */
  public boolean isWarning() {
    return this == SPAN || this == NO_IO || isAdvice() || number / 100 == 2 || number / 10 == 44;
  }

  /** Whether the class is woven as it says, and probably isn't as it was meant. */
  public boolean isAdvice() {
    return number >= 120 && number < 150;
  }

  /** The name under which it can be suppressed, such as {@code dropped-task}. */
  public String suppression() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The rule of a code, such as {@code COWEAVE-101}; null if the code is of something else. */
  public static @Nullable Rule of(String code) {
    for (Rule rule : values()) {
      if (rule.code().equals(code)) {
        return rule;
      }
    }
    return null;
  }

  /** Why the rule stands. */
  public String because() {
    return because;
  }

  /** What to write instead. */
  public String fix() {
    return fix;
  }
}

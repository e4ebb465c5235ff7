package dev.coweave.weave.analysis;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * All that the weaver reports, by code, with its reason and its remedy; docs/errors.md explains each. Up to 299, and from 400 on, the rules that coroutines
 * must keep or better keep; from 300 to 399, what is wrong with the files, the class path or the JVM around a class.
 */
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
  STACK_FULL(
      114,
      "the thread that loaded the class had hardly any stack left, or the class nests its code or"
          + " its supertypes very deep",
      "load the class earlier, where the stack is less deep, or have a larger one: -Xss"),
  MANAGED(
      115,
      "JMX takes each method of such an interface for an operation, also the one that the weaver"
          + " adds; an MXBean with it can't be registered",
      "leave the method of the interface plain, and annotate the one of the class that implements"
          + " it"),
  BOOT_CLASS(
      116,
      "the agent weaves what class loaders define, and this class is on the boot class path",
      "put it on the class path, or weave it before it is loaded: 'java -jar coweave-agent.jar"
          + " weave JAR'"),
  NOT_ADVISED(
      117,
      "one of the weaver's checks failed, which is a bug in it; the method is woven as it would be"
          + " without",
      "report it with the class file"),
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
  COMPANION_NAME(
      301,
      "what has that name, or one that differs in upper and lower case only, isn't Coweave's work",
      "rename one of them, or delete it if no source makes it"),
  SIGNED_JAR(
      302,
      "woven classes don't match the signature, and the JVM would refuse to load them",
      "weave before signing, use the agent, or remove the signature"),
  PREFIXED_JAR(
      303,
      "what precedes it, such as a launch script, would be lost or wrong in the woven jar",
      "weave the classes before they are packed"),
  COMPANION_REFUSED(
      304,
      "its class loader has another class of that name",
      "weave it at build time, or start the JVM anew"),
  NO_RUNTIME(
      305,
      "the weaver reads from it which methods suspend",
      "add coweave-runtime to the dependencies, or to --classpath"),
  OTHER_RUNTIME(
      306,
      "woven classes link to the runtime that they were woven for",
      "use the same version of coweave-runtime and of the weaver"),
  CHANGED_WHILE_PARKED(
      307,
      "activations that wait hold the variables of the loaded version, and would go on in the new"
          + " one",
      "change only what stands between its suspension points, or start the JVM anew; until then the"
          + " loaded version runs on"),
  FOUND_TOO_LATE(
      310,
      "its class loader defines classes that it doesn't find as resources",
      "override findResource in that class loader, load the class before those that call it or"
          + " extend it, or weave before loading: 'java -jar coweave-agent.jar weave DIR'"),
  LATER_ASPECTS(
      311,
      "advice on a coroutine runs where plain code calls it, and not where a coroutine does; join"
          + " points within coroutines have none",
      "weave aspects when building (ajc), before coweave:weave; or weave as they are loaded,"
          + " -javaagent:…aspectjweaver… before -javaagent:…coweave…"),
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
  IMPROPER_NAME(
      323,
      "the classes that are made for it are named after it, and would be written elsewhere",
      "find out what wrote that class file: compilers give no such names"),
  UNREADABLE_FILE(
      324,
      "which methods are coroutines stands in the class files",
      "build or download it anew, or take it off the class path"),
  DUPLICATE_ENTRY(
      325,
      "which of them is seen depends on the reader, and the woven jar could hold one only",
      "pack it without duplicates, or weave the classes before they are packed"),
  NO_CLASS_FILE(
      326,
      "its name says it is one, but there is nothing in it to weave; it is left as it is",
      "delete it, or compile its source anew"),
  UNWRITABLE(
      327,
      "all files of a run are written, or none",
      "see to it that its directory can be written and has room, and that nobody holds the file;"
          + " then weave again"),
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
      "give the waits names; Durable.at(name) names the call or wait that follows it");

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
    return switch (this) {
      case MANAGED, NOT_ADVISED, FOUND_TOO_LATE, LATER_ASPECTS, SPAN, NO_IO, NO_CLASS_FILE -> true;
      default -> isAdvice() || number / 100 == 2 || number / 10 == 44;
    };
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

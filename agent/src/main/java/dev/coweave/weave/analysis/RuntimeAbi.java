package dev.coweave.weave.analysis;

import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The names in the runtime that woven code links to, and those that the weaver recognises: all of them stand here. A test holds
 * them against the runtime's classes. The weaver itself doesn't depend on the runtime.
 */
public final class RuntimeAbi {
  private RuntimeAbi() {}

  /** The version of the contract, {@code Stamp.ABI}. */
  public static final int VERSION = 2;

  public static final String COROUTINE_DESC = "Ldev/coweave/Coroutine;";
  public static final String STAMP_DESC = "Ldev/coweave/coroutine/Stamp;";
  public static final String STAMP_ABI = "abi";

  public static final String CONTINUATION = "dev/coweave/coroutine/Continuation";
  public static final String CONTINUATION_DESC = "L" + CONTINUATION + ";";
  public static final String SUSPENDED = "suspended";
  public static final String DEPTH = "depth";
  public static final String MAX_DEPTH = "MAX_DEPTH";
  public static final String UNWIND_ALL = "UNWIND_ALL";
  public static final String PUSH = "push";
  public static final String TAIL = "tail";
  public static final String RECUR = "recur";
  public static final String UNWIND = "unwind";
  public static final String ABANDON = "abandon";
  public static final String CAUGHT = "caught";
  public static final String GIVE = "give";

  public static final String FRAME = "dev/coweave/coroutine/Frame";
  public static final String FRAME_STATE = "state";
  public static final String RESUME = "resume";
  public static final String TRACE = "trace";

  public static final String ENTRY = "dev/coweave/coroutine/Entry";
  public static final String ENTRY_PLAIN = "plain";
  public static final String ENTRY_ASYNC = "async";
  public static final String ENTRY_COMPLETE = "complete";
  public static final String ENTRY_LEAVE = "leave";
  public static final String ENTRY_RETURNED = "returned";
  public static final String ENTRY_THREW = "threw";
  public static final String ENTRY_ASYNC_THREW = "asyncThrew";

  public static final String WOVEN = "dev/coweave/coroutine/Woven";
  public static final String WOVEN_CLASS = "coweave$class";
  public static final String WOVEN_MARK = "coweave$woven";
  public static final String WOVEN_CLASSES = "dev/coweave/coroutine/WovenClasses";
  public static final String MAY_ANSWER = "mayAnswer";
  public static final String MAY_ENTER = "enter";

  public static final String LAMBDA_LINKER = "dev/coweave/coroutine/LambdaLinker";
  public static final String LAMBDA_LINK = "link";

  public static final String GENERATOR = "dev/coweave/generator/Generator";
  public static final String GENERATOR_STATE = "coweave$state";
  public static final String GENERATOR_ELEMENT = "coweave$element";
  public static final String GENERATOR_KEEP = "coweave$keep";
  public static final String GENERATOR_RETURNED = "coweave$returned";
  public static final String STEP = "step";
  public static final String TAKE = "take";
  public static final String CLEAR = "clear";
  public static final String FRESH = "fresh";
  public static final String ITERABLE = "coweave$iterable";
  public static final String STREAM = "stream";

  /** The words of a generator's body, as {@code owner.name}. */
  public static final String YIELD = GENERATOR + ".yield";

  public static final String YIELD_ALL = GENERATOR + ".yieldAll";
  public static final String END = GENERATOR + ".end";
  public static final String ASYNC_END = "dev/coweave/flow/AsyncGenerator.end";
  public static final Set<String> GENERATOR_WORDS = Set.of(YIELD, YIELD_ALL, END, ASYNC_END);

  /** The return types that make a method that yields a generator. */
  public static final Set<String> GENERATOR_TYPES =
      Set.of(GENERATOR, "java/util/Iterator", "java/lang/Iterable", "java/util/stream/Stream");

  public static final String ASYNC_GENERATOR = "dev/coweave/flow/AsyncGenerator";
  public static final String GENERATOR_FRAME = "dev/coweave/coroutine/GeneratorFrame";
  public static final String ASYNC_GENERATOR_DEPTH = "coweave$depth";
  public static final String ASYNC_GENERATOR_NEXT = "next";
  public static final String ASYNC_GENERATOR_IS_READY = "coweave$isReady";
  public static final String ASYNC_GENERATOR_READY = "coweave$ready";
  public static final String PUBLISHER = "coweave$publisher";

  /** The return types that make a method that yields an async generator. */
  public static final Set<String> ASYNC_GENERATOR_TYPES =
      Set.of(ASYNC_GENERATOR, "java/util/concurrent/Flow$Publisher");

  public static final String TASK = "dev/coweave/task/Task";

  /** The return types of async methods. */
  public static final Set<String> ASYNC_TYPES =
      Set.of(
          TASK, "java/util/concurrent/CompletableFuture", "java/util/concurrent/CompletionStage");

  /** The parameters of runtime methods that are coroutines to run. */
  public static final Set<String> BODIES =
      Set.of(
          "Ldev/coweave/CoroutineCallable;",
          "Ldev/coweave/CoroutineRunnable;",
          "Ldev/coweave/CoroutineFunction;",
          "Ldev/coweave/CoroutinePredicate;",
          "Ldev/coweave/CoroutineConsumer;",
          "Ldev/coweave/sync/ChannelBody;");

  /** The {@code take} method of the continuation by the kind of value, and what it returns. */
  public static final Map<String, String> TAKE_METHODS =
      Map.of(
          "V",
          "takeVoid",
          "I",
          "takeInt",
          "J",
          "takeLong",
          "F",
          "takeFloat",
          "D",
          "takeDouble",
          "Ljava/lang/Object;",
          "takeRef");

  /**
   * The continuation's method that takes an outcome.
   *
   * @param desc the kind of value, as in {@link #TAKE_METHODS}
   */
  public static String takeMethod(String desc) {
    return Objects.requireNonNull(TAKE_METHODS.get(desc), desc);
  }

  /** Whether a class is the runtime's own: its twins are written by hand. */
  public static boolean isRuntime(String internalName) {
    return RUNTIME_PACKAGES.contains(internalName.substring(0, internalName.lastIndexOf('/') + 1));
  }

  private static final Set<String> RUNTIME_PACKAGES =
      Set.of(
          "dev/coweave/",
          "dev/coweave/coroutine/",
          "dev/coweave/generator/",
          "dev/coweave/flow/",
          "dev/coweave/task/",
          "dev/coweave/loop/",
          "dev/coweave/sync/",
          "dev/coweave/wait/");
}

package dev.coweave.weave.analysis;

import java.util.Set;

/**
 * The classes of the runtime that woven code links to, and the names that the weaver recognises; the members are in {@link RuntimeMember}. A test holds
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

  public static final String FRAME = "dev/coweave/coroutine/Frame";

  public static final String ENTRY = "dev/coweave/coroutine/Entry";

  public static final String WOVEN = "dev/coweave/coroutine/Woven";
  public static final String WOVEN_MARK = "coweave$woven";
  public static final String WOVEN_CLASSES = "dev/coweave/coroutine/WovenClasses";

  public static final String LAMBDA_LINKER = "dev/coweave/coroutine/LambdaLinker";

  public static final String GENERATOR = "dev/coweave/generator/Generator";

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

  /** The return types that make a method that yields an async generator. */
  public static final Set<String> ASYNC_GENERATOR_TYPES =
      Set.of(ASYNC_GENERATOR, "java/util/concurrent/Flow$Publisher");

  public static final String TASK = "dev/coweave/task/Task";

  public static final String TASK_SCOPE = "dev/coweave/task/TaskScope";
  public static final String TASK_CANCELLED = "dev/coweave/task/TaskCancelled";

  /** The packages of the operations that let others run. */
  public static final Set<String> WAITING_PACKAGES =
      Set.of("dev/coweave/task/", "dev/coweave/loop/", "dev/coweave/sync/");

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

  /** Whether a class is in the package of the annotation and of the interfaces of bodies. */
  public static boolean isBody(String internalName) {
    return internalName.lastIndexOf('/') == "dev/coweave".length();
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

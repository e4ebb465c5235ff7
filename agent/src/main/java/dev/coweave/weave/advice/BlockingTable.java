package dev.coweave.weave.advice;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;

/** The methods of the JDK that block. */
final class BlockingTable {
  private static final String J = "java/util/concurrent/";
  private static final String TIMED = "Ljava/util/concurrent/TimeUnit;)";

  /** Queues that take any number of elements. */
  private static final Set<String> UNBOUNDED =
      Set.of(J + "PriorityBlockingQueue", J + "LinkedTransferQueue", J + "DelayQueue");

  private static final String SCALAS_LATCH = "scala/runtime/LazyVals$Waiting";

  private static final Set<String> FILLS = Set.of("put", "offer");

  /**
   * A method that blocks.
   *
   * @param owner the class that declares it; subclasses count too
   * @param name its name
   * @param desc what its descriptor contains
   */
  record Entry(String owner, String name, String desc) {
    /** Whether it waits for a future, which may be done. */
    boolean ofFuture() {
      return owner.equals(J + "Future")
          || owner.equals(J + "CompletableFuture")
          || owner.equals(J + "ForkJoinTask");
    }
  }

  private static final Map<String, List<Entry>> BY_NAME =
      Stream.of(
              all("java/lang/Thread", "", "sleep", "join"),
              all(J + "TimeUnit", "", "sleep", "timedJoin", "timedWait"),
              all(J + "Future", "", "get"),
              all(J + "CompletableFuture", "", "join"),
              all(
                  J + "ForkJoinTask",
                  "",
                  "join",
                  "invoke",
                  "quietlyJoin",
                  "quietlyInvoke",
                  "invokeAll"),
              all(J + "BlockingQueue", "", "take", "put"),
              all(J + "BlockingQueue", TIMED, "poll", "offer"),
              all(J + "BlockingDeque", "", "takeFirst", "takeLast", "putFirst", "putLast"),
              all(J + "BlockingDeque", TIMED, "pollFirst", "pollLast", "offerFirst", "offerLast"),
              all(J + "TransferQueue", "", "transfer"),
              all(J + "TransferQueue", TIMED, "tryTransfer"),
              all(J + "CompletionService", "", "take"),
              all(J + "CompletionService", TIMED, "poll"),
              all(J + "CountDownLatch", "", "await"),
              all(J + "CyclicBarrier", "", "await"),
              all(
                  J + "Phaser",
                  "",
                  "arriveAndAwaitAdvance",
                  "awaitAdvance",
                  "awaitAdvanceInterruptibly"),
              all(J + "Exchanger", "", "exchange"),
              all(J + "Semaphore", "", "acquire", "acquireUninterruptibly"),
              all(J + "Semaphore", TIMED, "tryAcquire"),
              all(
                  J + "locks/Condition",
                  "",
                  "await",
                  "awaitNanos",
                  "awaitUntil",
                  "awaitUninterruptibly"),
              all(J + "locks/LockSupport", "", "park", "parkNanos", "parkUntil"),
              all(J + "ExecutorService", "", "awaitTermination", "invokeAll", "invokeAny"),
              all(J + "StructuredTaskScope", "", "join", "joinUntil"), // since 21
              all(J + "ForkJoinPool", "", "invoke", "awaitQuiescence"),
              all("java/lang/Object", "", "wait"),
              all("java/lang/Process", "", "waitFor"),
              all("java/lang/ref/ReferenceQueue", "", "remove"),
              all("java/io/Console", "", "readLine", "readPassword"),
              all("java/nio/channels/Selector", "", "select"),
              all("java/sql/DriverManager", "", "getConnection"),
              all("javax/sql/DataSource", "", "getConnection"),
              all("java/sql/Connection", "", "commit", "rollback", "isValid"),
              all(
                  "java/sql/Statement",
                  "",
                  "execute",
                  "executeQuery",
                  "executeUpdate",
                  "executeBatch",
                  "executeLargeUpdate",
                  "executeLargeBatch"),
              all("java/sql/ResultSet", "", "next"),
              all("java/net/Socket", "", "connect"),
              all("java/net/Socket", "I)", "<init>"),
              all("java/net/ServerSocket", "", "accept"),
              all("java/net/DatagramSocket", "", "receive"),
              all("java/net/URL", "", "openStream", "getContent"),
              all("java/net/URLConnection", "", "connect", "getInputStream", "getContent"),
              all("java/net/HttpURLConnection", "", "getResponseCode", "getResponseMessage"),
              all("java/net/http/HttpClient", "", "send", "awaitTermination"),
              all("java/lang/IO", "", "readln")) // since 25
          .flatMap(List::stream)
          .collect(Collectors.groupingBy(Entry::name));

  /** What reads from a stream or a reader. */
  private static final Set<String> READS =
      Set.of(
          "read",
          "readAllBytes",
          "readNBytes",
          "readLine",
          "readFully",
          "readByte",
          "readUnsignedByte",
          "readShort",
          "readChar",
          "readInt",
          "readLong",
          "readUTF",
          "readObject",
          "transferTo",
          "lines",
          "nextLine",
          "next",
          "hasNext",
          "hasNextLine",
          "skip");

  private BlockingTable() {}

  private static List<Entry> all(String owner, String desc, String... names) {
    return Stream.of(names).map(n -> new Entry(owner, n, desc)).toList();
  }

  /** The method that a call refers to, if it blocks. */
  static @Nullable Entry find(MethodInsnNode call, Types types) {
    List<Entry> entries = BY_NAME.get(call.name);
    if (call.owner.equals(SCALAS_LATCH)) {
      return null; // of each lazy val and inner object: it waits only while another thread makes it
    }
    if (entries == null || UNBOUNDED.contains(call.owner) && FILLS.contains(call.name)) {
      return null;
    }
    for (Entry e : entries) {
      if (call.desc.contains(e.desc)
          && (e.name.equals("<init>") || e.owner.equals("java/lang/Object")
              ? isExactly(e, call)
              : types.isSubtype(call.owner, e.owner))) {
        return e;
      }
    }
    return null;
  }

  /** Methods of Object are found in any class: {@code wait} is final, and others of its name have other parameters. */
  private static boolean isExactly(Entry e, MethodInsnNode call) {
    return e.name.equals("wait")
        ? Set.of("()V", "(J)V", "(JI)V").contains(call.desc)
        : call.owner.equals(e.owner);
  }

  /** Whether a method of a stream or reader waits for bytes. */
  static boolean reads(MethodInsnNode call) {
    return READS.contains(call.name)
        && (call.owner.startsWith("java/io/") || call.owner.equals("java/util/Scanner"));
  }

  /** Whether a call returns a stream of what is outside. */
  static boolean opens(MethodInsnNode call, Types types) {
    return switch (call.name) {
      case "getInputStream" ->
          types.isSubtype(call.owner, "java/net/Socket")
              || types.isSubtype(call.owner, "java/lang/Process")
              || types.isSubtype(call.owner, "java/net/URLConnection");
      case "getErrorStream", "inputReader", "errorReader" ->
          types.isSubtype(call.owner, "java/lang/Process");
      case "openStream" -> call.owner.equals("java/net/URL");
      default -> false;
    };
  }

  /** Whether a field holds a stream of what is outside. */
  static boolean isOutside(FieldInsnNode field) {
    return field.owner.equals("java/lang/System") && field.name.equals("in");
  }

  /** Whether a class reads from what its constructor is given. */
  static boolean wraps(String name) {
    return name.startsWith("java/io/")
        || name.equals("java/util/Scanner")
        || name.startsWith("java/util/zip/");
  }
}

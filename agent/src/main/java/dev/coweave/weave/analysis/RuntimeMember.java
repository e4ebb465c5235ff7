package dev.coweave.weave.analysis;

import static dev.coweave.weave.analysis.RuntimeAbi.ASYNC_GENERATOR;
import static dev.coweave.weave.analysis.RuntimeAbi.CONTINUATION;
import static dev.coweave.weave.analysis.RuntimeAbi.CONTINUATION_DESC;
import static dev.coweave.weave.analysis.RuntimeAbi.ENTRY;
import static dev.coweave.weave.analysis.RuntimeAbi.FRAME;
import static dev.coweave.weave.analysis.RuntimeAbi.GENERATOR;
import static dev.coweave.weave.analysis.RuntimeAbi.GENERATOR_FRAME;
import static dev.coweave.weave.analysis.RuntimeAbi.LAMBDA_LINKER;
import static dev.coweave.weave.analysis.RuntimeAbi.WOVEN;
import static dev.coweave.weave.analysis.RuntimeAbi.WOVEN_CLASSES;

import java.util.Arrays;

/**
 * The methods and fields of the runtime that woven code calls, touches or overrides, each by owner, name and type: no template writes one of
 * these out. A test holds them against the runtime's classes.
 */
public enum RuntimeMember {
  SUSPENDED(Kind.FIELD, CONTINUATION, "suspended", "Z"),
  DEPTH(Kind.FIELD, CONTINUATION, "depth", "I"),
  MAX_DEPTH(Kind.STATIC_FIELD, CONTINUATION, "MAX_DEPTH", "I"),
  UNWIND_ALL(Kind.STATIC_FIELD, CONTINUATION, "UNWIND_ALL", "Z"),
  PUSH(Kind.VIRTUAL, CONTINUATION, "push", "(L" + FRAME + ";I)V"),
  KEEP(Kind.VIRTUAL, CONTINUATION, "keep", "(L" + FRAME + ";I)V"),
  UNWIND(Kind.VIRTUAL, CONTINUATION, "unwind", "(L" + FRAME + ";)V"),
  SNEAKY_THROW(Kind.STATIC, CONTINUATION, "sneakyThrow", "(Ljava/lang/Throwable;)V"),
  ABANDON(Kind.VIRTUAL, CONTINUATION, "abandon", "(Ljava/lang/Throwable;)V"),
  CAUGHT(Kind.STATIC, CONTINUATION, "caught", "(Ljava/lang/Throwable;" + CONTINUATION_DESC + ")V"),
  CAUGHT_ERROR(
      Kind.STATIC,
      CONTINUATION,
      "caughtError",
      "(Ljava/lang/Throwable;" + CONTINUATION_DESC + ")Ljava/lang/Throwable;"),
  TAIL(Kind.VIRTUAL, CONTINUATION, "tail", "(Ljava/lang/String;)V"),
  TAIL_OF_RESUMED(Kind.VIRTUAL, CONTINUATION, "tail", "(Ljava/lang/String;L" + FRAME + ";)V"),
  RECUR(Kind.VIRTUAL, CONTINUATION, "recur", "(Ljava/lang/String;)V"),
  RECUR_OF_RESUMED(Kind.VIRTUAL, CONTINUATION, "recur", "(Ljava/lang/String;L" + FRAME + ";)V"),

  GIVE_INT(Kind.VIRTUAL, CONTINUATION, "give", "(I)V"),
  GIVE_LONG(Kind.VIRTUAL, CONTINUATION, "give", "(J)V"),
  GIVE_FLOAT(Kind.VIRTUAL, CONTINUATION, "give", "(F)V"),
  GIVE_DOUBLE(Kind.VIRTUAL, CONTINUATION, "give", "(D)V"),
  GIVE_REF(Kind.VIRTUAL, CONTINUATION, "give", "(Ljava/lang/Object;)V"),
  TAKE_VOID(Kind.VIRTUAL, CONTINUATION, "takeVoid", "()V"),
  TAKE_INT(Kind.VIRTUAL, CONTINUATION, "takeInt", "()I"),
  TAKE_LONG(Kind.VIRTUAL, CONTINUATION, "takeLong", "()J"),
  TAKE_FLOAT(Kind.VIRTUAL, CONTINUATION, "takeFloat", "()F"),
  TAKE_DOUBLE(Kind.VIRTUAL, CONTINUATION, "takeDouble", "()D"),
  TAKE_REF(Kind.VIRTUAL, CONTINUATION, "takeRef", "()Ljava/lang/Object;"),

  FRAME_STATE(Kind.FIELD, FRAME, "state", "S"),
  RESUME(Kind.VIRTUAL, FRAME, "resume", "(" + CONTINUATION_DESC + ")V"),
  TRACE(Kind.VIRTUAL, FRAME, "trace", "()Ljava/lang/String;"),

  ENTRY_PLAIN(Kind.STATIC, ENTRY, "plain", "()L" + ENTRY + ";"),
  ENTRY_ASYNC(Kind.STATIC, ENTRY, "async", "()L" + ENTRY + ";"),
  ENTRY_COMPLETE(Kind.VIRTUAL, ENTRY, "complete", "()V"),
  ENTRY_LEAVE(Kind.VIRTUAL, ENTRY, "leave", "(Ljava/lang/Throwable;)V"),
  ENTRY_THREW(Kind.VIRTUAL, ENTRY, "threw", "(Ljava/lang/Throwable;)V"),
  ENTRY_RETURNED(
      Kind.VIRTUAL,
      ENTRY,
      "returned",
      "(Ljava/lang/Object;)Ljava/util/concurrent/CompletableFuture;"),
  ENTRY_ASYNC_THREW(
      Kind.VIRTUAL,
      ENTRY,
      "asyncThrew",
      "(Ljava/lang/Throwable;)Ljava/util/concurrent/CompletableFuture;"),

  WOVEN_CLASS(Kind.INTERFACE, WOVEN, "coweave$class", "()Ljava/lang/Class;"),
  MAY_ANSWER(Kind.STATIC, WOVEN_CLASSES, "mayAnswer", "(Ljava/lang/Object;)Z"),
  MAY_ENTER(Kind.STATIC, WOVEN_CLASSES, "enter", "(Ljava/lang/Object;Ljava/lang/Class;)Z"),

  LAMBDA_LINK(
      Kind.STATIC,
      LAMBDA_LINKER,
      "link",
      "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;"
          + "Ljava/lang/String;[Ljava/lang/String;)Ljava/lang/invoke/CallSite;"),

  GENERATOR_STATE(Kind.FIELD, GENERATOR, "coweave$state", "I"),
  GENERATOR_ELEMENT(Kind.FIELD, GENERATOR, "coweave$element", "Ljava/lang/Object;"),
  GENERATOR_KEEP(Kind.VIRTUAL, GENERATOR, "coweave$keep", "(Ljava/lang/Object;)V"),
  GENERATOR_RETURNED(Kind.VIRTUAL, GENERATOR, "coweave$returned", "(Ljava/lang/Object;)Z"),
  STEP(Kind.VIRTUAL, GENERATOR, "step", "(" + CONTINUATION_DESC + ")Z"),
  TAKE(Kind.VIRTUAL, GENERATOR, "take", "()Ljava/lang/Object;"),
  CLEAR(Kind.VIRTUAL, GENERATOR, "clear", "()V"),
  FRESH(Kind.VIRTUAL, GENERATOR, "fresh", "()L" + GENERATOR + ";"),
  ITERABLE(Kind.VIRTUAL, GENERATOR, "coweave$iterable", "()Ljava/lang/Iterable;"),
  STREAM(Kind.VIRTUAL, GENERATOR, "stream", "()Ljava/util/stream/Stream;"),

  ASYNC_DEPTH(Kind.FIELD, GENERATOR_FRAME, "coweave$depth", "I"),
  ASYNC_STATE(Kind.FIELD, GENERATOR_FRAME, "coweave$state", "I"),
  ASYNC_ELEMENT(Kind.FIELD, GENERATOR_FRAME, "coweave$element", "Ljava/lang/Object;"),
  ASYNC_KEEP(Kind.VIRTUAL, GENERATOR_FRAME, "coweave$keep", "(Ljava/lang/Object;)V"),
  ASYNC_RETURNED(Kind.VIRTUAL, GENERATOR_FRAME, "coweave$returned", "(Ljava/lang/Object;)Z"),
  ASYNC_STEP(Kind.VIRTUAL, GENERATOR_FRAME, "step", "(" + CONTINUATION_DESC + ")Z"),
  ASYNC_CLEAR(Kind.VIRTUAL, GENERATOR_FRAME, "clear", "()V"),
  ASYNC_FRESH(Kind.VIRTUAL, ASYNC_GENERATOR, "fresh", "()L" + ASYNC_GENERATOR + ";"),
  ASYNC_NEXT(Kind.VIRTUAL, ASYNC_GENERATOR, "next", "()Ljava/lang/Object;"),
  ASYNC_IS_READY(Kind.VIRTUAL, GENERATOR_FRAME, "coweave$isReady", "()Z"),
  ASYNC_READY(Kind.VIRTUAL, GENERATOR_FRAME, "coweave$ready", "()Ljava/lang/Object;"),
  PUBLISHER(
      Kind.VIRTUAL,
      ASYNC_GENERATOR,
      "coweave$publisher",
      "()Ljava/util/concurrent/Flow$Publisher;");

  /** How a member is reached. */
  public enum Kind {
    FIELD,
    STATIC_FIELD,
    VIRTUAL,
    STATIC,
    INTERFACE
  }

  private final Kind kind;
  private final String owner;
  private final String member;
  private final String desc;

  RuntimeMember(Kind kind, String owner, String member, String desc) {
    this.kind = kind;
    this.owner = owner;
    this.member = member;
    this.desc = desc;
  }

  /** How it is reached. */
  public Kind kind() {
    return kind;
  }

  /** The internal name of its class. */
  public String owner() {
    return owner;
  }

  /** What it is called. */
  public String member() {
    return member;
  }

  /** Its descriptor. */
  public String desc() {
    return desc;
  }

  /**
   * What a resumed activation takes its callee's outcome by.
   *
   * @param value the descriptor of the kind of value: of a primitive, of Object, or V
   */
  public static RuntimeMember take(String value) {
    return of("take", "()" + value);
  }

  /**
   * What an activation gives its outcome by.
   *
   * @param value the descriptor of the kind of value: of a primitive or of Object
   */
  public static RuntimeMember give(String value) {
    return of("give", "(" + value + ")V");
  }

  private static RuntimeMember of(String verb, String desc) {
    return Arrays.stream(values())
        .filter(m -> m.owner.equals(CONTINUATION) && m.member.startsWith(verb))
        .filter(m -> m.desc.equals(desc))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(verb + desc));
  }
}

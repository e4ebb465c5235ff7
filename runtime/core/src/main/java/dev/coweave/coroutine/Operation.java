package dev.coweave.coroutine;

/**
 * An operation of the runtime, as the user wrote it. Whatever waits carries it, and so does each frame of the runtime's own: messages,
 * dumps and stack traces all name the operation by this. Immutable.
 *
 * <pre>{@code
 * private static final Operation RECEIVE = Operation.of(Channel.class, "receive");   // Channel.receive
 * }</pre>
 *
 * @param type the name of the class that users know, with its package
 * @param method the name of its method
 */
public record Operation(String type, String method) {
  /** Of a stack trace's element that stands for an operation, not for a place in its source. */
  static final int NO_LINE = -1;

  /**
   * An operation of a class.
   *
   * @param type the class that users know
   * @param method the name of its method
   */
  public static Operation of(Class<?> type, String method) {
    return new Operation(type.getName(), method);
  }

  /**
   * An operation of another class of the same package: a part of it that names the class, and doesn't depend on it.
   *
   * @param part one of the classes behind it
   * @param name as users write it, such as {@code Task.sleep}
   */
  public static Operation behind(Class<?> part, String name) {
    int dot = name.indexOf('.');
    return new Operation(
        part.getPackageName() + "." + name.substring(0, dot), name.substring(dot + 1));
  }

  private String simpleType() {
    return type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
  }

  private String file() {
    return simpleType().replaceFirst("\\..*", "") + ".java";
  }

  /** The operation as an element of a stack trace. */
  public StackTraceElement toStackTraceElement() {
    return new StackTraceElement(type, method, file(), NO_LINE);
  }

  /** Returns the text for {@link Frame#trace} of its frame. */
  public String trace() {
    return type + "|" + method + "|" + file() + "|";
  }

  /** As users write it, such as {@code Task.await}. */
  @Override
  public String toString() {
    return simpleType() + "." + method;
  }
}

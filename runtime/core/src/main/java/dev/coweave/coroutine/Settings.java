package dev.coweave.coroutine;

import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The system properties that the runtime heeds, read once, when the first class of it is used. A value that makes no sense is reported, and
 * counts as absent.
 */
public final class Settings {
  // All of them, and nothing that decides what they do. README.md lists them for users.

  /** The answer to a plain call that would block a thread that may not be blocked. */
  public enum NonBlocking {
    /** The wait fails. */
    THROW,
    /** It is said once for each home, and the thread is blocked. */
    WARN,
    /** The thread is blocked. */
    OFF
  }

  /** How stack traces of coroutines read. */
  public enum Stacks {
    /** As if the calls had been plain, but for most in a storm of exceptions; see {@link TraceBudget}. */
    LOGICAL,
    /** As if the calls had been plain, each of them. */
    ALWAYS,
    /** As the JVM fills them in. */
    PHYSICAL
  }

  /** The answer to a loop whose tasks all wait for each other. */
  public enum OnDeadlock {
    /** It is said once. */
    REPORT,
    /** The call that runs the loop throws it. */
    THROW
  }

  /** {@code coweave.maxDepth}: how many coroutine calls may nest on the thread's stack before they unwind. */
  public static final int MAX_DEPTH = number("coweave.maxDepth", 256, 1);

  /** {@code coweave.stacks}. */
  public static final Stacks STACKS = choice("coweave.stacks", Stacks.LOGICAL);

  /** {@code coweave.deadlock}. */
  public static final OnDeadlock DEADLOCK = choice("coweave.deadlock", OnDeadlock.REPORT);

  /** {@code coweave.slowStep}: how long a step of a loop may last before it is reported, in milliseconds; 0 for any time. */
  public static final int SLOW_STEP = number("coweave.slowStep", 2000, 0);

  /** {@code coweave.nonBlocking}. */
  public static final NonBlocking NON_BLOCKING = choice("coweave.nonBlocking", NonBlocking.THROW);

  /** {@code coweave.workers}: how many calls of {@code Task.blocking} may run at the same time. */
  public static final int WORKERS = number("coweave.workers", 256, 1);

  /** {@code coweave.executor}: the class of the executor in which async methods of no home go on; empty for the JDK's choice. */
  public static final String EXECUTOR = System.getProperty("coweave.executor", "").trim();

  /** Tells {@code coweave-agent.jar ps}, which reads the properties of other JVMs, that coroutines run in this one. */
  private static final String MARK = "coweave.runtime";

  /** Tells {@code pstree} that there is a runtime which it can't ask for by name. */
  private static final String MARK_BELOW = "coweave.runtime.below";

  /** Whether this runtime is not the one that the application's class loader finds: a web application's, a bundle's, that of a jar of jars. */
  public static final boolean BELOW = isBelow();

  static {
    try {
      System.setProperty(MARK, "contract " + Stamp.ABI);
      if (BELOW) {
        System.setProperty(MARK_BELOW, "true");
      }
    } catch (SecurityException e) {
      // It isn't listed then.
    }
  }

  private Settings() {}

  private static boolean isBelow() {
    try {
      String name = Settings.class.getName();
      return Class.forName(name, false, ClassLoader.getSystemClassLoader()) != Settings.class;
    } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
      return true;
    }
  }

  private static int number(String property, int absent, int least) {
    String value = System.getProperty(property);
    if (value == null) {
      return absent;
    }
    try {
      int number = Integer.decode(value.trim());
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    bad(property, value, "a whole number of at least " + least, String.valueOf(absent));
    return absent;
  }

  private static <E extends Enum<E>> E choice(String property, E absent) {
    String value = System.getProperty(property);
    if (value == null) {
      return absent;
    }
    List<E> all = Arrays.asList(absent.getDeclaringClass().getEnumConstants());
    for (E e : all) {
      if (word(e).equals(value.trim())) {
        return e;
      }
    }
    String words = all.stream().map(Settings::word).collect(Collectors.joining(", "));
    bad(property, value, "one of " + words, word(absent));
    return absent;
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  /** Reports a value that makes no sense. */
  public static void bad(String property, String value, String allowed, String instead) {
    String message =
        "COWEAVE-208: -D%s=%s\n  because: the value must be %s\n  fix: correct it; until then it is %s"
            .formatted(property, value, allowed, instead);
    try {
      System.getLogger("dev.coweave").log(Level.WARNING, message);
    } catch (Throwable t) { // This runs as the first class of the runtime is initialised.
      System.err.println(message);
    }
  }
}

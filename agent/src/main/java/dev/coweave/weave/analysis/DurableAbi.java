package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.Set;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The names in coweave-durable that woven code links to, and those that the weaver recognises. As {@link RuntimeAbi} is held
 * against the core, a test of that module holds these against its classes.
 */
public final class DurableAbi {
  private DurableAbi() {}

  /** The annotation, whose type has the words too: {@code Durable.step} and the others. */
  public static final String DURABLE = "dev/coweave/durable/Durable";

  public static final String DURABLE_DESC = "L" + DURABLE + ";";

  /** The handle of a run, whose {@code await} is a durable wait. */
  public static final String RUN = "dev/coweave/durable/Run";

  /** The interfaces of the lambdas that begin runs. */
  public static final Set<String> RUN_BODIES =
      Set.of(
          "dev/coweave/durable/RunBody",
          "dev/coweave/durable/RunEach",
          "dev/coweave/durable/RunAction");

  /** What frames of durable methods implement. */
  public static final String FRAME = "dev/coweave/durable/frame/DurableFrame";

  public static final String GET = "coweave$get";
  public static final String SET = "coweave$set";
  public static final String FRESH = "coweave$fresh";
  public static final String DESCRIBE = "coweave$describe";

  /** The static method of a class with durable methods that gives a fresh frame of each. */
  public static final String FRAMES = "coweave$durable";

  /** The static methods that woven code calls. */
  public static final String LINK = "dev/coweave/durable/DurableLink";

  public static final String ENTER = "enter";
  public static final String ITERATOR = "iterator";

  /** The words that wait, or that are committed with a checkpoint. */
  public static final Set<String> WORDS =
      Set.of(
          "step",
          "transaction",
          "sleep",
          "receive",
          "start",
          "startAll",
          "send",
          "cancel",
          "await",
          "awaitAll");

  /** Those of them that must have a name. */
  public static final Set<String> NAMED = Set.of("step", "transaction", "receive");

  /** The words whose first argument names the point if it is a string. */
  public static final Set<String> MAY_NAME =
      Set.of("step", "transaction", "receive", "sleep", "await", "awaitAll");

  /** The static method that names the wait after it. */
  public static final String AT = "at";

  /** Whether a call names the wait after it. */
  public static boolean isName(MethodInsnNode call) {
    return call.name.equals(AT) && call.owner.equals(DURABLE);
  }

  /** Whether a method is annotated {@code @Durable}. */
  public static boolean isDurable(MethodNode method) {
    return method.visibleAnnotations != null
        && method.visibleAnnotations.stream().anyMatch(a -> a.desc.equals(DURABLE_DESC));
  }

  /** Whether a method is annotated {@code @Durable}. */
  public static boolean isDurable(MethodInfo method) {
    return method.annotations().contains(DURABLE_DESC);
  }

  /** Whether a call is of {@code Durable.step} or another of its words, or of {@code Run.await}. */
  public static boolean isWord(MethodInsnNode call) {
    return WORDS.contains(call.name) && (call.owner.equals(DURABLE) || call.owner.equals(RUN));
  }

  /** The name that the annotation gives a method; the method's own if it gives none. */
  public static String nameOf(MethodNode method) {
    for (AnnotationNode a : method.visibleAnnotations) {
      if (a.desc.equals(DURABLE_DESC) && a.values != null) {
        String name = (String) a.values.get(a.values.indexOf("value") + 1);
        return name.isEmpty() ? method.name : name;
      }
    }
    return method.name;
  }
}

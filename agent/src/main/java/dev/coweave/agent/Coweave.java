package dev.coweave.agent;

import java.lang.instrument.Instrumentation;
import java.util.function.Supplier;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.jspecify.annotations.Nullable;

/**
 * Weaves from now on, without {@code -javaagent}: for tests, REPLs and quick starts.
 *
 * <pre>{@code
 * public static void main(String[] args) {
 *   Coweave.install();      // weaves the classes that are loaded from here on
 *   Program.run();          // so the coroutines are in another class
 * }
 * }</pre>
 *
 * <p>Classes that are loaded already, such as the caller's own, stay as they are.
 */
public final class Coweave {
  private static @Nullable AgentOptions installed;

  private Coweave() {}

  /**
   * Attaches the agent to this JVM; does nothing if it is there already, whatever its options.
   *
   * @throws IllegalStateException if this JVM can't attach to itself; the message says what to do
   */
  public static synchronized void install() {
    if (installed == null) {
      install(AgentOptions.DEFAULT, Coweave::attach);
    }
  }

  /**
   * Attaches the agent to this JVM; does nothing if it is there already with the same options.
   *
   * @param options as after {@code -javaagent:coweave-agent.jar=}; see {@link Agent}
   * @throws IllegalArgumentException for a wrong option
   * @throws IllegalStateException if the agent is there with other options, or if this JVM can't attach to itself
   */
  public static void install(String options) {
    install(AgentOptions.parse(options), Coweave::attach);
  }

  /** Whether the agent is in this JVM. */
  public static synchronized boolean isInstalled() {
    return installed != null;
  }

  static synchronized void install(
      AgentOptions options, Supplier<Instrumentation> instrumentation) {
    if (installed != null) {
      // Patterns have no equals; their text is what they are.
      if (!installed.toString().equals(options.toString())) {
        throw new IllegalStateException(
            "the Coweave agent is installed already, with "
                + installed
                + "; it can't be installed again with "
                + options);
      }
      return;
    }
    Instrumentation jvm = instrumentation.get();
    // Not capable of retransformation: such transformers run first, and when another agent
    // retransforms a woven class, the JVM hands it our output. A capable one would be asked to
    // weave what is woven.
    jvm.addTransformer(
        new CoweaveTransformer(options, jvm, Companions.in(jvm), LoadedBefore.in(jvm)), false);
    installed = options;
  }

  private static Instrumentation attach() {
    try {
      return ByteBuddyAgent.install();
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "Coweave can't attach its agent to this JVM, which is no JDK or forbids it"
              + " (-XX:+DisableAttachMechanism, -XX:-EnableDynamicAgentLoading); start it with"
              + " -javaagent:coweave-agent.jar, or weave at build time",
          e);
    }
  }
}

package dev.coweave.agent;

import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM calls for {@code -javaagent:coweave-agent.jar=include=com.acme.**,verify}, and for an agent that is attached to a
 * running JVM. Classes that are loaded already stay as they are.
 *
 * <p>The options: {@code include}, {@code exclude} and {@code coroutines} take patterns ({@code com.acme.**} for a package with
 * all below it, {@code com.acme.Service} for a class, {@code com.acme.Service.fetch} for a method) separated by colons; {@code
 * dump} takes a directory; {@code verify} is a flag. A wrong option ends the JVM with a message that lists them.
 */
public final class Agent {
  private Agent() {}

  /**
   * Called before the program's {@code main}.
   *
   * @param options see above
   * @param instrumentation what the JVM lets an agent do
   */
  public static void premain(@Nullable String options, Instrumentation instrumentation) {
    try {
      agentmain(options, instrumentation);
    } catch (IllegalArgumentException e) {
      // Thrown, it would end the JVM too, but below the frames of its launcher.
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /**
   * Called when the agent is attached to a running JVM.
   *
   * @param options see above
   * @param instrumentation what the JVM lets an agent do
   * @throws IllegalArgumentException for a wrong option
   */
  public static void agentmain(@Nullable String options, Instrumentation instrumentation) {
    Coweave.install(AgentOptions.parse(options), () -> instrumentation);
  }
}

package dev.coweave.coroutine;

import java.lang.System.Logger.Level;

/**
 * Says once that AspectJ's agent weaves, as they are loaded, classes that a build has woven: it leaves alone what the weaver has added, so calls
 * from coroutine to coroutine go past its advice. Where Coweave's agent is in the JVM too, that one says it.
 */
final class LaterAspects {
  private LaterAspects() {}

  static void report() {
    if (isActive("org.aspectj.weaver.loadtime.Agent", "getInstrumentation")
        && !isActive("dev.coweave.agent.Coweave", "isInstalled")) {
      System.getLogger("dev.coweave")
          .log(
              Level.WARNING,
              "AspectJ's load-time weaver doesn't see the bodies of coroutines that a build has"
                  + " woven: COWEAVE-311\n"
                  + "  because: advice on a coroutine runs where plain code calls it, and not where"
                  + " a coroutine does; join points within coroutines have none\n"
                  + "  fix: weave aspects when building (ajc), before coweave:weave; or weave as"
                  + " they are loaded, -javaagent:…aspectjweaver… before -javaagent:…coweave…");
    }
  }

  /** Whether an agent has been started: its class is there as soon as its jar is on the class path. */
  private static boolean isActive(String agent, String question) {
    try {
      Object answer =
          Class.forName(agent, false, ClassLoader.getSystemClassLoader())
              .getMethod(question)
              .invoke(null);
      return !Boolean.FALSE.equals(answer);
    } catch (ReflectiveOperationException | LinkageError e) {
      return false; // AspectJ's answer where it is not
    }
  }
}

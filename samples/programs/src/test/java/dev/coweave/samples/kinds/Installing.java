package dev.coweave.samples.kinds;

import dev.coweave.agent.Coweave;

/** Installs the agent in the JVM it runs in, and then runs the program whose class is named. */
public final class Installing {
  private Installing() {}

  /** The program. */
  public static void main(String[] args) throws Exception {
    Coweave.install();
    Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
  }
}

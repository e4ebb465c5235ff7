package dev.coweave.agent;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line of the agent jar: {@code java -jar coweave-agent.jar weave DIR|JAR...}. */
@Command(
    name = "java -jar coweave-agent.jar",
    description = "Weaves @Coroutine methods into resumable state machines.",
    subcommands = {
      WeaveCommand.class,
      ExplainCommand.class,
      PsCommand.class,
      PsTreeCommand.class,
      FlameCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "As an agent: java -javaagent:coweave-agent.jar ..."})
public final class Main {
  Main() {}

  /**
   * Runs a command, then ends the JVM: 0 if it did its work, 1 if classes have errors or files can't be read or written, 2 if the
   * command line is wrong.
   *
   * @param args the command and its options
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  /** The version that the jar's manifest says. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"coweave " + (version == null ? "(not from a jar)" : version)};
    }
  }
}

package dev.coweave.maven;

import dev.coweave.weave.Weaver;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Lets the tests' JVM weave the classes that it loads, instead of the build: for builds that measure coverage with JaCoCo, which must see
 * classes before they are woven. Adds the agent to the options of that JVM, behind JaCoCo's, and turns the other goals off. So the classes
 * of such a build stay as they were compiled, and are not to be published.
 */
@Mojo(name = "agent", defaultPhase = LifecyclePhase.INITIALIZE, threadSafe = true)
public final class AgentMojo extends AbstractCoweaveMojo {
  /** The property from which Surefire and Failsafe take the options of the tests' JVM. */
  @Parameter(property = "coweave.propertyName", defaultValue = "argLine")
  private String propertyName = "argLine";

  @Parameter(defaultValue = "${project.properties}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init") // set by Maven
  private Properties properties;

  /** Made by Maven. */
  public AgentMojo() {}

  @Override
  public void execute() throws MojoExecutionException {
    if (skip()) {
      getLog().info("coweave: skipped");
      return;
    }
    String before = properties.getProperty(propertyName, "").trim();
    String agent = "-javaagent:" + agentJar() + agentOptions();
    // JaCoCo puts its own in front of what it finds.
    properties.setProperty(propertyName, (before + " " + quoted(agent)).trim());
    properties.setProperty("coweave.skip", "true");
    getLog()
        .info(
            "coweave: "
                + propertyName
                + " set to weave in the tests' JVM; the classes of this build stay unwoven: don't publish them");
  }

  private static Path agentJar() throws MojoExecutionException {
    try {
      return Path.of(Weaver.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new MojoExecutionException("coweave: the agent's jar can't be found: " + e, e);
    }
  }

  /** As Surefire's argLine has it. */
  private static String quoted(String argument) {
    return argument.contains(" ") ? '"' + argument + '"' : argument;
  }
}

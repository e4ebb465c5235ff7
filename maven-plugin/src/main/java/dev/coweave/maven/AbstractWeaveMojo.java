package dev.coweave.maven;

import dev.coweave.weave.Options;
import dev.coweave.weave.Problem;
import dev.coweave.weave.TreeResult;
import dev.coweave.weave.TreeWeaver;
import dev.coweave.weave.Warnings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;

/** What both goals that weave share: how they say what became of the classes. */
abstract class AbstractWeaveMojo extends AbstractCoweaveMojo {
  /** Checks each woven class before it is written. */
  @Parameter(property = "coweave.verify", defaultValue = "true")
  private boolean verify = true;

  /** What becomes of what is probably wrong in classes, COWEAVE-120 to 149: {@code on}, {@code off} or {@code error}. */
  @Parameter(property = "coweave.warnings", defaultValue = "on")
  private String warnings = "on";

  @Parameter(defaultValue = "${project.properties}", readonly = true, required = true)
  private Properties properties = new Properties();

  /** The directory of classes to weave. */
  abstract File classes();

  /** What they were compiled against. */
  abstract List<String> classPath();

  @Override
  public void execute() throws MojoExecutionException, MojoFailureException {
    if (skip()) {
      getLog().info("coweave: skipped");
    } else if (classes().isDirectory()) {
      warnOfJacoco();
      report(weave());
    } else {
      getLog().debug("coweave: there is no " + classes());
    }
  }

  private void warnOfJacoco() {
    if (properties.getProperty("argLine", "").contains("org.jacoco.agent")) {
      getLog()
          .warn(
              "coweave: JaCoCo measures what is woven here, and its report will miss the"
                  + " coroutines: measure with the goal 'agent', see docs/neighbours.md");
    }
  }

  private TreeResult weave() throws MojoExecutionException {
    try {
      List<Path> paths = classPath().stream().map(Path::of).toList();
      Options options = options().withVerify(verify).withWarnings(warnings());
      return new TreeWeaver(paths, options).weave(List.of(classes().toPath()));
    } catch (IOException e) {
      throw new MojoExecutionException("coweave: can't weave " + classes() + ": " + e, e);
    }
  }

  private Warnings warnings() throws MojoExecutionException {
    Warnings found = Warnings.of(warnings);
    if (found == null) {
      throw new MojoExecutionException(
          "coweave: warnings is on, off or error, not '" + warnings + "'");
    }
    return found;
  }

  private void report(TreeResult result) throws MojoFailureException {
    for (Problem p : result.problems()) {
      if (p.severity() == Problem.Severity.ERROR) {
        getLog().error(p.toString());
      } else {
        getLog().warn(p.toString());
      }
    }
    String summary = "coweave: " + result.summary();
    if (result.failed()) {
      throw new MojoFailureException(summary);
    }
    getLog().info(summary);
  }
}

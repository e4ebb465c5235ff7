package dev.coweave.maven;

import dev.coweave.weave.Options;
import dev.coweave.weave.Patterns;
import dev.coweave.weave.Problem;
import dev.coweave.weave.TreeResult;
import dev.coweave.weave.TreeWeaver;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;

/** What both goals share: their options, and how they say what became of the classes. */
abstract class AbstractWeaveMojo extends AbstractMojo {
  /** Weaves nothing. */
  @Parameter(property = "coweave.skip", defaultValue = "false")
  private boolean skip;

  /**
   * Weaves these classes only: {@code com.acme.**} for a package with all below it, {@code com.acme.*} for one package, {@code
   * com.acme.Service} for a class with its nested ones.
   */
  @Parameter(property = "coweave.include")
  private List<String> include = new ArrayList<>();

  /** Leaves these classes alone; patterns as for {@code include}. */
  @Parameter(property = "coweave.exclude")
  private List<String> exclude = new ArrayList<>();

  /**
   * Treats these methods as suspending, though they bear no annotation: patterns as for {@code include}, or {@code
   * com.acme.Service.fetch} for a method.
   */
  @Parameter(property = "coweave.coroutines")
  private List<String> coroutines = new ArrayList<>();

  /** Checks each woven class before it is written. */
  @Parameter(property = "coweave.verify", defaultValue = "true")
  private boolean verify = true;

  /** The directory of classes to weave. */
  abstract File classes();

  /** What they were compiled against. */
  abstract List<String> classPath();

  @Override
  public void execute() throws MojoExecutionException, MojoFailureException {
    if (skip) {
      getLog().info("coweave: skipped");
    } else if (classes().isDirectory()) {
      report(weave());
    } else {
      getLog().debug("coweave: there is no " + classes());
    }
  }

  private TreeResult weave() throws MojoExecutionException {
    try {
      List<Path> paths = classPath().stream().map(Path::of).toList();
      return new TreeWeaver(paths, options()).weave(List.of(classes().toPath()));
    } catch (IOException e) {
      throw new MojoExecutionException("coweave: can't weave " + classes() + ": " + e, e);
    }
  }

  private Options options() throws MojoExecutionException {
    return Options.BUILD
        .withInclude(patterns("include", include))
        .withExclude(patterns("exclude", exclude))
        .withCoroutines(patterns("coroutines", coroutines))
        .withVerify(verify);
  }

  private static Patterns patterns(String parameter, List<String> texts)
      throws MojoExecutionException {
    try {
      return Patterns.parse(String.join(",", texts));
    } catch (IllegalArgumentException e) {
      throw new MojoExecutionException("coweave: " + parameter + ": " + e.getMessage(), e);
    }
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

package dev.coweave.maven;

import dev.coweave.weave.Options;
import dev.coweave.weave.Patterns;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.Parameter;

/** What to weave: the same for all goals, so that they can be configured together. */
abstract class AbstractCoweaveMojo extends AbstractMojo {
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

  final boolean skip() {
    return skip;
  }

  final Options options() throws MojoExecutionException {
    return Options.BUILD
        .withInclude(patterns("include", include))
        .withExclude(patterns("exclude", exclude))
        .withCoroutines(patterns("coroutines", coroutines));
  }

  /** The same for the agent, after its jar. */
  final String agentOptions() {
    String all =
        Stream.of(
                option("include", include),
                option("exclude", exclude),
                option("coroutines", coroutines))
            .filter(o -> !o.isEmpty())
            .collect(Collectors.joining(","));
    return all.isEmpty() ? "" : "=" + all;
  }

  private static String option(String name, List<String> patterns) {
    return patterns.isEmpty() ? "" : name + "=" + String.join(":", patterns);
  }

  private static Patterns patterns(String parameter, List<String> texts)
      throws MojoExecutionException {
    try {
      return Patterns.parse(String.join(",", texts));
    } catch (IllegalArgumentException e) {
      throw new MojoExecutionException("coweave: " + parameter + ": " + e.getMessage(), e);
    }
  }
}

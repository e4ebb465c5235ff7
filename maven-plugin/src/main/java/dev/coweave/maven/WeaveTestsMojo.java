package dev.coweave.maven;

import java.io.File;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;

/** Weaves the coroutines of the project's test classes, in place. Classes that are woven already stay untouched. */
@Mojo(
    name = "weave-tests",
    defaultPhase = LifecyclePhase.PROCESS_TEST_CLASSES,
    requiresDependencyResolution = ResolutionScope.TEST,
    threadSafe = true)
public final class WeaveTestsMojo extends AbstractWeaveMojo {
  @Parameter(
      defaultValue = "${project.build.testOutputDirectory}",
      readonly = true,
      required = true)
  @SuppressWarnings("NullAway.Init") // set by Maven
  private File classesDirectory;

  @Parameter(defaultValue = "${project.testClasspathElements}", readonly = true, required = true)
  private List<String> elements = List.of();

  /** Made by Maven. */
  public WeaveTestsMojo() {}

  @Override
  File classes() {
    return classesDirectory;
  }

  @Override
  List<String> classPath() {
    return elements;
  }
}

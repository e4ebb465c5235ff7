package dev.coweave.maven;

import java.io.File;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;

/** Weaves the coroutines of the project's classes, in place. Classes that are woven already stay untouched. */
@Mojo(
    name = "weave",
    defaultPhase = LifecyclePhase.PROCESS_CLASSES,
    requiresDependencyResolution = ResolutionScope.COMPILE,
    threadSafe = true)
public final class WeaveMojo extends AbstractWeaveMojo {
  @Parameter(defaultValue = "${project.build.outputDirectory}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init") // set by Maven
  private File classesDirectory;

  @Parameter(defaultValue = "${project.compileClasspathElements}", readonly = true, required = true)
  private List<String> elements = List.of();

  /** Made by Maven. */
  public WeaveMojo() {}

  @Override
  File classes() {
    return classesDirectory;
  }

  @Override
  List<String> classPath() {
    return elements;
  }
}

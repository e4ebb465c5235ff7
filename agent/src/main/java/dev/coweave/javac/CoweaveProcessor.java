package dev.coweave.javac;

import dev.coweave.weave.Warnings;
import java.lang.reflect.Field;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.ProcessingEnvironment;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;
import org.jspecify.annotations.Nullable;

/**
 * Has the weaver look at each class that javac has written. It is found by itself on the processor path; on the class path it does
 * nothing, unless it is asked to. The option {@code -Acoweave=} says what it does:
 *
 * <ul>
 *   <li>{@code check}, as without the option: what the weaver refuses is an error, what it warns of a warning; nothing is woven
 *   <li>{@code weave}: the compiler's output directory is woven too, so that no build plugin is needed
 *   <li>{@code off}: nothing
 * </ul>
 *
 * <p>Beside errors it tells what is probably wrong, COWEAVE-120 to 149. {@code -Acoweave.warnings=error} makes that errors, {@code off} silences it;
 * {@code @SuppressWarnings("coweave:dropped-task")} does so for one kind and place.
 *
 * <pre>{@code
 * javac -processorpath coweave-agent.jar -Acoweave=weave -cp coweave-runtime.jar -d classes src/*.java
 * }</pre>
 */
public final class CoweaveProcessor extends AbstractProcessor {
  private static final String OPTION = "coweave";
  private static final String WARNINGS = "coweave.warnings";

  /** Null where nothing is looked at. All that needs javac's classes is in there. */
  private @Nullable Compilation compilation;

  /** Made by javac. */
  public CoweaveProcessor() {}

  @Override
  public Set<String> getSupportedAnnotationTypes() {
    return Set.of("*"); // classes without the annotation may await in a constructor
  }

  @Override
  public Set<String> getSupportedOptions() {
    return Set.of(OPTION, WARNINGS);
  }

  @Override
  public SourceVersion getSupportedSourceVersion() {
    return SourceVersion.latestSupported();
  }

  @Override
  public synchronized void init(ProcessingEnvironment environment) {
    super.init(environment);
    String mode = environment.getOptions().get(OPTION);
    if (mode == null ? isOnClassPath(environment) : mode.equals("off")) {
      return;
    }
    if (mode != null && !mode.equals("check") && !mode.equals("weave")) {
      error("-Acoweave=" + mode + ": say check, weave or off");
      return;
    }
    String text = environment.getOptions().getOrDefault(WARNINGS, "on");
    Warnings warnings = Warnings.of(text);
    if (warnings == null) {
      error("-Acoweave.warnings=" + text + ": say on, off or error");
      return;
    }
    listen(unwrapped(environment), mode, warnings);
  }

  /**
   * javac's own environment. Gradle's incremental compilation wraps it, to see what processors read and write; this one writes nothing that
   * Gradle would have to delete, and reads what was compiled.
   */
  private static ProcessingEnvironment unwrapped(ProcessingEnvironment environment) {
    for (Class<?> c = environment.getClass(); c != null; c = c.getSuperclass()) {
      try {
        Field delegate = c.getDeclaredField("delegate");
        delegate.setAccessible(true);
        if (delegate.get(environment) instanceof ProcessingEnvironment inner) {
          return unwrapped(inner);
        }
      } catch (ReflectiveOperationException | RuntimeException e) {
        // It has none, or doesn't show it: it may be javac's own.
      }
    }
    return environment;
  }

  private void listen(ProcessingEnvironment environment, @Nullable String mode, Warnings warnings) {
    try {
      compilation = Compilation.begin(environment, "weave".equals(mode), warnings);
    } catch (IllegalArgumentException | LinkageError e) {
      // Another compiler, maybe on a JRE without javac, or a build tool that hides javac's own
      // environment.
      if (mode != null) {
        error("-Acoweave=" + mode + " needs javac itself, and this is " + environment.getClass());
      }
    }
  }

  /**
   * There javac finds processors that nobody has asked for, and loads them with all else that is there, the runtime too. The jar may be on both
   * paths, for {@code Coweave.install()}: then somebody has asked.
   */
  private static boolean isOnClassPath(ProcessingEnvironment environment) {
    return environment.getElementUtils().getTypeElement(CoweaveProcessor.class.getName()) != null
        && CoweaveProcessor.class.getClassLoader().getResource("dev/coweave/Coroutine.class")
            != null;
  }

  private void error(String message) {
    processingEnv.getMessager().printMessage(Diagnostic.Kind.ERROR, "coweave: " + message);
  }

  @Override
  public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
    if (compilation != null) {
      compilation.expect(round.getRootElements());
    }
    return false;
  }
}

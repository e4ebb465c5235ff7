package dev.coweave.javac;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Options;
import dev.coweave.weave.Problem;
import dev.coweave.weave.Sources;
import dev.coweave.weave.TreeWeaver;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.Filer;
import javax.annotation.processing.Messager;
import javax.annotation.processing.ProcessingEnvironment;
import javax.annotation.processing.Processor;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.Elements;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real javac, with this build's classes on its processor path. */
class CoweaveProcessorTest {
  private static final String TOOL = System.getProperty("java.class.path");

  private static final String NUMBERS =
      """
      package app;

      public class Numbers {
        @dev.coweave.Coroutine public static dev.coweave.generator.Generator<Integer> upTo(int n) {
          for (int i = 1; i <= n; i++) dev.coweave.generator.Generator.yield(i);
          return dev.coweave.generator.Generator.end();
        }
      }
      """;

  private static final String LOCKED =
      """
      package app;

      class Locked {
        @dev.coweave.Coroutine void f() {
          synchronized (this) {
            dev.coweave.task.Task.yield();
          }
        }
      }
      """;

  @TempDir private Path temporary;
  private Path classes;
  private final StringWriter said = new StringWriter();

  @BeforeEach
  void makeDirectory() throws IOException {
    classes = Files.createDirectories(temporary.resolve("classes"));
  }

  @Test
  void whatTheWeaverRefuses_isAnErrorAtItsLine() throws IOException {
    assertFalse(compile(List.of(), LOCKED));
    String file = temporary.resolve("Locked.java").toString();
    assertTrue(said.toString().startsWith(file + ":6: error: COWEAVE-101: "), said::toString);
    assertTrue(said.toString().contains("dev.coweave.task.Task.yield();\n"), said::toString);
  }

  @Test
  void withoutTheOption_nothingIsWoven() throws IOException {
    assertTrue(compile(List.of(), NUMBERS), said::toString);
    assertEquals("", said.toString());
    assertEquals(List.of("app/Numbers.class"), files());
  }

  @Test
  void withTheOption_theOutputIsWoven_andRuns() throws Exception {
    assertTrue(compile(List.of("-Acoweave=weave"), NUMBERS), said::toString);
    assertEquals("", said.toString());
    assertEquals("[1, 2, 3]", run());
  }

  @Test
  void whatIsCompiledAnew_isWovenAnew_andStaleCompanionsVanish() throws Exception {
    compile(List.of("-Acoweave=weave"), NUMBERS);
    int woven = files().size();
    compile(List.of("-Acoweave=weave"), NUMBERS.replace("yield(i)", "yield(i * 10)"));
    assertEquals(woven, files().size());
    assertEquals("[10, 20, 30]", run());
    compile(List.of("-Acoweave=weave"), "package app;\n\npublic class Numbers {}\n");
    assertEquals(List.of("app/Numbers.class"), files());
  }

  @Test
  void withTheOption_anErrorLeavesAllAsJavacWroteIt() throws IOException {
    assertFalse(compile(List.of("-Acoweave=weave"), NUMBERS, LOCKED));
    assertTrue(said.toString().contains("Locked.java:6: error: COWEAVE-101: "), said::toString);
    assertEquals(List.of("app/Locked.class", "app/Numbers.class"), files());
  }

  @Test
  void javacsOwnErrors_comeAlone() throws IOException {
    assertFalse(
        compile(
            List.of("-Acoweave=weave"),
            LOCKED,
            "package app;\n\nclass Bad { int f() { return x; } }\n"));
    assertFalse(said.toString().contains("oweave:"), said::toString);
    assertFalse(said.toString().contains("COWEAVE"), said::toString);
  }

  @Test
  void aModule_isWoven() throws Exception {
    assertTrue(
        compileWith(
            List.of("-Acoweave=weave", "--module-path", Sources.RUNTIME.toString()),
            NUMBERS,
            "module app { requires dev.coweave; exports app; }\n"),
        said::toString);
    assertEquals("[1, 2, 3]", run());
  }

  @Test
  void onTheClassPath_itDoesNothing() throws IOException {
    List<String> options = List.of("-proc:full", "-cp", TOOL, "-d", classes.toString());
    List<String> before21 = List.of("-cp", TOOL, "-d", classes.toString());
    assertTrue(
        javac(Runtime.version().feature() < 21 ? before21 : options, LOCKED), said::toString);
    assertEquals("", said.toString());
  }

  /** As in a project whose tests call {@code Coweave.install()}. */
  @Test
  void onBothPaths_itChecks() throws IOException {
    String tool =
        Stream.of(TOOL.split(File.pathSeparator))
            .filter(p -> !Path.of(p).toAbsolutePath().normalize().equals(Sources.RUNTIME))
            .collect(Collectors.joining(File.pathSeparator));
    Process javac = // within this JVM it would find all classes of this test
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-processorpath",
                tool,
                "-cp",
                TOOL,
                "-d",
                classes.toString(),
                write(LOCKED).toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out = javac.inputReader(StandardCharsets.UTF_8)) {
      String text = out.lines().collect(Collectors.joining("\n"));
      assertTrue(text.contains("Locked.java:6: error: COWEAVE-101: "), text);
    }
  }

  /** As Gradle does for a processor that is declared incremental. */
  @Test
  void inAnEnvironmentThatIsWrapped_itWorks() throws IOException {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      Path source = Files.writeString(temporary.resolve("Locked.java"), LOCKED);
      JavaCompiler.CompilationTask task =
          javac.getTask(
              said,
              files,
              null,
              List.of("-cp", Sources.RUNTIME.toString(), "-d", classes.toString()),
              null,
              files.getJavaFileObjects(source));
      task.setProcessors(List.of(new Wrapping()));
      assertFalse(task.call());
    }
    assertTrue(said.toString().contains("Locked.java:6: error: COWEAVE-101: "), said::toString);
  }

  /** An environment with what it wraps in a field, as Gradle's {@code IncrementalProcessingEnvironment} has it. */
  private static final class Wrapper implements ProcessingEnvironment {
    private final ProcessingEnvironment delegate;

    Wrapper(ProcessingEnvironment delegate) {
      this.delegate = delegate;
    }

    @Override
    public Map<String, String> getOptions() {
      return delegate.getOptions();
    }

    @Override
    public Messager getMessager() {
      return delegate.getMessager();
    }

    @Override
    public Filer getFiler() {
      throw new AssertionError("Gradle's forbids to read what was compiled");
    }

    @Override
    public Elements getElementUtils() {
      return delegate.getElementUtils();
    }

    @Override
    public javax.lang.model.util.Types getTypeUtils() {
      return delegate.getTypeUtils();
    }

    @Override
    public SourceVersion getSourceVersion() {
      return delegate.getSourceVersion();
    }

    @Override
    public Locale getLocale() {
      return delegate.getLocale();
    }
  }

  /** Stands between javac and the processor. */
  private static final class Wrapping extends AbstractProcessor {
    private final CoweaveProcessor processor = new CoweaveProcessor();

    @Override
    public synchronized void init(ProcessingEnvironment environment) {
      processor.init(new Wrapper(environment));
    }

    @Override
    public Set<String> getSupportedAnnotationTypes() {
      return processor.getSupportedAnnotationTypes();
    }

    @Override
    public SourceVersion getSupportedSourceVersion() {
      return SourceVersion.latest();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
      return false;
    }
  }

  @Test
  void switchedOff_itDoesNothing() throws IOException {
    assertTrue(compile(List.of("-Acoweave=off"), LOCKED), said::toString);
    assertEquals("", said.toString());
  }

  @Test
  void anUnknownMode_isAnError() throws IOException {
    assertFalse(compile(List.of("-Acoweave=wave"), NUMBERS));
    assertTrue(said.toString().contains("-Acoweave=wave: say check, weave or off"), said::toString);
  }

  @Test
  void withoutAnOutputDirectory_itSaysSo() throws IOException {
    List<String> options =
        List.of("-processorpath", TOOL, "-cp", Sources.RUNTIME.toString(), "-Acoweave=weave");
    assertFalse(javac(options, NUMBERS));
    assertTrue(said.toString().contains("error: coweave: "), said::toString);
    assertTrue(said.toString().contains("give javac one, by -d"), said::toString);
  }

  @Test
  void whatIsNotWritten_isAWarning_whereItIsOnlyChecked() throws IOException {
    List<String> options = List.of("-processorpath", TOOL, "-cp", Sources.RUNTIME.toString());
    assertTrue(javac(options, NUMBERS), said::toString);
    assertTrue(
        said.toString()
            .contains(
                "warning: coweave: the class files of this compilation are not in its output"
                    + " directory: they are not checked; give javac one, by -d"),
        said::toString);
    List<String> strict = new ArrayList<>(options);
    strict.add("-Acoweave.warnings=error");
    assertFalse(javac(strict, NUMBERS));
    said.getBuffer().setLength(0);
    strict.set(strict.size() - 1, "-Acoweave.warnings=off");
    assertTrue(javac(strict, NUMBERS), said::toString);
    assertEquals("", said.toString());
  }

  @Test
  void aSourceThatIsFoundAndNotWritten_keepsNothingFromBeingWoven() throws Exception {
    write("package app; class Found { static int n() { return 3; } }");
    List<String> more =
        List.of("-Acoweave=weave", "-implicit:none", "-sourcepath", temporary.toString());
    Files.createDirectories(temporary.resolve("app"));
    Files.move(temporary.resolve("Found.java"), temporary.resolve("app/Found.java"));
    assertTrue(compile(more, NUMBERS.replace("i <= n", "i <= Math.min(n, 9 + Found.n())")));
    assertTrue(files().contains("app/Numbers$$upTo.class"), () -> "not woven: " + said);
    assertFalse(files().contains("app/Found.class"), "javac writes what it finds");
  }

  @Test
  void whereJavacsClassesAreMissing_itDoesNothing() throws Exception {
    ClassLoader withoutJavac =
        new ClassLoader(getClass().getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("com.sun.source.") || name.startsWith("dev.coweave.")) {
              throw new ClassNotFoundException(name); // as on a JRE on which Eclipse runs
            }
            return super.loadClass(name, resolve);
          }
        };
    URL[] tool = {CoweaveProcessor.class.getProtectionDomain().getCodeSource().getLocation()};
    try (URLClassLoader loader = new URLClassLoader(tool, withoutJavac)) {
      Class<?> made = loader.loadClass(CoweaveProcessor.class.getName());
      Processor processor = (Processor) made.getConstructor().newInstance();
      processor.init(proxy(ProcessingEnvironment.class, Map.of()));
      assertFalse(processor.process(Set.of(), proxy(RoundEnvironment.class, Map.of())));
      assertEquals("", said.toString());
      ((Processor) made.getConstructor().newInstance())
          .init(proxy(ProcessingEnvironment.class, Map.of("coweave", "weave")));
      assertTrue(said.toString().contains("-Acoweave=weave needs javac itself"), said::toString);
    }
  }

  /** An environment of another compiler, whose classes are none of javac's. */
  private <T> T proxy(Class<T> type, Map<String, String> options) {
    InvocationHandler handler =
        (p, method, arguments) -> {
          Class<?> result = method.getReturnType();
          if (method.getName().equals("printMessage")) {
            said.append(arguments[1].toString());
          }
          return method.getName().equals("getOptions")
              ? options
              : result.isInterface() ? proxy(result, options) : null;
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  // ---- advice

  /** A class whose line 6 blocks, with something before the method and the statement. */
  private static String sleeper(String onMethod, String onStatement) {
    return """
    package app;

    class Sleeper {
      static final String SILENT = "coweave:" + 125;
      %s @dev.coweave.Coroutine void f() throws Exception {
        %s Thread.sleep(1);
      }
    }
    """
        .formatted(onMethod, onStatement);
  }

  @Test
  void advice_isAWarningAtItsLine() throws IOException {
    assertTrue(compile(List.of(), sleeper("", "")));
    String file = temporary.resolve("Sleeper.java").toString();
    assertTrue(said.toString().startsWith(file + ":6: warning: COWEAVE-125: "), said::toString);
    assertTrue(
        said.toString().contains("silence: @SuppressWarnings(\"coweave:blocking-call\")"),
        said::toString);
  }

  @Test
  void advice_inAChainOfCalls_isToldAtTheLinkThatItIsAbout() throws IOException {
    assertTrue(
        compile(
            List.of(),
            sleeper("", "").replace("Thread.sleep(1)", "Thread\n.currentThread()\n.join()")));
    assertTrue(said.toString().contains("Sleeper.java:8: warning: COWEAVE-125: "), said::toString);
  }

  @Test
  void advice_isSilencedAtItsPlace() throws IOException {
    for (String text :
        List.of(
            "\"coweave\"",
            "\"coweave:125\"",
            "\"coweave:COWEAVE-125\"",
            "\"coweave:blocking-call\"",
            "{\"unused\", \"coweave:blocking-call\"}",
            "value = \"coweave:125\"",
            "\"coweave:\" + \"blocking\" + \"-call\"",
            "SILENT",
            "Sleeper.SILENT",
            "app.Sleeper.SILENT")) {
      assertTrue(compile(List.of("-Werror"), sleeper("@SuppressWarnings(" + text + ")", "")), text);
      assertEquals("", said.toString(), text);
    }
    assertTrue(
        compile(
            List.of("-Werror"),
            sleeper("", "@SuppressWarnings(\"coweave:125\") int i = 1; ")
                .replace("Thread.sleep(1)", "")
                .replace("int i = 1", "Object i = new java.net.Socket(\"\", 1)")));
    assertTrue(
        compile(
            List.of("-Werror"),
            sleeper("", "").replace("class", "@SuppressWarnings(\"coweave:125\") class")));
    assertEquals("", said.toString());
  }

  @Test
  void advice_isSilenced_whereTheDeclarationIsNotTheFirstOfItsLine() throws IOException {
    String silent = "@SuppressWarnings(\"coweave:blocking-call\")";
    String sleeps = "void run() throws Exception { Thread.sleep(1); }";
    for (String source :
        List.of(
            "class Sleeper { " + silent + " @dev.coweave.Coroutine " + sleeps + " }",
            "class Sleeper { Object o = new dev.coweave.CoroutineRunnable() { "
                + silent
                + " @dev.coweave.Coroutine public "
                + sleeps
                + " }; }",
            "class Sleeper { int i; "
                + silent
                + " dev.coweave.CoroutineRunnable r = () -> Thread.sleep(1); }",
            "class Sleeper { record R() { "
                + silent
                + " @dev.coweave.Coroutine "
                + sleeps
                + " } }")) {
      assertTrue(compile(List.of("-Werror"), "package app; " + source), source);
      assertEquals("", said.toString(), source);
    }
  }

  @Test
  void anotherSuppression_silencesNothing() throws IOException {
    assertTrue(compile(List.of(), sleeper("@SuppressWarnings(\"coweave:dropped-task\")", "")));
    assertTrue(said.toString().contains("COWEAVE-125"), said::toString);
  }

  @Test
  void advice_canBeAnErrorOrOff() throws IOException {
    assertTrue(compile(List.of("-Acoweave.warnings=off"), sleeper("", "")));
    assertEquals("", said.toString());
    assertFalse(compile(List.of("-Acoweave.warnings=error"), sleeper("", "")));
    assertTrue(said.toString().contains(":6: error: COWEAVE-125: "), said::toString);
    assertTrue(
        compile(
            List.of("-Acoweave.warnings=error"),
            sleeper("@SuppressWarnings(\"coweave:125\")", "")));
    assertFalse(compile(List.of("-Acoweave=weave", "-Acoweave.warnings=error"), sleeper("", "")));
    assertEquals(List.of("app/Sleeper.class"), files());
    assertFalse(compile(List.of("-Acoweave.warnings=loud"), sleeper("", "")));
    assertTrue(said.toString().contains("say on, off or error"), said::toString);
  }

  @Test
  void adviceThatJavacHasTold_isNotToldByTheBuild() throws IOException {
    assertTrue(compile(List.of(), sleeper("", ""), sleeper("", "").replace("Sleeper", "Other")));
    List<Path> path = List.of(Sources.RUNTIME);
    assertEquals(List.of(), new TreeWeaver(path, Options.BUILD).weave(List.of(classes)).problems());
    assertTrue(compile(List.of("-proc:none"), sleeper("", "")));
    assertEquals(
        List.of("COWEAVE-125"),
        new TreeWeaver(path, Options.BUILD)
            .weave(List.of(classes)).problems().stream().map(Problem::code).toList());
  }

  private boolean compile(List<String> more, String... sources) throws IOException {
    List<String> options = new ArrayList<>(List.of("-cp", Sources.RUNTIME.toString()));
    options.addAll(more);
    return compileWith(options, sources);
  }

  private boolean compileWith(List<String> more, String... sources) throws IOException {
    List<String> options =
        new ArrayList<>(List.of("-g", "-d", classes.toString(), "-processorpath", TOOL));
    options.addAll(more);
    return javac(options, sources);
  }

  private boolean javac(List<String> options, String... sources) throws IOException {
    List<Path> paths = new ArrayList<>();
    for (String source : sources) {
      paths.add(write(source));
    }
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      return javac
          .getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(paths))
          .call();
    }
  }

  private Path write(String source) throws IOException {
    String name =
        source.startsWith("module") ? "module-info" : source.split("class ")[1].split(" ")[0];
    return Files.writeString(temporary.resolve(name + ".java"), source);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(classes)) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> classes.relativize(f).toString().replace(File.separatorChar, '/'))
          .sorted()
          .toList();
    }
  }

  private String run() throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
      Object generator =
          loader.loadClass("app.Numbers").getMethod("upTo", int.class).invoke(null, 3);
      return ((dev.coweave.generator.Generator<?>) generator).stream().toList().toString();
    }
  }
}

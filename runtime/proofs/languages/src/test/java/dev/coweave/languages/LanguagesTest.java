package dev.coweave.languages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.coweave.Coroutine;
import dev.coweave.weave.Problem;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Programs of src/test/programs: each method that says what it gives is called from plain code and as a coroutine on a loop. */
class LanguagesTest {
  static final Path PROGRAMS = Path.of("src/test/programs");
  private static final List<String> KOTLIN = List.of("kotlin/Program.kt", "kotlin/Parts.kt");
  private static final List<String> SCALA = List.of("scala/Program.scala", "scala/Sums.scala");

  @TempDir Path classes;

  @TestFactory
  Stream<DynamicTest> kotlin() throws Exception {
    return tests(Language.KOTLIN, KOTLIN);
  }

  /** Interfaces' bodies in DefaultImpls, and classes for lambdas: what Kotlin did before 2.0, and does on demand. */
  @TestFactory
  Stream<DynamicTest> kotlinWithClassesForAll() throws Exception {
    return tests(
        Language.KOTLIN,
        KOTLIN,
        "-jvm-default=disable",
        "-Xlambdas=class",
        "-Xsam-conversions=class");
  }

  @TestFactory
  Stream<DynamicTest> groovy() throws Exception {
    return tests(Language.GROOVY, List.of("groovy/Program.groovy"));
  }

  @TestFactory
  Stream<DynamicTest> scala2() throws Exception {
    return tests(Language.SCALA_2, SCALA);
  }

  @TestFactory
  Stream<DynamicTest> scala3() throws Exception {
    List<String> sources = new ArrayList<>(SCALA);
    sources.add("scala/Inlined.scala");
    WovenProgram program = program(Language.SCALA_3, sources);
    assertEquals(List.of(), program.problems);
    return Stream.of("languages.Program", "languages.Scala3").flatMap(c -> tests(program.find(c)));
  }

  @TestFactory
  Stream<DynamicTest> javaThatCallsScala() throws Exception {
    Path scala = Language.SCALA_2.compiled(in(SCALA));
    Path java = Language.JAVA.compiled(in(List.of("scala/FromJava.java")), scala.toString());
    WovenProgram program = new WovenProgram(List.of(scala, java), classes);
    assertEquals(List.of(), program.problems);
    return tests(program.find("languages.FromJava"));
  }

  /** Not those of the inline function, to which kotlinc gives numbers past the end of the file. */
  @Test
  void whatStandsInAnInlineFunction_isToldByTheLineOfItsCall() throws Exception {
    WovenProgram program = program(Language.KOTLIN, List.of("kotlin/Refused.kt"));
    assertEquals(
        """
        Refused.kt:19: COWEAVE-101: suspension at the call of Task.yield while holding the monitor entered at line 18
          in:      languages.Refused.waits()
          because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block""",
        text(program));
  }

  @Test
  void runCatching_swallowsCancellation_unlessItsResultThrowsOrIsHandedOn() throws Exception {
    WovenProgram program = program(Language.KOTLIN, List.of("kotlin/Swallowed.kt"));
    assertEquals(
        """
        asked
        caught
        dropped
        folded
        logged
        orDefault
        orElse
        orNull
        orNullAsked""",
        program.problems.stream()
            .map(Problem::toString)
            .map(
                p ->
                    p.contains("COWEAVE-127")
                        ? p.replaceAll("(?s).*Swallowed[.](\\w+).*", "$1")
                        : p)
            .sorted()
            .collect(Collectors.joining("\n")));
  }

  @Test
  void groovyThatCallsDynamically_isWarnedOf() throws Exception {
    WovenProgram program = program(Language.GROOVY, List.of("groovy/Dynamic.groovy"));
    assertEquals(
        """
        Dynamic.groovy:14: COWEAVE-202: the coroutine calls 'later' dynamically
          in:      languages.Dynamic.waits()
          because: Groovy looks up what that calls when it runs, and calls it as plain code does, which can't be suspended
          fix:     add @CompileStatic, and write lambdas, '(x) -> …', instead of closures
        Dynamic.groovy:18: COWEAVE-202: the coroutine calls 'yield' dynamically
          in:      languages.Dynamic.yields()
          because: Groovy looks up what that calls when it runs, and calls it as plain code does, which can't be suspended
          fix:     add @CompileStatic, and write lambdas, '(x) -> …', instead of closures
        Dynamic.groovy:24: COWEAVE-202: a closure is made a dev.coweave.CoroutineCallable
          in:      languages.Dynamic.closure()
          because: Groovy looks up what that calls when it runs, and calls it as plain code does, which can't be suspended
          fix:     add @CompileStatic, and write lambdas, '(x) -> …', instead of closures""",
        text(program));
    Class<?> c = program.find("languages.Dynamic");
    for (String name : List.of("waits", "closure")) {
      Throwable t =
          assertThrows(
              IllegalStateException.class, () -> WovenProgram.plainly(c.getDeclaredMethod(name)));
      assertTrue(t.getMessage().contains("Task.yield would block the coroutine"), t.getMessage());
    }
  }

  private static String text(WovenProgram program) {
    return program.problems.stream().map(Problem::toString).collect(Collectors.joining("\n"));
  }

  private Stream<DynamicTest> tests(Language language, List<String> sources, String... options)
      throws Exception {
    WovenProgram program = program(language, sources, options);
    assertEquals(List.of(), program.problems);
    return tests(program.find("languages.Program"));
  }

  private static Stream<DynamicTest> tests(Class<?> program) {
    return Arrays.stream(program.getDeclaredMethods())
        .filter(m -> m.isAnnotationPresent(Gives.class) && !m.isBridge())
        .sorted(Comparator.comparing(Method::getName))
        .flatMap(LanguagesTest::tests);
  }

  private WovenProgram program(Language language, List<String> sources, String... options)
      throws Exception {
    return new WovenProgram(List.of(language.compiled(in(sources), options)), classes);
  }

  private static List<Path> in(List<String> sources) {
    return sources.stream().map(PROGRAMS::resolve).toList();
  }

  private static Stream<DynamicTest> tests(Method m) {
    String expected = m.getAnnotation(Gives.class).value();
    DynamicTest plain =
        dynamicTest(
            m.getName() + " from plain code",
            () -> assertEquals(expected, String.valueOf(WovenProgram.plainly(m))));
    DynamicTest onALoop =
        dynamicTest(
            m.getName() + " on a loop",
            () -> assertEquals(expected, String.valueOf(WovenProgram.onALoop(m))));
    return m.isAnnotationPresent(Coroutine.class) ? Stream.of(plain, onALoop) : Stream.of(plain);
  }
}

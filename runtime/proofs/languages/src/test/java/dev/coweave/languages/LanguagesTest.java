package dev.coweave.languages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.coweave.Coroutine;
import dev.coweave.weave.Problem;
import java.lang.reflect.Method;
import java.nio.file.Path;
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

  @TempDir Path classes;

  @TestFactory
  Stream<DynamicTest> kotlin() throws Exception {
    return tests(Language.KOTLIN, "kotlin/Program.kt");
  }

  /** Interfaces' bodies in DefaultImpls, and classes for lambdas: what Kotlin did before 2.0, and does on demand. */
  @TestFactory
  Stream<DynamicTest> kotlinWithClassesForAll() throws Exception {
    return tests(
        Language.KOTLIN,
        "kotlin/Program.kt",
        "-jvm-default=disable",
        "-Xlambdas=class",
        "-Xsam-conversions=class");
  }

  @TestFactory
  Stream<DynamicTest> groovy() throws Exception {
    return tests(Language.GROOVY, "groovy/Program.groovy");
  }

  @TestFactory
  Stream<DynamicTest> scala2() throws Exception {
    return tests(Language.SCALA_2, "scala/Program.scala");
  }

  @TestFactory
  Stream<DynamicTest> scala3() throws Exception {
    return tests(Language.SCALA_3, "scala/Program.scala");
  }

  @Test
  void groovyThatCallsDynamically_isWarnedOf() throws Exception {
    WovenProgram program = program(Language.GROOVY, "groovy/Dynamic.groovy");
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
        program.problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    Class<?> c = program.find("languages.Dynamic");
    for (String name : List.of("waits", "closure")) {
      Throwable t =
          assertThrows(
              IllegalStateException.class, () -> WovenProgram.plainly(c.getDeclaredMethod(name)));
      assertTrue(t.getMessage().contains("Task.yield would block the coroutine"), t.getMessage());
    }
  }

  private Stream<DynamicTest> tests(Language language, String source, String... options)
      throws Exception {
    WovenProgram program = program(language, source, options);
    assertEquals(List.of(), program.problems);
    return Arrays.stream(program.find("languages.Program").getDeclaredMethods())
        .filter(m -> m.isAnnotationPresent(Gives.class) && !m.isBridge())
        .sorted(Comparator.comparing(Method::getName))
        .flatMap(LanguagesTest::tests);
  }

  private WovenProgram program(Language language, String source, String... options)
      throws Exception {
    return new WovenProgram(language.compiled(PROGRAMS.resolve(source), options), classes);
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

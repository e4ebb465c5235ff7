package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.analysis.ICounter;
import org.jacoco.core.analysis.ILine;
import org.jacoco.core.analysis.ISourceFileCoverage;
import org.jacoco.core.instr.Instrumenter;
import org.jacoco.core.runtime.OfflineInstrumentationAccessGenerator;
import org.jacoco.core.tools.ExecFileLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What JaCoCo reports of coroutines, with its own agent in a JVM of its own. Where it sees the classes before they are woven, the report
 * is that of the source: each line says so at its end, in {@link #PROGRAM}.
 */
class CoverageTest {
  /** + was run, - was not, ~ was in part; after it the branches: covered, and all. */
  private static final String PROGRAM =
      """
      import dev.coweave.Coroutine;
      import dev.coweave.generator.Generator;
      import dev.coweave.loop.EventLoop;
      import dev.coweave.task.Task;
      import java.time.Duration;

      public class Covered {                                          //+
        private final int limit = 5;                                  //+

        @Coroutine String fetch(int n) {
          String before = "a";                                        //+
          if (n > limit) {                                            //~ 1/2
            before = "never";                                         //-
          }
          Task.sleep(Duration.ofMillis(1));                           //+
          String after = n == 1 ? "one" : "other";                    //+ 2/2
          try {
            Task.sleep(Duration.ofMillis(1));                         //+
          } catch (IllegalStateException e) {                         //-
            after = "never";                                          //-
          } finally {
            after += "!";                                             //+
          }
          return before + after;                                      //+
        }

        @Coroutine String both() {
          return fetch(1) + later() + fetch(2);                       //+
        }

        @Coroutine private String later() {
          Task.sleep(Duration.ofMillis(1));                           //+
          return "-";                                                 //+
        }

        @Coroutine static String neverCalled() {
          Task.sleep(Duration.ofMillis(1));                           //-
          return "never";                                             //-
        }

        @Coroutine static Generator<Integer> upTo(int n) {
          for (int i = 0; i < n; i++) {                               //+ 2/2
            Generator.yield(i);                                       //+
          }
          if (n > 9) {                                                //~ 1/2
            Generator.yield(-1);                                      //-
          }
          return Generator.end();                                     //+
        }

        public static void main(String[] args) throws Exception {
          String text = EventLoop.run(() -> {                         //+
            String s = new Covered().both();                          //+
            Task.yield();                                             //+
            if (s == null) {                                          //~ 1/2
              s = "never";                                            //-
            }
            return s;                                                 //+
          });
          for (int i : upTo(3)) {                                     //+ 2/2
            text += i;                                                //+
          }                                                           //+
          System.out.println(text);                                   //+
        }                                                             //+
      }
      """;

  private static final String OUTPUT = "aone!-aother!012\n";

  @TempDir private Path classes;
  @TempDir private Path scratch;
  private Path executed;

  @BeforeEach
  void compile() throws IOException {
    Jvm.compile(classes, "Covered", PROGRAM);
    executed = scratch.resolve("jacoco.exec");
  }

  @Test
  void jacocosAgentBeforeCoweaves_measuresTheSource() throws Exception {
    Jvm.Result run = run(jacoco(), coweave("verify"), "-cp", path(classes), "Covered");
    assertEquals(OUTPUT, run.out());
    assertEquals("", run.err());
    assertEquals(PROGRAM, report(classes));
  }

  @Test
  void jacocosAgentBeforeCoweaves_alsoWhereEachCallUnwinds() throws Exception {
    run("-Dcoweave.maxDepth=1", jacoco(), coweave("verify"), "-cp", path(classes), "Covered");
    assertEquals(PROGRAM, report(classes));
  }

  @Test
  void classesInstrumentedOfflineAndThenWoven_measureTheSource() throws Exception {
    Path woven = instrument(classes);
    weave(woven);
    Jvm.Result run = run("-Djacoco-agent.destfile=" + executed, "-cp", path(woven), "Covered");
    assertEquals(OUTPUT, run.out());
    assertEquals(PROGRAM, report(classes));
  }

  @Test
  void coweavesAgentBeforeJacocos_saysWhatToDo() throws Exception {
    Jvm.Result run = run(coweave("verify"), jacoco(), "-cp", path(classes), "Covered");
    assertEquals(OUTPUT, run.out());
    assertEquals(
        """
        coweave: JaCoCo's agent comes after Coweave's on the command line, and so measures what was woven: coroutines will be missing
          fix: put -javaagent:…jacoco… before -javaagent:…coweave…
        """,
        run.err());
  }

  @Test
  void classesWovenBeforeTheyAreMeasured_runAsEver_butCoroutinesAreMissingInTheReport()
      throws Exception {
    weave(classes);
    Jvm.Result run = run(jacoco(), "-cp", path(classes), "Covered");
    assertEquals(OUTPUT, run.out());
    String report = report(classes);
    assertTrue(report.contains("String after = n == 1 ? \"one\" : \"other\";\n"), report);
    assertTrue(report.matches("(?s).* text \\+= i; +//\\+\n.*"), report);
  }

  // ---- the tools

  private String jacoco() {
    return "-javaagent:" + JACOCO + "=includes=Covered*,destfile=" + executed;
  }

  private static String coweave(String options) {
    return "-javaagent:" + Jvm.agent() + "=" + options;
  }

  private static final Path JACOCO = Jvm.home("org.jacoco.agent.rt.RT");

  private static String path(Path classes) {
    return String.join(
        File.pathSeparator,
        classes.toString(),
        Jvm.home(Coroutine.class.getName()).toString(),
        JACOCO.toString());
  }

  private static Jvm.Result run(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("-Xshare:off"));
    all.addAll(List.of(arguments));
    return Jvm.run(all);
  }

  private static void weave(Path directory) throws Exception {
    Jvm.Result done =
        Jvm.run(
            List.of(
                "-jar",
                Jvm.agent().toString(),
                "weave",
                "--classpath",
                path(directory),
                directory.toString()));
    assertEquals(0, done.status(), done.out() + done.err());
  }

  private Path instrument(Path original) throws IOException {
    Instrumenter instrumenter = new Instrumenter(new OfflineInstrumentationAccessGenerator());
    Path result = Files.createDirectory(scratch.resolve("instrumented"));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(original)) {
      for (Path file : files) {
        byte[] bytes = instrumenter.instrument(Files.readAllBytes(file), file.toString());
        Files.write(result.resolve(file.getFileName()), bytes);
      }
    }
    return result;
  }

  /** The source with JaCoCo's marks. */
  private String report(Path classFiles) throws IOException {
    ExecFileLoader loader = new ExecFileLoader();
    loader.load(executed.toFile());
    CoverageBuilder coverage = new CoverageBuilder();
    new Analyzer(loader.getExecutionDataStore(), coverage).analyzeAll(classFiles.toFile());
    assertEquals(List.of(), List.copyOf(coverage.getNoMatchClasses()));
    Collection<ISourceFileCoverage> files = coverage.getSourceFiles();
    assertEquals(1, files.size());
    ISourceFileCoverage file = files.iterator().next();
    List<String> lines = new ArrayList<>();
    int number = 1;
    for (String line : PROGRAM.split("\n")) {
      int marks = line.indexOf("//");
      String mark = mark(file.getLine(number++));
      String code = marks < 0 ? line : line.substring(0, marks);
      lines.add(mark.isEmpty() ? code.stripTrailing() : code + mark);
    }
    return String.join("\n", lines) + "\n";
  }

  private static String mark(ILine line) {
    ICounter branches = line.getBranchCounter();
    String all =
        branches.getTotalCount() == 0
            ? ""
            : " " + branches.getCoveredCount() + "/" + branches.getTotalCount();
    return switch (line.getStatus()) {
      case ICounter.FULLY_COVERED -> "//+" + all;
      case ICounter.PARTLY_COVERED -> "//~" + all;
      case ICounter.NOT_COVERED -> "//-" + all;
      default -> "";
    };
  }
}

package dev.coweave.agent;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flame}: makes a flame graph of a flight recording, in which coroutines stand below their callers. */
@Command(
    name = "flame",
    description = {
      "Makes a flame graph of a flight recording (JFR), in which a coroutine stands on its callers,"
          + " as if their calls had been plain.",
      "Prints collapsed stacks, as flamegraph.pl and speedscope read them, or writes a page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:made",
      "1:the recording can't be read, or has no coroutines",
      "2:a wrong command line"
    })
final class FlameCommand implements Callable<Integer> {
  /** What is counted. */
  enum Of {
    /** Where threads that run tasks were seen: a sample each 20 ms. */
    STEPS,
    /** Where tasks waited, by microseconds. */
    WAITS;

    String unit() {
      return this == STEPS ? "samples" : "µs";
    }
  }

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--of",
      paramLabel = "steps|waits",
      description =
          "steps: where threads that run tasks were seen, in samples; waits: where tasks waited, in"
              + " microseconds. ${DEFAULT-VALUE} if not given")
  private Of of = Of.STEPS;

  @Option(names = "--tasks", description = "one tower for each name of a task")
  private boolean tasks;

  @Option(names = "--lines", description = "calls in different lines of a method stand apart")
  private boolean lines;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "write a page for a browser, which needs nothing else, instead of printing")
  private @Nullable Path html;

  @Parameters(
      paramLabel = "FILE.jfr",
      description =
          "the recording, such as -XX:StartFlightRecording=filename=FILE.jfr and 'jcmd PID"
              + " JFR.dump' leave")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Path recording;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      CollapsedStacks stacks = CollapsedStacks.of(recording, of, tasks, lines);
      if (stacks.isEmpty()) {
        err.println(nothing());
        return 1;
      }
      if (html == null) {
        out.print(stacks.text());
        out.flush();
      } else {
        Files.writeString(html, FlamePage.of(stacks, recording.getFileName() + ", " + of.unit()));
      }
      if (stacks.damage() != null) {
        err.println(
            "coweave: "
                + recording
                + ": cut short or damaged, so that only a part was read: "
                + stacks.damage());
      }
      return 0;
    } catch (IOException e) {
      err.println("coweave: " + recording + ": can't be read or written: " + e.getMessage());
    } catch (NoClassDefFoundError e) {
      err.println("coweave: this java has no module jdk.jfr: run the command with a JDK's java");
    }
    return 1;
  }

  private String nothing() {
    return "coweave: "
        + recording
        + ": no "
        + of.name().toLowerCase(Locale.ROOT)
        + " of coroutines are recorded\n"
        + "  because: none ran while it was recorded, for as long as 20 ms; or the program's"
        + " modules have no jdk.jfr\n"
        + "  fix: record longer; add jdk.jfr to a modular program: --add-modules jdk.jfr";
  }
}

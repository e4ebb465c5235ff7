package dev.coweave.agent;

import dev.coweave.agent.TargetJvm.Unreachable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pstree}: prints the live tasks of another JVM, children below their owners. */
@Command(
    name = "pstree",
    description = {
      "Prints the live tasks of another JVM: what each does or waits for, and the calls that it is"
          + " in.",
      "That JVM needs no flag; it must run as the same user. The picture shows names and lines, no"
          + " values."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:printed", "1:the JVM can't be looked into", "2:a wrong command line"})
final class PsTreeCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--json",
      description =
          "print JSON in the shape of the JDK's thread dumps (jcmd Thread.dump_to_file"
              + " -format=json)")
  private boolean json;

  @Option(
      names = "--watch",
      paramLabel = "SECONDS",
      arity = "0..1",
      fallbackValue = "2",
      description =
          "print it again and again until the JVM ends; every ${FALLBACK-VALUE} seconds if not"
              + " given")
  private int watch;

  @Option(
      names = "--page",
      paramLabel = "PORT",
      arity = "0..1",
      fallbackValue = "0",
      description =
          "show it on a page for a browser of this machine, until the JVM or this command ends; at"
              + " any free port if none is given")
  private @Nullable Integer page;

  @Option(
      names = "--generators",
      description =
          "show the generators that the JVM keeps, too, with the lines at which they stand: it"
              + " dumps its heap into a temporary file for that, and stands meanwhile; the page"
              + " asks first")
  private boolean generators;

  @Parameters(paramLabel = "PID", description = "the process; 'ps' lists the JVMs of this machine")
  private long pid;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    boolean shown = false;
    try (TargetJvm jvm = TargetJvm.connect(pid)) {
      if (page != null) {
        return serve(jvm, page, out);
      }
      out.println(picture(jvm));
      out.flush();
      shown = true;
      while (watch > 0 && isAlive()) {
        TimeUnit.SECONDS.sleep(watch);
        out.println();
        out.println(picture(jvm));
        out.flush();
      }
      return 0;
    } catch (Unreachable e) {
      if (watch > 0 && shown && endsNow()) {
        return 0;
      }
      spec.commandLine().getErr().println(e.text(pid));
      return 1;
    }
  }

  /** A process that has ended and that nobody has waited for yet has no command any more. */
  private boolean isAlive() {
    return ProcessHandle.of(pid).filter(p -> p.info().command().isPresent()).isPresent();
  }

  /** Whether it is about to end: its connections are closed a moment before it is gone. */
  private boolean endsNow() throws InterruptedException {
    for (int i = 0; i < 20 && isAlive(); i++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return !isAlive();
  }

  private int serve(TargetJvm jvm, int port, PrintWriter out) throws Unreachable {
    String unused = jvm.ask("text"); // so that what is wrong is said here
    try (TreePage served = TreePage.open(jvm, port, generators)) {
      out.println(served.address());
      out.flush();
      ProcessHandle.of(pid).ifPresent(p -> p.onExit().join());
      return 0;
    } catch (IOException e) {
      spec.commandLine().getErr().println("coweave: can't serve a page: " + e.getMessage());
      return 1;
    } catch (NoClassDefFoundError e) {
      spec.commandLine().getErr().println("coweave: this java has no module jdk.httpserver");
      return 1;
    }
  }

  private String picture(TargetJvm jvm) throws Unreachable {
    String tasks = jvm.ask(json ? "json" : "text");
    if (!generators) {
      return tasks;
    }
    LiveGenerators kept = LiveGenerators.in(jvm);
    return json ? kept.addTo(tasks) : tasks + "\n" + kept.text();
  }
}

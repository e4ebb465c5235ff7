package dev.coweave.agent;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ps}: lists the JVMs of this user in which a Coweave runtime lives. */
@Command(
    name = "ps",
    description = {
      "Lists the JVMs of this user in which coroutines have run: process, version of the runtime,"
          + " command.",
      "It reads their system properties, and starts nothing in them; 'pstree PID' shows their"
          + " tasks."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:listed, be it none", "1:this java can't look into others"})
final class PsCommand implements Callable<Integer> {
  /** Set by the runtime when its first class is used, in whatever class loader that is. */
  private static final String MARK = "coweave.runtime";

  /** How long to wait for each JVM: those that are well answer in milliseconds. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try {
      int n = 0;
      for (VirtualMachineDescriptor jvm : VirtualMachine.list()) {
        String version = runtimeIfAnswered(jvm);
        if (version != null) {
          out.println(jvm.id() + "  " + version + "  " + jvm.displayName());
          n++;
        }
      }
      if (n == 0) {
        out.println("no JVM of this user runs coroutines");
      }
      return 0;
    } catch (NoClassDefFoundError e) {
      spec.commandLine()
          .getErr()
          .println(
              "coweave: this java has no module jdk.attach: run the command with a JDK's java");
      return 1;
    }
  }

  /** As {@link #runtimeOf}; of a JVM that doesn't answer it is said so. */
  private @Nullable String runtimeIfAnswered(VirtualMachineDescriptor jvm)
      throws InterruptedException {
    try {
      return Patience.answer(LONGEST, () -> Optional.ofNullable(runtimeOf(jvm))).orElse(null);
    } catch (TimeoutException e) {
      spec.commandLine()
          .getErr()
          .println(jvm.id() + "  doesn't answer: it may be suspended  " + jvm.displayName());
      return null;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** The version of a JVM's runtime; null if it has none, has just ended, or can't be looked into. */
  private static @Nullable String runtimeOf(VirtualMachineDescriptor descriptor) {
    if (descriptor.id().equals(Long.toString(ProcessHandle.current().pid()))) {
      return null;
    }
    try {
      VirtualMachine jvm = Attaching.to(descriptor.id());
      try {
        return jvm.getSystemProperties().getProperty(MARK);
      } finally {
        jvm.detach();
      }
    } catch (AttachNotSupportedException | IOException | RuntimeException e) {
      return null;
    }
  }
}

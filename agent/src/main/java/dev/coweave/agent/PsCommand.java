package dev.coweave.agent;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
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

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      int n = 0;
      for (VirtualMachineDescriptor jvm : VirtualMachine.list()) {
        String version = runtimeOf(jvm);
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

  /** The version of a JVM's runtime; null if it has none, has just ended, or can't be looked into. */
  private static @Nullable String runtimeOf(VirtualMachineDescriptor descriptor) {
    if (descriptor.id().equals(Long.toString(ProcessHandle.current().pid()))) {
      return null;
    }
    try {
      VirtualMachine jvm = VirtualMachine.attach(descriptor);
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

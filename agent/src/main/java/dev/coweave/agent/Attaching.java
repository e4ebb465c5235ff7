package dev.coweave.agent;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Attaches to a process if it is a JVM: the JDK's way to say that somebody wants to ends any other. */
final class Attaching {
  // The JDK sends SIGQUIT, which a JVM catches, and which ends what doesn't. JDK 17 doesn't look
  // before, as newer ones do. A number may be mistyped, or be one that a JVM left in
  // /tmp/hsperfdata_USER when it was killed, and that another process has since.

  /** The signals that a process catches, as a mask; SIGQUIT is the third. */
  private static final String CAUGHT = "SigCgt:";

  private static final long SIGQUIT = 1 << 2;

  private Attaching() {}

  /**
   * Attaches.
   *
   * @param pid the process
   * @throws AttachNotSupportedException if it is no JVM, or one that can't be attached to
   */
  static VirtualMachine to(String pid) throws AttachNotSupportedException, IOException {
    if (!catchesSigquit(Path.of("/proc", pid, "status"))) {
      throw new AttachNotSupportedException(
          "it is no JVM, or starts just now, or was started with -Xrs: it doesn't catch SIGQUIT");
    }
    return VirtualMachine.attach(pid);
  }

  /** True as well where the system doesn't tell: only Linux does so in a file. */
  private static boolean catchesSigquit(Path status) {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(CAUGHT)) {
          long mask = Long.parseUnsignedLong(line.substring(CAUGHT.length()).strip(), 16);
          return (mask & SIGQUIT) != 0;
        }
      }
      return true;
    } catch (IOException | NumberFormatException e) {
      return true;
    }
  }
}

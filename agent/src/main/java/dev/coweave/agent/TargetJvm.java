package dev.coweave.agent;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/**
 * Another JVM of the same user, as its local management agent shows it: the JDK's own one, which {@code jcmd} and {@code jconsole} start,
 * too. Nothing is loaded into that JVM but a class of its own runtime, so it prints no warning, needs no flag at its start, and runs none
 * of this jar's code. Not thread-safe.
 */
final class TargetJvm implements AutoCloseable {
  // Attach API (jdk.attach) -> startLocalManagementAgent (jdk.management.agent in the target) ->
  // JMX -> the MBean of the runtime.
  // An agent that was loaded the same way would make JDK 21 and newer warn (JEP 451).

  private static final String BEAN_CLASS = "dev.coweave.task.TaskTree";

  /** All runtimes of the JVM: one in each class loader that has one. */
  private static final String BEANS = "dev.coweave:type=TaskTree,*";

  private static final String BEAN = "dev.coweave:type=TaskTree";

  /** In what time a runtime below the application's class loader sees that somebody asks, and registers its tree. */
  private static final long REGISTRATION_MILLIS = 1500;

  /** Among a JVM's agent properties once its management agent runs. */
  private static final String ADDRESS = "com.sun.management.jmxremote.localConnectorAddress";

  /** Set by a runtime that is in such a loader. */
  private static final String MARK_BELOW = "coweave.runtime.below";

  /** How long to wait for an answer: the picture of a million tasks takes some seconds. */
  private static final Duration LONGEST = Duration.ofSeconds(20);

  /** The same for its heap, which may be large. */
  private static final Duration LONGEST_DUMP = Duration.ofMinutes(10);

  private final JMXConnector connector;
  private final MBeanServerConnection server;

  /** Whether it has runtimes that register themselves. */
  private final boolean below;

  /** They may not have done so yet. */
  private boolean settling;

  private TargetJvm(Access access) throws IOException {
    this.connector = connectTo(access.address());
    this.server = connector.getMBeanServerConnection();
    this.below = access.below();
    this.settling = access.below() && access.fresh();
  }

  /** Where its management agent is, and whether that has been started just now. */
  private record Access(String address, boolean below, boolean fresh) {}

  /**
   * Connects to a JVM.
   *
   * @param pid its process
   * @throws Unreachable if it can't be looked into; the message says why, and what helps
   */
  static TargetJvm connect(long pid) throws Unreachable, InterruptedException {
    if (ProcessHandle.of(pid).isEmpty()) {
      throw new Unreachable(
          "there is no process " + pid, "'ps' and jcmd -l list the JVMs of this machine");
    }
    return patiently(LONGEST, () -> connectNow(pid));
  }

  private static TargetJvm connectNow(long pid) throws Unreachable {
    try {
      return new TargetJvm(managementAgentOf(pid));
    } catch (IOException e) {
      throw new Unreachable(
          "its management agent doesn't answer: " + oneLine(e.getMessage()),
          "look whether it is suspended, or a security policy forbids local connections");
    }
  }

  /** Asks the JVM something, and doesn't wait for ever. */
  private static <T> T patiently(Duration longest, Callable<T> question)
      throws Unreachable, InterruptedException {
    try {
      return Patience.answer(longest, question);
    } catch (TimeoutException e) {
      throw new Unreachable(
          "it has not answered for " + longest.toSeconds() + " s",
          "look whether it is suspended, by a debugger or a signal, or has no processor to run on");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Unreachable u) {
        throw u;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** As those of RMI aren't. */
  private static String oneLine(@Nullable String message) {
    return String.valueOf(message).replaceAll("\\s+", " ");
  }

  /** The address is one that the JVM of the same user has told, and names no directory to look in. */
  @SuppressWarnings("BanJNDI")
  private static JMXConnector connectTo(String address) throws IOException {
    return JMXConnectorFactory.connect(new JMXServiceURL(address));
  }

  private static Access managementAgentOf(long pid) throws Unreachable {
    VirtualMachine vm = attach(pid);
    try {
      boolean below = vm.getSystemProperties().getProperty(MARK_BELOW) != null;
      boolean fresh = vm.getAgentProperties().getProperty(ADDRESS) == null;
      return new Access(vm.startLocalManagementAgent(), below, fresh);
    } catch (IOException | RuntimeException e) {
      throw new Unreachable(
          "it has no management agent: " + e.getMessage(),
          "if it runs from a jlink image, add the module jdk.management.agent to that; until then"
              + " the program can print TaskDump.ofAll()");
    } finally {
      try {
        vm.detach();
      } catch (IOException e) {
        // It ended meanwhile: the next call says so.
      }
    }
  }

  private static VirtualMachine attach(long pid) throws Unreachable {
    try {
      return Attaching.to(Long.toString(pid));
    } catch (NoClassDefFoundError e) {
      throw new Unreachable(
          "this java has no module jdk.attach", "run the command with a JDK's java");
    } catch (AttachNotSupportedException | IOException e) {
      throw new Unreachable(
          "can't attach to it: " + e.getMessage(),
          "give the process of a JVM, which 'ps' and jcmd -l list; attach as the user that runs it,"
              + " to one that was started without -XX:+DisableAttachMechanism and isn't suspended");
    }
  }

  /**
   * Asks each runtime of the JVM.
   *
   * @param operation of the MBean, without parameters, that returns text
   * @return what they answered, with a line break between two
   * @throws Unreachable if it has none, or doesn't answer
   */
  String ask(String operation) throws Unreachable {
    return String.join("\n", askEach(operation));
  }

  /** The same, one text for each runtime. A program that is redeployed meanwhile may take its runtime away. */
  List<String> askEach(String operation) throws Unreachable {
    try {
      return patiently(LONGEST, () -> askEachNow(operation));
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static Unreachable interrupted() {
    Thread.currentThread().interrupt();
    return new Unreachable("this command was interrupted", "ask again");
  }

  private List<String> askEachNow(String operation) throws Unreachable {
    try {
      List<String> all = new ArrayList<>();
      for (ObjectName bean : beans()) {
        Object answer = server.invoke(bean, operation, new Object[0], new String[0]);
        if (answer != null) {
          all.add(answer.toString());
        }
      }
      return all;
    } catch (IOException | JMException e) {
      throw new Unreachable(
          "it doesn't answer: " + oneLine(e.toString()), "ask again; it may have just ended");
    }
  }

  /**
   * Has the JVM collect its garbage and write what is left of its heap into a file. It stands meanwhile.
   *
   * @param file that doesn't exist, with the suffix {@code .hprof}
   * @throws Unreachable if it can't
   */
  void dumpHeap(Path file) throws Unreachable {
    try {
      patiently(
          LONGEST_DUMP,
          () -> {
            dumpHeapNow(file);
            return true;
          });
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private void dumpHeapNow(Path file) throws Unreachable {
    try {
      server.invoke(
          new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
          "dumpHeap",
          new Object[] {file.toString(), true},
          new String[] {String.class.getName(), boolean.class.getName()});
    } catch (InstanceNotFoundException e) {
      throw new Unreachable(
          "it can't dump its heap: it has no module jdk.management",
          "add that module to the jlink image; without --generators its tasks are shown");
    } catch (IOException | JMException | RuntimeException e) {
      Throwable cause = e instanceof MBeanException && e.getCause() != null ? e.getCause() : e;
      throw new Unreachable(
          "it can't dump its heap to " + file + ": " + oneLine(cause.toString()),
          "set -Djava.io.tmpdir=DIR before -jar to where there is room for it and both may write;"
              + " without --generators its tasks are shown");
    }
  }

  /** The one that the application's class loader has is made at the first question. */
  private Set<ObjectName> beans() throws IOException, JMException, Unreachable {
    ObjectName name = new ObjectName(BEAN);
    try {
      server.createMBean(BEAN_CLASS, name);
    } catch (InstanceAlreadyExistsException e) {
      // Somebody has asked before.
    } catch (ReflectionException e) {
      // Not on that JVM's class path: a loader below may have it, and registers it itself.
    }
    if (settling) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REGISTRATION_MILLIS));
      settling = false;
    }
    Set<ObjectName> all = server.queryNames(new ObjectName(BEANS), null);
    if (all.isEmpty() && below) {
      throw new Unreachable(
          "its runtimes are in class loaders below the application's, and none of them runs a loop",
          "ask while a loop runs; tasks of executors alone are shown by TaskDump.ofAll()");
    }
    if (all.isEmpty()) {
      throw new Unreachable(
          "no coroutine has run in it yet, or its coweave-runtime is older than 0.2.0",
          "look at another JVM: jcmd -l lists them");
    }
    return all;
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      // Nothing is lost.
    }
  }

  /** A JVM can't be looked into. */
  static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1;

    private final String fix;

    Unreachable(String because, String fix) {
      super(because);
      this.fix = fix;
    }

    /** The three lines of an error. */
    String text(long pid) {
      return "coweave: can't look into process "
          + pid
          + "\n  because: "
          + getMessage()
          + "\n  fix: "
          + fix;
    }
  }
}

package dev.coweave.loop;

import dev.coweave.coroutine.Settings;
import dev.coweave.task.TaskTree;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * Shows the tree of tasks to JMX clients that can't make it themselves: where this runtime is in a class loader below the application's. While loops
 * run, for a server that has the bean keeps its class loader.
 */
final class Exposure {
  private @Nullable Bean bean;

  /** There is no java.management, or it can't be used. */
  private boolean impossible;

  /** Registers the bean as soon as there is a server. */
  void look() {
    if (Settings.BELOW && bean == null && !impossible) {
      try {
        bean = Bean.registered();
      } catch (LinkageError | RuntimeException e) {
        impossible = true;
      }
    }
  }

  /** No loop runs: takes the bean back. */
  void end() {
    Bean b = bean;
    if (b != null) {
      b.unregister();
      bean = null;
    }
  }

  /** Apart, for it is loaded only where it can be. */
  private static final class Bean {
    private final MBeanServer server;
    private final ObjectName name;

    private Bean(MBeanServer server, ObjectName name) {
      this.server = server;
      this.name = name;
    }

    /** Null where there is no server. None is made here, which would cost some 100 ms; the platform's comes with the first client. */
    static @Nullable Bean registered() {
      List<MBeanServer> all = MBeanServerFactory.findMBeanServer(null);
      if (all.isEmpty()) {
        return null;
      }
      String loader = Integer.toHexString(System.identityHashCode(Bean.class.getClassLoader()));
      try {
        ObjectName name = new ObjectName("dev.coweave:type=TaskTree,loader=" + loader);
        all.get(0).registerMBean(new TaskTree(), name);
        return new Bean(all.get(0), name);
      } catch (JMException e) {
        throw new IllegalStateException(e);
      }
    }

    void unregister() {
      try {
        server.unregisterMBean(name);
      } catch (JMException | RuntimeException e) {
        // Somebody else has.
      }
    }
  }
}

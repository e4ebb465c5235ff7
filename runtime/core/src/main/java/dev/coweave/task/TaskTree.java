package dev.coweave.task;

/**
 * The live tasks of this program, as a standard MBean: made by a JMX client that wants to see them, and free of any cost until then.
 *
 * <pre>{@code
 * server.createMBean("dev.coweave.task.TaskTree", new ObjectName("dev.coweave:type=TaskTree"));
 * }</pre>
 *
 * <p>Thread-safe. Shows names of tasks, of classes and methods, and lines; no values.
 */
public final class TaskTree implements TaskTreeMBean {
  // Needs nothing of java.management: a standard MBean is one by its interface's name (JMX 1.4,
  // 2.1).

  /** For the MBean server. */
  public TaskTree() {}

  @Override
  public String text() {
    return TaskDump.ofAll();
  }

  @Override
  public String json() {
    return TaskJson.of(TaskDump.homes());
  }
}

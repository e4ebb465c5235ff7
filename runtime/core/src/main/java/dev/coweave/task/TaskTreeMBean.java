package dev.coweave.task;

/**
 * The live tasks of this program, for JMX: the management interface of {@link TaskTree}. {@code java -jar coweave-agent.jar pstree PID} asks
 * it; so may any JMX client.
 */
public interface TaskTreeMBean {
  /** Returns what {@link TaskDump#ofAll} says. */
  String text();

  /**
   * Returns the same in the shape of the JDK's thread dumps ({@code jcmd Thread.dump_to_file -format=json}): a task stands where a thread
   * would, a container is a loop, an executor, or what a task has forked.
   */
  String json();
}

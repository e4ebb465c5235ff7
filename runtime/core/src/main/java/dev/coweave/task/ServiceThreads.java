package dev.coweave.task;

/** The threads of the runtime itself, which outlive whoever needs them first. Thread-safe. */
public final class ServiceThreads {
  private ServiceThreads() {}

  /**
   * Makes a daemon thread that keeps no user's class loader.
   *
   * @param work what it runs
   * @param name its name
   * @return the thread, to be started
   */
  public static Thread make(Runnable work, String name) {
    Thread t = new Thread(work, name);
    t.setDaemon(true);
    t.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return t;
  }
}

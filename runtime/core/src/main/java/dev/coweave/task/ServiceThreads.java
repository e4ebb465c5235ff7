package dev.coweave.task;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The threads of the runtime itself: those of timers, of workers, of the watchdog. They run no users' code but the calls that {@code
 * Task.blocking} is given, hold nobody's class loader, and end when they have been idle for two seconds. Thread-safe.
 *
 * <p>Who can't wait for that, such as a server that undeploys an application, calls {@link #end}:
 *
 * <pre>{@code
 * public void contextDestroyed(ServletContextEvent e) { ServiceThreads.end(); }
 * }</pre>
 *
 * @hidden
 */
public final class ServiceThreads {
  /** How long a thread stays that has nothing to do, in nanoseconds. */
  public static final long IDLE = TimeUnit.SECONDS.toNanos(2);

  private static final List<Runnable> ENDS = new CopyOnWriteArrayList<>();

  /** How long a thread lives that always has something to do, in nanoseconds. */
  private static final long LIFE = TimeUnit.SECONDS.toNanos(5);

  /** Makes a thread of the group at the top that runs a job. Tests put one here that finds no memory for it. */
  private static volatile ThreadFactory factory =
      work -> Unprivileged.make(() -> new ServiceThread(topGroup(), work));

  private ServiceThreads() {}

  private static final class ServiceThread extends Thread
      implements Thread.UncaughtExceptionHandler {
    private final long since = System.nanoTime();

    ServiceThread(ThreadGroup group, Runnable work) {
      super(group, work, "coweave", 0, false); // inherits no thread locals
    }

    // Its run stays the JDK's: no code of ours may come before that of a pool, which counts on it.

    @Override
    public UncaughtExceptionHandler getUncaughtExceptionHandler() {
      return this;
    }

    @Override
    public void uncaughtException(Thread t, Throwable e) {
      if (e != RETIREMENT) {
        getThreadGroup().uncaughtException(t, e);
      }
    }
  }

  private static final Retirement RETIREMENT = new Retirement();

  /** Ends a thread that has lived long enough. */
  private static final class Retirement extends RuntimeException {
    private static final long serialVersionUID = 1;

    Retirement() {
      super(null, null, false, false);
    }
  }

  /**
   * Ends the calling thread if it has lived for long: calls that users have given it may have left things in thread locals, and a thread that is never idle
   * would hold these, and their class loaders, for ever. Called between two jobs; what this throws is to end the thread.
   */
  static void retireIfOld() {
    if (Thread.currentThread() instanceof ServiceThread t && System.nanoTime() - t.since > LIFE) {
      throw RETIREMENT;
    }
  }

  /**
   * Makes a daemon thread that takes over nothing of the thread which makes it.
   *
   * @param work what it runs
   * @param name its name
   * @return the thread, to be started
   */
  public static Thread make(Runnable work, String name) {
    Thread t = factory.newThread(work);
    t.setName(name);
    t.setDaemon(true);
    t.setPriority(Thread.NORM_PRIORITY);
    t.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return t;
  }

  /** A server may have a group for each application. */
  private static ThreadGroup topGroup() {
    ThreadGroup g = Thread.currentThread().getThreadGroup();
    for (ThreadGroup parent = g.getParent(); parent != null; parent = g.getParent()) {
      g = parent;
    }
    return g;
  }

  /** Whether the calling thread is one of them. */
  public static boolean isHere() {
    return Thread.currentThread() instanceof ServiceThread;
  }

  /**
   * Ends those that are idle, now, and takes back what the runtime has registered with the JVM; failures of tasks that nobody has asked for are
   * reported. Calls that are still waited for go on, and their threads end after them. The runtime can be used afterwards: it starts threads anew.
   */
  public static void end() {
    new ArrayList<>(ENDS).forEach(Runnable::run);
  }

  /**
   * Lets {@link #end} end something too.
   *
   * @param end ends threads that are idle; may be called at any time, on any thread
   */
  public static void atEnd(Runnable end) {
    ENDS.add(end);
  }
}

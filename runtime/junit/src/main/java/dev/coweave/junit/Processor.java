package dev.coweave.junit;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** How much a thread has used of a processor. */
final class Processor {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Processor() {}

  /** In nanoseconds; where the JVM can't tell, the real time stands in for it. */
  static long usedBy(Thread t) {
    long used = THREADS.isThreadCpuTimeSupported() ? THREADS.getThreadCpuTime(t.getId()) : -1;
    return used < 0 ? System.nanoTime() : used;
  }
}

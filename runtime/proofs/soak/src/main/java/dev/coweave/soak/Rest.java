package dev.coweave.soak;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What there is while nothing goes on.
 *
 * @param connections how many there have been
 * @param heap bytes, after a collection
 * @param files how many file descriptors are open; 0 where this can't be told
 * @param threads how many live
 */
record Rest(long connections, long heap, long files, int threads) {
  /** One a frame class, made when a trace first needs it. */
  private static final String PER_CLASS = "dev.coweave.coroutine.TraceLines";

  private static final Pattern LINE = Pattern.compile(" *\\d+: +(\\d+) +\\d+ +(\\S+).*");
  private static final int COLLECTIONS = 3;

  static Rest now(long connections) {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    return new Rest(connections, heap, openFiles(), threads);
  }

  static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  /** How many objects there are of each of Coweave's classes: tasks, waits, timers, connections, frames. */
  static Map<String, Long> objects() throws JMException {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    Map<String, Long> objects = new TreeMap<>();
    histogram
        .lines()
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .filter(line -> line.group(2).startsWith("dev.coweave."))
        .filter(line -> !line.group(2).equals(Rest.class.getName()))
        .filter(line -> !line.group(2).equals(PER_CLASS))
        .forEach(line -> objects.put(line.group(2), Long.valueOf(line.group(1))));
    return objects;
  }

  /** Of what there is more than there was; one of a lambda that captures nothing is made when it is first used. */
  static Map<String, Long> more(Map<String, Long> before, Map<String, Long> after) {
    Map<String, Long> more = new TreeMap<>(after);
    before.forEach((name, n) -> more.merge(name, -n, Long::sum));
    more.entrySet().removeIf(e -> e.getValue() <= (e.getKey().contains("$$Lambda") ? 1 : 0));
    return more;
  }

  /** By how many bytes the heap grows a connection: the least squares' line through some rests. */
  static double slope(List<Rest> rests) {
    double x = rests.stream().mapToLong(Rest::connections).average().orElse(0);
    double y = rests.stream().mapToLong(Rest::heap).average().orElse(0);
    double covariance = 0;
    double variance = 0;
    for (Rest r : rests) {
      covariance += (r.connections - x) * (r.heap - y);
      variance += (r.connections - x) * (r.connections - x);
    }
    return variance == 0 ? 0 : covariance / variance;
  }
}

package dev.coweave.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The same work done by coroutines and in other ways. Each other way is a benchmark method of the subclass, named as its {@link Peer} is:
 * {@code hand} is the work as fast as it can be written without coroutines. All of them return the same number, which a test checks.
 *
 * <p>The young generation is fixed and touched beforehand, so that a benchmark that allocates
 * doesn't measure how the heap grows.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xms768m", "-Xmx768m", "-Xmn384m", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class Comparison {
  /**
   * The work done by coroutines.
   *
   * @return what all ways return
   * @throws Exception never
   */
  public abstract long woven() throws Exception;
}

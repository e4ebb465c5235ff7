package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.task.HalfMade;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import dev.coweave.wait.OffloadedCall;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that this one starts, and talks to by streams; it ends before the block that started it does.
 *
 * <pre>{@code
 * try (Subprocess sort = Subprocess.start(new ProcessBuilder("sort"))) {
 *   sort.stdin().write("pear\napple\n".getBytes(UTF_8));
 *   sort.stdin().close();
 *   for (String line; (line = sort.stdout().readLine()) != null; ) System.out.println(line);
 *   int status = sort.waitFor();
 * }
 * }</pre>
 *
 * <p>What it prints waits in its pipes until it is read, and it waits when they are full: whoever waits for its end has to read both, or send
 * them elsewhere by {@link ProcessBuilder#redirectOutput}. {@link #run} reads both at once. Blocking reads and writes are made by worker
 * threads; a wait for the process that is cancelled ends at once. A virtual clock stands still while a task waits for a process. In a simulation
 * processes are refused, by an {@link UnsupportedOperationException}. Thread-safe.
 */
public final class Subprocess implements AutoCloseable {
  private static final Operation START = Operation.of(Subprocess.class, "start");
  private static final Operation WAIT_FOR = Operation.of(Subprocess.class, "waitFor");
  private static final Operation CLOSE = Operation.of(Subprocess.class, "close");

  private static final Duration GRACE = Duration.ofSeconds(5);

  /** More than an array holds is never kept. */
  private static final int MOST = Integer.MAX_VALUE - 64;

  private final Process process;

  /** Says the program, which a log may have, its arguments not. */
  private final String name;

  private final ByteOutput stdin;
  private final PipeInput stdout;
  private final PipeInput stderr;

  /** Those who wait for its end; guarded by itself. One that was cancelled stays until the next comes. */
  private final Set<OffloadedCall<@Nullable Void>> waiting = new HashSet<>();

  private Subprocess(Process process, String command) {
    this.process = process;
    this.name = "Subprocess " + process.pid() + " (" + command + ")";
    this.stdin = new ByteOutput(process.getOutputStream(), "the standard input of " + name);
    this.stdout = new PipeInput(process.getInputStream(), "the standard output of " + name);
    this.stderr = new PipeInput(process.getErrorStream(), "the standard error of " + name);
    // Not by onExit, which tells in the common pool: there it may wait for who blocks.
    OffloadedCall.run(this::watch);
  }

  private void watch() {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      // Nobody has this thread, to interrupt it.
    }
    exited();
  }

  @SuppressWarnings("NullAway") // a Void is null
  private void exited() {
    Set<OffloadedCall<@Nullable Void>> all;
    synchronized (waiting) {
      all = Set.copyOf(waiting);
      waiting.clear();
    }
    all.forEach(w -> w.end(null));
  }

  /**
   * Starts a process, on a worker thread.
   *
   * @param builder the command, its environment, directory and redirections
   * @return the process, to be closed
   * @throws IOException if it can't be started, such as for want of such a program
   * @throws UnsupportedOperationException in a simulation, which doesn't decide what processes do
   */
  @Coroutine
  public static Subprocess start(ProcessBuilder builder) throws IOException {
    Objects.requireNonNull(builder, "builder");
    Pipes.checkReal(START);
    Starting starting = new Starting();
    HalfMade half = HalfMade.until(starting::giveUp);
    try {
      return Task.blocking(() -> starting.started(startNow(builder)));
    } finally {
      half.isMade();
    }
  }

  /** A process that a worker thread starts, perhaps for a task that has ended meanwhile. */
  private static final class Starting {
    private @Nullable Subprocess made;
    private boolean givenUp;

    synchronized Subprocess started(Subprocess p) {
      made = p;
      if (givenUp) {
        p.kill();
      }
      return p;
    }

    synchronized void giveUp() {
      givenUp = true;
      if (made != null) {
        made.kill();
      }
    }
  }

  private static Subprocess startNow(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    try {
      return new Subprocess(process, builder.command().get(0));
    } catch (Throwable t) { // There is no memory, or no thread to watch it.
      process.destroyForcibly();
      throw t;
    }
  }

  /**
   * Runs a process without input to its end; see {@link #run(ProcessBuilder, byte[])}.
   *
   * @param builder the command
   * @return its exit code, and what it has printed
   * @throws IOException if it can't be started
   */
  @Coroutine
  public static Result run(ProcessBuilder builder) throws IOException {
    return run(builder, new byte[0]);
  }

  /**
   * Runs a process to its end; see {@link #run(ProcessBuilder, byte[], int)}.
   *
   * @param builder the command
   * @param input what it can read; that it doesn't is no failure
   * @return its exit code, whatever that is, and what it has printed
   * @throws IOException if it can't be started, or prints more than an array holds
   */
  @Coroutine
  public static Result run(ProcessBuilder builder, byte[] input) throws IOException {
    return run(builder, input, MOST);
  }

  /**
   * Runs a process to its end: writes its input while it reads its output, all of which is kept in memory. If this fails, is cancelled
   * or times out, the process is killed first, as by {@link #close()}.
   *
   * @param builder the command
   * @param input what it can read; that it doesn't is no failure
   * @param max how many bytes it may print to each of its outputs; bounds the memory that it can take
   * @return its exit code, whatever that is, and what it has printed
   * @throws IOException if it can't be started, or prints more
   */
  @Coroutine
  public static Result run(ProcessBuilder builder, byte[] input, int max) throws IOException {
    Objects.requireNonNull(input, "input");
    if (max < 0) {
      throw new IllegalArgumentException("negative limit: " + max);
    }
    try (Subprocess p = start(builder)) {
      HalfMade half = HalfMade.until(p::kill);
      try {
        return p.result(input, max);
      } finally {
        half.isMade();
      }
    }
  }

  @Coroutine
  private Result result(byte[] input, int max) throws IOException {
    try (TaskScope writing = TaskScope.open();
        TaskScope reading = TaskScope.open()) {
      writing.fork(() -> give(input)); // cancelled if the process ends before it has read all
      Task<byte[]> out = reading.fork(() -> stdout.readAll(max));
      Task<byte[]> err = reading.fork(() -> stderr.readAll(max));
      reading.join();
      return new Result(waitFor(), out.join(), err.join());
    }
  }

  @Coroutine
  private void give(byte[] input) {
    try {
      stdin.write(input);
      stdin.close();
    } catch (IOException e) {
      // It has ended, or closed its input: it needn't read all of it.
    }
  }

  /**
   * How a process has ended.
   *
   * @param exitCode 0 for success by convention; on Unix 128 and the signal's number if one killed it
   * @param stdout what it printed to its standard output
   * @param stderr what it printed to its standard error
   */
  public record Result(int exitCode, byte[] stdout, byte[] stderr) {}

  /** The stream to its standard input. */
  public ByteOutput stdin() {
    return stdin;
  }

  /** The stream of its standard output; ends at once if that goes elsewhere. */
  public ByteInput stdout() {
    return stdout;
  }

  /** The stream of its standard error; ends at once if that goes elsewhere. */
  public ByteInput stderr() {
    return stderr;
  }

  /** The process, for its number, its children and the like. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /**
   * Waits until it has ended. If this is cancelled the process goes on.
   *
   * @return its exit code; see {@link Result#exitCode}
   */
  @Coroutine
  public int waitFor() {
    Pipes.checkReal(WAIT_FOR);
    awaitExit(WAIT_FOR);
    return process.exitValue();
  }

  @Coroutine
  private void awaitExit(Operation operation) {
    while (process.isAlive()) {
      Waits.<@Nullable Void>suspend(
          operation, c -> add(new OffloadedCall<@Nullable Void>(c, operation, this)));
    }
  }

  @SuppressWarnings("NullAway") // a Void is null
  private OffloadedCall<@Nullable Void> add(OffloadedCall<@Nullable Void> w) {
    synchronized (waiting) {
      waiting.removeIf(OffloadedCall::isDone);
      waiting.add(w);
    }
    if (!process.isAlive()) {
      w.end(null); // Its end may have been told before.
    }
    return w;
  }

  /** Ends it with five seconds of grace; see {@link #close(Duration)}. */
  @Override
  @Coroutine
  public void close() {
    close(GRACE);
  }

  /**
   * Ends it: asks it to end, as {@link ProcessHandle#destroy} does, unless it has ended; when it has not in time, kills it, as {@link
   * ProcessHandle#destroyForcibly} does; waits for its end, even in a cancelled task; closes its streams. The processes that it has started
   * itself go on.
   *
   * @param grace how long it has to end, in real time
   */
  @Coroutine
  public void close(Duration grace) {
    try {
      if (process.isAlive()) {
        // By its handle, for Process.destroy closes its streams too, which may block.
        ProcessHandle handle = process.toHandle();
        boolean unused = handle.destroy();
        killAfter(grace, handle);
        Task.shield(() -> awaitExit(CLOSE));
      }
    } finally {
      closeStreams();
    }
  }

  private void closeStreams() {
    try {
      stdin.close();
    } finally {
      try {
        stdout.close();
      } finally {
        stderr.close();
      }
    }
  }

  /** Nobody waits for its end. */
  private void kill() {
    boolean unused = process.toHandle().destroyForcibly();
    closeStreams();
  }

  /** Does nothing where it has ended by then. */
  private void killAfter(Duration grace, ProcessHandle handle) {
    try {
      OffloadedCall.run(() -> killUnlessEnded(grace));
    } catch (Throwable t) { // There is no thread that would wait.
      boolean unused = handle.destroyForcibly();
    }
  }

  private void killUnlessEnded(Duration grace) {
    boolean ended = false;
    try {
      ended = process.waitFor(grace.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // as in watch
    }
    if (!ended) {
      boolean unused = process.toHandle().destroyForcibly();
    }
  }

  @Override
  public String toString() {
    return name + (process.isAlive() ? "" : ", ended");
  }
}

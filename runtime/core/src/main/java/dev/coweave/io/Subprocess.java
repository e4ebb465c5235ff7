package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
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
 * threads; a wait for the process that is cancelled ends at once. A virtual clock stands still while a task waits for a process. Thread-safe.
 */
@Stamp(abi = Stamp.ABI)
public final class Subprocess implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Object NOTHING = new Object();

  private final Process process;
  private final CompletableFuture<Process> exit;
  private final ByteOutput stdin;
  private final PipeInput stdout;
  private final PipeInput stderr;

  private Subprocess(Process process) {
    this.process = process;
    this.exit = process.onExit();
    this.stdin = new ByteOutput(process.getOutputStream());
    this.stdout = new PipeInput(process.getInputStream());
    this.stderr = new PipeInput(process.getErrorStream());
  }

  /**
   * Starts a process, on a worker thread.
   *
   * @param builder the command, its environment, directory and redirections
   * @return the process, to be closed
   * @throws IOException if it can't be started, such as for want of such a program
   */
  @Coroutine
  public static Subprocess start(ProcessBuilder builder) throws IOException {
    return PlainCall.run("Subprocess.start", c -> start(builder, c));
  }

  /**
   * The twin of {@link #start(ProcessBuilder)}; not for users.
   *
   * @hidden
   */
  public static Subprocess start(ProcessBuilder builder, Continuation c) throws IOException {
    Objects.requireNonNull(builder, "builder");
    return Task.blocking(() -> new Subprocess(builder.start()), c);
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
   * The twin of {@link #run(ProcessBuilder)}; not for users.
   *
   * @hidden
   */
  public static Result run(ProcessBuilder builder, Continuation c) throws IOException {
    return run(builder, new byte[0], c);
  }

  /**
   * Runs a process to its end: gives it its input while it reads what it prints, all of which is kept in memory. If this is cancelled or times
   * out the process is killed first, as by {@link #close()}.
   *
   * @param builder the command
   * @param input what it can read; that it doesn't is no failure
   * @return its exit code, whatever that is, and what it has printed
   * @throws IOException if it can't be started
   */
  @Coroutine
  public static Result run(ProcessBuilder builder, byte[] input) throws IOException {
    return PlainCall.run("Subprocess.run", c -> run(builder, input, c));
  }

  /**
   * The twin of {@link #run(ProcessBuilder, byte[])}; not for users.
   *
   * @hidden
   */
  public static Result run(ProcessBuilder builder, byte[] input, Continuation c)
      throws IOException {
    Objects.requireNonNull(input, "input");
    return Then.call("Subprocess.run", c, d -> start(builder, d), (p, d) -> p.finish(input, d));
  }

  /**
   * How a process has ended.
   *
   * @param exitCode 0 for success by convention; on Unix 128 and the signal's number if one killed it
   * @param stdout what it printed to its standard output
   * @param stderr what it printed to its standard error
   */
  public record Result(int exitCode, byte[] stdout, byte[] stderr) {}

  private Result finish(byte[] input, Continuation c) {
    return Then.call(
        "Subprocess.run",
        c,
        d -> collect(input, d),
        (result, d) -> Then.call("Subprocess.run", d, e -> end(GRACE, e), (nothing, e) -> result),
        (failure, d) ->
            Then.call(
                "Subprocess.run",
                d,
                e -> end(GRACE, e),
                (nothing, e) -> Then.<Result>rethrow(failure, e)));
  }

  private record Printed(byte[] stdout, byte[] stderr) {}

  /** Waits for all that it prints, and its end. */
  private Result collect(byte[] input, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, "Subprocess.run");
    CompletableFuture<Result> result =
        Outside.supply(() -> process.getInputStream().readAllBytes())
            .thenCombine(
                Outside.supply(() -> process.getErrorStream().readAllBytes()), Printed::new)
            .thenCombine(
                exit, (printed, p) -> new Result(p.exitValue(), printed.stdout, printed.stderr));
    Outside.run(() -> give(input));
    Outside<Result> w = Outside.begin(tc, "Subprocess.run");
    result.whenComplete(w);
    return tc.suspend(w);
  }

  private void give(byte[] input) {
    try (OutputStream to = process.getOutputStream()) {
      to.write(input);
    } catch (IOException e) {
      // It has ended, or closed its input: it needn't read all of it.
    }
  }

  /** What it reads from its standard input. */
  public ByteOutput stdin() {
    return stdin;
  }

  /** What it prints to its standard output; ends at once if that goes elsewhere. */
  public ByteInput stdout() {
    return stdout;
  }

  /** What it prints to its standard error; ends at once if that goes elsewhere. */
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
    return PlainCall.<Integer>run("Subprocess.waitFor", c -> new WaitFor(true).begin(c));
  }

  /**
   * The twin of {@link #waitFor()}; not for users.
   *
   * @hidden
   */
  public int waitFor(Continuation c) {
    Integer code = new WaitFor(false).begin(c);
    return c.suspended ? 0 : code;
  }

  private final class WaitFor extends Attempt<Integer> {
    private final boolean boxed;

    WaitFor(boolean boxed) {
      super("Subprocess.waitFor");
      this.boxed = boxed;
    }

    @Override
    @Nullable Integer attempt() {
      return process.isAlive() ? null : Integer.valueOf(process.exitValue());
    }

    @Override
    void await(Continuation c) {
      awaitExit(name, c);
    }

    @Override
    void give(Integer code, Continuation c) {
      if (boxed) {
        c.give(code);
      } else {
        c.give(code.intValue());
      }
    }
  }

  private Object awaitExit(String operation, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, operation);
    Outside<Process> w = Outside.begin(tc, operation);
    exit.whenComplete(w);
    return tc.suspend(w);
  }

  /** Ends it with five seconds of grace; see {@link #close(Duration)}. */
  @Override
  @Coroutine
  public void close() {
    close(GRACE);
  }

  /**
   * The twin of {@link #close()}; not for users.
   *
   * @hidden
   */
  public void close(Continuation c) {
    close(GRACE, c);
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
    PlainCall.act("Subprocess.close", c -> close(grace, c));
  }

  /**
   * The twin of {@link #close(Duration)}; not for users.
   *
   * @hidden
   */
  public void close(Duration grace, Continuation c) {
    Object unused = end(grace, c);
  }

  private Object end(Duration grace, Continuation c) {
    if (!process.isAlive()) {
      return closeStreams();
    }
    // By its handle, for Process.destroy closes its streams too, which may block.
    ProcessHandle handle = process.toHandle();
    boolean unused = handle.destroy();
    CompletableFuture.delayedExecutor(grace.toNanos(), TimeUnit.NANOSECONDS)
        .execute(handle::destroyForcibly); // does nothing where it has ended
    return Then.call(
        "Subprocess.close",
        c,
        d -> Task.shield(new Body<>(e -> awaitExit("Subprocess.close", e)), d),
        (ended, d) -> closeStreams());
  }

  private Object closeStreams() {
    stdin.close();
    stdout.close();
    stderr.close();
    return NOTHING;
  }

  @Override
  public String toString() {
    return "Subprocess " + process.pid() + (process.isAlive() ? "" : ", ended");
  }
}

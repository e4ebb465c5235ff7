package dev.coweave.concurrency;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Something that is handed to a loop while that may be shut down, and what became of it. */
final class Submission implements Runnable, Callable<String> {
  /** What is handed in, and how. */
  enum Kind {
    COROUTINE,
    SLEEPER,
    FORKER,
    SUBMITTER,
    BLOCKER,
    STUCK,
    EXECUTE,
    SUBMIT,
    SCHEDULE,
    PERIODIC,
    INVOKE_ALL
  }

  private final Round round;
  final Kind kind;
  private final int delay;
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private volatile boolean accepted;
  private volatile Future<?> future;

  Submission(Round round, Kind kind, SplittableRandom random) {
    this.round = round;
    this.kind = kind;
    this.delay = random.nextInt(60);
  }

  /** Hands it in; whether it was accepted is known when this returns. */
  void submit(EventLoop loop) {
    try {
      future = hand(loop);
      accepted = true;
    } catch (RejectedExecutionException e) {
      accepted = false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Future<?> hand(EventLoop loop) throws InterruptedException {
    return switch (kind) {
      case COROUTINE -> loop.start(() -> body(() -> yieldOften()));
      case SLEEPER -> loop.start(() -> body(() -> Task.sleep(Duration.ofNanos(delay * 1000L))));
      case FORKER -> loop.start(() -> body(() -> fork()));
      case SUBMITTER -> loop.start(() -> body(() -> handMore(loop)));
      case BLOCKER -> loop.start(() -> body(() -> Task.blocking(() -> work())));
      case STUCK -> loop.start(() -> body(() -> Task.await(new CompletableFuture<String>())));
      case SUBMIT -> loop.submit((Callable<String>) this);
      case SCHEDULE -> loop.schedule((Callable<String>) this, delay, TimeUnit.MICROSECONDS);
      case PERIODIC -> loop.scheduleAtFixedRate(this, 0, 1 + delay, TimeUnit.MICROSECONDS);
      case INVOKE_ALL -> loop.invokeAll(List.<Callable<String>>of(this)).get(0);
      case EXECUTE -> {
        loop.execute(this);
        yield null;
      }
    };
  }

  // ---- on the loop

  /** The jobs. */
  @Override
  public void run() {
    begin();
    ended.incrementAndGet();
  }

  @Override
  public String call() {
    run();
    return "done";
  }

  /** The coroutines: whatever becomes of them, {@code finally} runs. */
  @Coroutine
  private String body(CoroutineRunnable work) throws Exception {
    begin();
    try {
      work.run();
    } finally {
      ended.incrementAndGet();
      round.checkRuns(this);
    }
    return "done";
  }

  /** On a worker. */
  private String work() {
    round.checkRuns(this);
    return "blocked";
  }

  private void begin() {
    begun.incrementAndGet();
    round.checkRuns(this);
  }

  @Coroutine
  private void yieldOften() {
    for (int i = delay % 4; i > 0; i--) {
      Task.yield();
    }
  }

  /** A coroutine that was accepted may start others while the loop drains. */
  @Coroutine
  private void fork() {
    Submission child = round.inside(Kind.COROUTINE);
    Task<String> task = Task.start(() -> child.body(() -> child.yieldOften()));
    child.future = task;
    child.accepted = true;
    Task.yield();
    Task.await(task);
  }

  /** And hand in jobs. */
  @Coroutine
  private void handMore(EventLoop loop) {
    Task.yield();
    for (Kind kind : List.of(Kind.EXECUTE, Kind.SUBMIT, Kind.SCHEDULE, Kind.COROUTINE)) {
      Submission more = round.inside(kind);
      if (kind == Kind.COROUTINE) {
        Task<String> task = Task.start(() -> more.body(() -> more.yieldOften()));
        more.future = task;
        more.accepted = true;
      } else {
        more.submit(loop);
        round.check(more.accepted || round.mayCancel(), "refused on the loop's own thread", more);
      }
    }
  }

  // ---- afterwards

  /** Waits, as whoever submitted it does. */
  void await() {
    if (accepted && future != null) {
      try {
        Object unused = future.get();
      } catch (CancellationException e) {
        // checked later
      } catch (InterruptedException | ExecutionException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** When the loop has terminated: it was accepted and has ended, or was refused and left nothing behind. */
  Tally.Fate check() {
    int began = begun.get();
    round.check(began == ended.get(), "began and didn't end", this);
    if (!accepted) {
      round.check(began == 0, "was refused and ran", this);
      return Tally.Fate.REFUSED;
    }
    boolean cancelled = future != null && future.isCancelled();
    round.check(future == null || future.isDone(), "was accepted and isn't done", this);
    round.check(!cancelled || round.mayCancel() || kind == Kind.PERIODIC, "was cancelled", this);
    int back = kind == Kind.EXECUTE ? round.returned(this) : 0;
    boolean dropped = kind == Kind.EXECUTE && began + back == 0 && round.mayDrop();
    switch (kind) {
      case EXECUTE -> round.check(began + back == 1 || dropped, "lost or doubled", this);
      case SUBMIT, SCHEDULE, INVOKE_ALL ->
          round.check(began == (cancelled ? 0 : 1), "lost or doubled", this);
      case PERIODIC -> round.check(cancelled, "a periodic job was not cancelled", this);
      default -> round.check(began == 1, "lost or doubled", this);
    }
    return cancelled || dropped
        ? Tally.Fate.CANCELLED
        : back > 0 ? Tally.Fate.GIVEN_BACK : Tally.Fate.ENDED;
  }

  @Override
  public String toString() {
    return kind
        + (accepted ? " accepted" : " refused")
        + ", begun "
        + begun
        + ", ended "
        + ended
        + ", "
        + future;
  }
}

package dev.coweave.proof.simulation;

import static dev.coweave.proof.simulation.Program.check;

import dev.coweave.Coroutine;
import dev.coweave.junit.Simulation;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Faults at the beginning and the end of things. */
final class Lifecycles {
  private Lifecycles() {}

  static void addTo(List<Program> all) {
    all.add(new Program("submit while shutting down", Lifecycles::shutdown));
    all.add(new Program("use after close", Lifecycles::useAfterClose));
    all.add(new Program("request before start", Lifecycles::startup));
    all.add(new Program("connection given back twice", Lifecycles::poolLeak));
    all.add(new Program("restart while stopping", Lifecycles::restart));
    all.add(new Program("double resume", Lifecycles::doubleResume));
    all.add(new Program("timer of an old request", Lifecycles::oldTimer));
    all.add(new Program("reordered writes", Lifecycles::reorderedWrites));
    all.add(new Program("last save wins", Lifecycles::lastSave));
  }

  @Coroutine
  private static void latency() {
    Task.yield();
  }

  private static final class Job {
    String outcome = "lost";
  }

  /** An executor in the manner of CPython's bpo-31783: whether it is shut down is looked at, then the job is queued. */
  private static final class Jobs {
    private final Deque<Job> queue = new ArrayDeque<>();
    private final boolean correct;
    private boolean shut;

    Jobs(boolean correct) {
      this.correct = correct;
    }

    @Coroutine
    Job submit() {
      if (!correct && shut) {
        throw new RejectedExecutionException();
      }
      latency(); // starts a thread
      if (correct && shut) {
        throw new RejectedExecutionException();
      }
      Job job = new Job();
      queue.add(job);
      return job;
    }

    @Coroutine
    void work() {
      while (!shut || !queue.isEmpty()) { // accepted jobs run to their end
        Job job = queue.poll();
        if (job != null) {
          job.outcome = "done";
        }
        latency();
      }
    }
  }

  @Coroutine
  private static void shutdown(Simulation sim, boolean correct) {
    Jobs jobs = new Jobs(correct);
    Task<Void> worker = sim.loop("worker").start(jobs::work);
    Task<String> user =
        Task.start(
            () -> {
              try {
                Job job = jobs.submit();
                for (int i = 0; i < 50 && job.outcome.equals("lost"); i++) {
                  latency();
                }
                return job.outcome;
              } catch (RejectedExecutionException e) {
                return "rejected";
              }
            });
    Task.yield();
    jobs.shut = true;
    String outcome = user.await();
    worker.await();
    check(!outcome.equals("lost"), "a job was accepted, and never ran");
  }

  /** The owner closes what another still uses. */
  @Coroutine
  private static void useAfterClose(Simulation sim, boolean correct) {
    boolean[] open = {true};
    int[] users = new int[1];
    Task<Void> user =
        Task.start(
            () -> {
              if (open[0]) {
                users[0]++;
                latency();
                check(open[0], "used after it was closed");
                users[0]--;
              }
            });
    Task.yield();
    while (correct && users[0] > 0) {
      latency();
    }
    open[0] = false;
    user.await();
  }

  /** A request comes before what it needs is there. */
  @Coroutine
  private static void startup(Simulation sim, boolean correct) {
    String[] config = new String[1];
    Signal ready = new Signal();
    Task<Void> loader =
        Task.start(
            "loader",
            () -> {
              latency();
              config[0] = "loaded";
              ready.set();
            });
    Task<Void> request =
        sim.loop("http")
            .start(
                "request",
                () -> {
                  latency();
                  latency();
                  if (correct) {
                    ready.await();
                  }
                  check(config[0] != null, "no configuration yet");
                });
    loader.await();
    request.await();
  }

  private static final class Pool {
    final Deque<String> idle = new ArrayDeque<>(List.of("c1", "c2"));

    String take() {
      return idle.isEmpty() ? "new" : idle.pop();
    }
  }

  /** Its user gives a connection back, and so does the one who cleans up after the time is over. */
  @Coroutine
  private static void poolLeak(Simulation sim, boolean correct) {
    Pool pool = new Pool();
    boolean[] returned = new boolean[1];
    String mine = pool.take();
    Task<Void> reaper = Task.start(() -> giveBack(pool, mine, returned, correct));
    giveBack(pool, mine, returned, correct);
    reaper.await();
    String a = pool.take();
    String b = pool.take();
    check(!a.equals(b), "two users of one connection");
  }

  @Coroutine
  private static void giveBack(Pool pool, String c, boolean[] returned, boolean correct) {
    if (!returned[0]) {
      if (correct) {
        returned[0] = true;
      }
      latency(); // resets it
      returned[0] = true;
      pool.idle.push(c);
    }
  }

  private static final class Poller {
    boolean running;
    int loops;
    Task<Void> last = Task.completed(null);

    @Coroutine
    void start(boolean correct) {
      if (correct) {
        last.await();
      }
      running = true;
      last = Task.start(this::loop);
    }

    @Coroutine
    private void loop() {
      check(++loops == 1, "two loops run");
      while (running) {
        latency();
      }
      loops--;
    }
  }

  /** It is started anew before the old loop has seen that it should stop. */
  @Coroutine
  private static void restart(Simulation sim, boolean correct) {
    Poller p = new Poller();
    p.start(correct);
    Task<Void> first = p.last;
    latency();
    p.running = false;
    if (!first.isDone()) {
      latency();
    }
    p.start(correct);
    latency();
    p.running = false;
    first.await();
    p.last.await();
  }

  private static final class Request {
    boolean done;
    int outcomes;

    void end(boolean correct) {
      if (!correct || !done) {
        outcomes++;
      }
      done = true;
    }
  }

  /** The answer and the time-out come at the same moment, and both end the request. */
  @Coroutine
  private static void doubleResume(Simulation sim, boolean correct) {
    Request r = new Request();
    Task<Void> timeout =
        Task.start(
            () -> {
              Task.sleep(Duration.ofSeconds(1));
              if (!r.done) {
                latency(); // writes a log
                r.end(correct);
              }
            });
    Task.sleep(Duration.ofSeconds(1));
    if (!r.done) {
      latency();
      r.end(correct);
    }
    timeout.await();
    check(r.outcomes == 1, "one request, two outcomes");
  }

  /** The timer of a request that was answered in time ends the next. */
  @Coroutine
  private static void oldTimer(Simulation sim, boolean correct) {
    int[] current = {1};
    List<Integer> timedOut = new ArrayList<>();
    boolean[] cancelled = new boolean[1];
    Task<Void> timer =
        Task.start(
            () -> {
              int mine = current[0];
              Task.sleep(Duration.ofSeconds(1));
              if (!cancelled[0] || !correct && current[0] == 2) {
                timedOut.add(correct ? mine : current[0]);
              }
            });
    Task.sleep(Duration.ofSeconds(1));
    cancelled[0] = true;
    current[0] = 2;
    timer.await();
    check(!timedOut.contains(2), "the second request has timed out at once");
  }

  /** The mark that all is written reaches the disk before what it marks. */
  @Coroutine
  private static void reorderedWrites(Simulation sim, boolean correct) {
    Executor disk = sim.executor("disk");
    List<String> written = new ArrayList<>();
    CompletableFuture<Void> data = CompletableFuture.runAsync(() -> written.add("data"), disk);
    if (correct) {
      Task.await(data);
    }
    CompletableFuture<Void> commit = CompletableFuture.runAsync(() -> written.add("commit"), disk);
    Task.await(CompletableFuture.allOf(data, commit));
    check(written.get(0).equals("data"), "committed before it was written");
  }

  /** Two saves are on their way at once; the older one arrives last. */
  @Coroutine
  private static void lastSave(Simulation sim, boolean correct) {
    int[] saved = new int[1];
    List<Task<Void>> saves = new ArrayList<>();
    for (int i = 1; i <= 2; i++) {
      int version = i;
      Task<Void> s =
          Task.start(
              () -> {
                latency();
                if (!correct || version > saved[0]) {
                  saved[0] = version;
                }
              });
      saves.add(s);
    }
    saves.get(0).await();
    saves.get(1).await();
    check(saved[0] == 2, "an old version has replaced the new one");
  }
}

package dev.coweave.loop;

import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Settings;
import dev.coweave.task.Home;
import dev.coweave.task.OneLine;
import dev.coweave.task.RuntimeLog;
import dev.coweave.task.Services;
import dev.coweave.task.TaskContinuation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Finds the home of the calling thread, and refuses to block one that may not be blocked. Thread-safe. */
final class HomeLookup {
  /** Latest first. An array's copy, for it is read at each async call of plain code, and hardly ever changed. */
  private static final List<Known> REGISTERED = new CopyOnWriteArrayList<>();

  /** Homes that were blocked all the same, and have been told of. */
  private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

  /** The services. Null until all were asked for, which is tried again where memory ran out. */
  private static volatile @Nullable List<Known> listed;

  private HomeLookup() {}

  /** One that knows threads, and whether its failure has been told. A race tells it twice. */
  private static final class Known implements Homes.Registration {
    private final Homes homes;
    private boolean reported;

    Known(Homes homes) {
      this.homes = homes;
    }

    @Nullable Home ask() {
      try {
        return homes.home();
      } catch (Throwable t) {
        if (!reported) {
          reported = true;
          RuntimeLog.error("the Homes " + homes.getClass().getName() + " failed; told once", t);
        }
        return null;
      }
    }

    @Override
    public void close() {
      REGISTERED.remove(this);
    }
  }

  private static List<Known> listed() {
    List<Known> all = listed;
    if (all == null) {
      all = load();
      listed = all;
    }
    return all;
  }

  private static List<Known> load() {
    List<Known> all = new ArrayList<>();
    for (Homes homes :
        Services.load(Homes.class, "a Homes can't be loaded; its threads are nobody's home")) {
      all.add(new Known(homes));
    }
    all.add(new Known(new SwingHomes()));
    return List.copyOf(all);
  }

  static Homes.Registration register(Homes homes) {
    Known k = new Known(homes);
    REGISTERED.add(0, k);
    return k;
  }

  static @Nullable Home current() {
    TaskContinuation here = TaskContinuation.here();
    Home h = here == null ? null : here.ownHome();
    return h == null ? ofThread() : h;
  }

  /** That of a thread which runs no tasks now. */
  static @Nullable Home ofThread() {
    Home h = first(REGISTERED);
    return h == null ? first(listed()) : h;
  }

  private static @Nullable Home first(List<Known> all) {
    for (Known k : all) {
      Home h = k.ask();
      if (h != null) {
        return h;
      }
    }
    return null;
  }

  /**
   * A plain call is about to wait on this thread.
   *
   * @throws IllegalStateException if the thread's home may not be blocked
   */
  static void checkMayBlock(Operation operation) {
    if (Settings.NON_BLOCKING == Settings.NonBlocking.OFF) {
      return;
    }
    Home h = ofThread();
    String where =
        h == null
            ? ForeignLoops.ofThread(Thread.currentThread())
            : h.mayBlock() ? null : OneLine.ofUsers(h);
    if (where == null) {
      return;
    }
    IllegalStateException refusal =
        JavaStack.wouldBlock(
            "COWEAVE-207: ",
            operation,
            where + " (thread " + Thread.currentThread().getName() + ")",
            "let the outermost @Coroutine return a CompletableFuture: it returns at its first wait,"
                + " and goes on "
                + (h == null
                    ? "where what it awaits is completed (here, with coweave-integrations on the"
                        + " class path)"
                    : "on this thread")
                + "; a web handler may return it as it is, or as Mono.fromFuture(() -> …), a"
                + " handler of events ignores it. Or start a task on threads that may wait:"
                + " Task.start(executor, () -> …)");
    if (Settings.NON_BLOCKING == Settings.NonBlocking.THROW) {
      throw refusal;
    }
    if (WARNED.add(where)) {
      RuntimeLog.warning(
          refusal.getMessage()
              + "\n  said once; it blocks all the same, for coweave.nonBlocking is warn");
    }
  }
}

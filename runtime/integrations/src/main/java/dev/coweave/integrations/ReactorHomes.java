package dev.coweave.integrations;

import dev.coweave.loop.Homes;
import dev.coweave.task.Home;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * Knows the threads that Reactor says may not be blocked. An async method that is called on one goes on on one of {@code
 * Schedulers.parallel()}, for a thread doesn't tell its scheduler. Found as a service.
 */
public final class ReactorHomes implements Homes {
  private static final boolean THERE = Libraries.have("reactor.core.scheduler.Schedulers");

  /** For the service loader. */
  public ReactorHomes() {}

  @Override
  public @Nullable Home home() {
    return THERE ? NonBlocking.home() : null;
  }

  /** Loaded where Reactor is there. */
  private static final class NonBlocking implements Home {
    private static final Home IT = new NonBlocking();

    static @Nullable Home home() {
      return IT.isHere() ? IT : null;
    }

    @Override
    public boolean isHere() {
      return Schedulers.isInNonBlockingThread();
    }

    @Override
    public void execute(Runnable job) {
      Schedulers.parallel().schedule(job);
    }

    @Override
    public String toString() {
      return "a thread of Reactor's that may not be blocked";
    }
  }
}
